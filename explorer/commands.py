"""Every command once: what menus, the palette, the shortcut list and the keyboard all read."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import (
    Action,
    Apply,
    Capture,
    CloseModel,
    CopyPicture,
    DismissNotice,
    ExportActivationTo,
    ExportLatents,
    KeepLatent,
    NewSession,
    Quit,
    Redo,
    ResetLayout,
    RetryLoad,
    SaveSessionTo,
    SetView,
    ShowDialog,
    Toggle,
    Undo,
)
from explorer.command import Command
from explorer.panel_state import PanelState
from explorer.settings import (
    RANDOM_SEEDS,
    SEED_MODULUS,
    Animation,
    Grid,
    InputTransform,
    LayerView,
    Noise,
    Settings,
    StyleMixing,
    Truncation,
    seed_latent,
)
from explorer.view_state import CanvasView

MENUS = ("File", "Edit", "View", "Model", "Render", "Help")


def _edit(label: str, change: Callable[[Settings], Settings]) -> Callable[[PanelState], Action]:
    return lambda state: Apply(change(state.settings), label)


def _seed_step(step: int) -> Callable[[PanelState], Action]:
    def action(state: PanelState) -> Action:
        seed = (state.settings.latent.seed + step) % SEED_MODULUS
        return Apply(replace(state.settings, latent=seed_latent(seed)), f"Seed {seed}")

    return action


def _random_seed(state: PanelState) -> Action:
    seed = random.randrange(RANDOM_SEEDS)
    return Apply(replace(state.settings, latent=seed_latent(seed)), f"Seed {seed}")


def _view(change: Callable[[CanvasView], CanvasView]) -> Callable[[PanelState], Action]:
    return lambda state: SetView(change(state.view))


def _fit(view: CanvasView) -> CanvasView:
    return replace(view, fit="fit", zoom=1.0, pan_x=0.0, pan_y=0.0)


def _actual(view: CanvasView) -> CanvasView:
    return replace(view, fit="free", zoom=1.0, pan_x=0.0, pan_y=0.0)


def _sampling(view: CanvasView) -> CanvasView:
    return replace(view, sampling="linear" if view.sampling == "nearest" else "nearest")


def _has_model(state: PanelState) -> bool:
    return state.settings.model is not None


def _has_picture(state: PanelState) -> bool:
    return state.result is not None and state.picture is not None


def _has_problem(state: PanelState) -> bool:
    return state.status.kind in ("failed", "missing")


def _moves(state: PanelState) -> bool:
    return state.settings.animation.running


def _grid(columns: int, rows: int) -> Callable[[PanelState], Action]:
    label = f"Grid {columns} × {rows}" if columns * rows > 1 else "Single picture"
    return _edit(
        label,
        lambda s: replace(s, grid=Grid(columns, rows, s.grid.step)),
    )


def _grid_is(columns: int, rows: int) -> Callable[[PanelState], bool]:
    return lambda state: (state.settings.grid.columns, state.settings.grid.rows) == (columns, rows)


def _still(settings: Settings) -> Settings:
    still = replace(settings.animation, latent=False, noise=False, translate=False, rotate=False)
    return replace(settings, animation=still)


def _toggle_latent(settings: Settings) -> Settings:
    animation = settings.animation
    return replace(settings, animation=replace(animation, latent=not animation.latent))


def _reset_all(settings: Settings) -> Settings:
    """Defaults for everything but the model, the place on the plane, the library and the device."""
    return Settings(
        model=settings.model,
        latent=settings.latent,
        compute=settings.compute,
        library=settings.library,
    )


COMMANDS: tuple[Command, ...] = (
    Command(
        "new_session", "File", "New session", lambda _: NewSession(), "Ctrl+N", icons.ICON_FA_FILE
    ),
    Command(
        "open_model",
        "File",
        "Open model…",
        lambda _: ShowDialog("model"),
        "Ctrl+O",
        icons.ICON_FA_FOLDER_OPEN,
    ),
    Command(
        "open_session",
        "File",
        "Open session or picture…",
        lambda _: ShowDialog("session"),
        "Ctrl+Shift+O",
        icons.ICON_FA_FILE_IMPORT,
    ),
    Command(
        "save_session",
        "File",
        "Save session",
        lambda _: SaveSessionTo(),
        "Ctrl+S",
        icons.ICON_FA_FLOPPY_DISK,
        group=1,
    ),
    Command(
        "save_session_as",
        "File",
        "Save session as…",
        lambda _: ShowDialog("save_session"),
        "Ctrl+Shift+S",
        group=1,
    ),
    Command(
        "capture_picture",
        "File",
        "Capture picture",
        lambda _: Capture("picture"),
        "Ctrl+E",
        icons.ICON_FA_CAMERA,
        _has_picture,
        group=2,
    ),
    Command(
        "capture_window",
        "File",
        "Capture window",
        lambda _: Capture("window"),
        "Ctrl+Shift+E",
        icons.ICON_FA_DESKTOP,
        group=2,
    ),
    Command(
        "import_latents",
        "File",
        "Import latents…",
        lambda _: ShowDialog("import_latents"),
        icon=icons.ICON_FA_DOWNLOAD,
        enabled=_has_model,
        group=3,
    ),
    Command(
        "export_latents",
        "File",
        "Export latents…",
        lambda _: ExportLatents(),
        icon=icons.ICON_FA_UPLOAD,
        enabled=lambda s: bool(s.settings.library),
        group=3,
    ),
    Command(
        "export_activation",
        "File",
        "Export activation…",
        lambda _: ExportActivationTo(),
        icon=icons.ICON_FA_LAYER_GROUP,
        enabled=_has_picture,
        group=3,
    ),
    Command(
        "quit",
        "File",
        "Quit",
        lambda _: Quit(),
        "Ctrl+Q",
        icons.ICON_FA_RIGHT_FROM_BRACKET,
        group=4,
    ),
    Command(
        "undo",
        "Edit",
        "Undo",
        lambda _: Undo(),
        "Ctrl+Z",
        icons.ICON_FA_ROTATE_LEFT,
        lambda s: s.history_index > 0,
    ),
    Command(
        "redo",
        "Edit",
        "Redo",
        lambda _: Redo(),
        "Ctrl+Shift+Z",
        icons.ICON_FA_ROTATE_RIGHT,
        lambda s: s.history_index + 1 < len(s.history_labels),
        also="Ctrl+Y",
    ),
    Command(
        "copy_picture",
        "Edit",
        "Copy picture",
        lambda _: CopyPicture(),
        "Ctrl+C",
        icons.ICON_FA_COPY,
        _has_picture,
        group=1,
    ),
    Command(
        "keep_latent",
        "Edit",
        "Keep latent in library",
        lambda _: KeepLatent(),
        "Ctrl+K",
        icons.ICON_FA_BOOKMARK,
        _has_picture,
        group=1,
    ),
    Command(
        "random_seed", "Edit", "Random seed", _random_seed, "R", icons.ICON_FA_SHUFFLE, group=2
    ),
    Command(
        "previous_seed", "Edit", "Previous seed", _seed_step(-1), "[", icons.ICON_FA_MINUS, group=2
    ),
    Command("next_seed", "Edit", "Next seed", _seed_step(1), "]", icons.ICON_FA_PLUS, group=2),
    Command(
        "reset_all",
        "Edit",
        "Reset all controls",
        _edit("Reset all controls", _reset_all),
        icon=icons.ICON_FA_ARROWS_ROTATE,
        group=3,
    ),
    Command(
        "reset_truncation",
        "Edit",
        "Reset truncation",
        _edit("Reset truncation", lambda s: replace(s, truncation=Truncation())),
        group=3,
    ),
    Command(
        "reset_noise",
        "Edit",
        "Reset noise",
        _edit("Reset noise", lambda s: replace(s, noise=Noise())),
        group=3,
    ),
    Command(
        "reset_mixing",
        "Edit",
        "Reset style mixing",
        _edit("Reset style mixing", lambda s: replace(s, mixing=StyleMixing())),
        group=3,
    ),
    Command(
        "reset_transform",
        "Edit",
        "Reset transform",
        _edit("Reset transform", lambda s: replace(s, transform=InputTransform())),
        group=3,
    ),
    Command(
        "fit",
        "View",
        "Fit picture",
        _view(_fit),
        "0",
        icons.ICON_FA_EXPAND,
        checked=lambda s: s.view.fit == "fit",
    ),
    Command(
        "actual_size", "View", "Actual size", _view(_actual), "1", icons.ICON_FA_MAGNIFYING_GLASS
    ),
    Command(
        "sampling",
        "View",
        "Show pixels as squares",
        _view(_sampling),
        "N",
        icons.ICON_FA_TABLE_CELLS,
        checked=lambda s: s.view.sampling == "nearest",
    ),
    Command(
        "badges",
        "View",
        "Badges on the picture",
        _view(lambda v: replace(v, badge=not v.badge)),
        "B",
        icons.ICON_FA_TAG,
        checked=lambda s: s.view.badge,
    ),
    Command(
        "full_screen",
        "View",
        "Full screen",
        lambda _: Toggle("full_screen"),
        "F11",
        icons.ICON_FA_MAXIMIZE,
        checked=lambda s: s.view.full_screen,
    ),
    Command(
        "grid_off",
        "View",
        "Single picture",
        _grid(1, 1),
        "G",
        icons.ICON_FA_SQUARE,
        checked=lambda s: not s.settings.grid.shown,
        group=1,
    ),
    Command(
        "grid_3",
        "View",
        "Grid 3 × 3",
        _grid(3, 3),
        "Shift+G",
        icons.ICON_FA_TABLE_CELLS,
        checked=_grid_is(3, 3),
        group=1,
    ),
    Command(
        "grid_5",
        "View",
        "Grid 5 × 5",
        _grid(5, 5),
        icon=icons.ICON_FA_TABLE_CELLS,
        checked=_grid_is(5, 5),
        group=1,
    ),
    Command(
        "palette",
        "View",
        "Command palette…",
        lambda _: Toggle("palette"),
        "Ctrl+P",
        icons.ICON_FA_TERMINAL,
        group=2,
    ),
    Command("log", "View", "Log", lambda _: Toggle("log"), icon=icons.ICON_FA_LIST, group=2),
    Command(
        "dismiss",
        "View",
        "Dismiss notices",
        lambda _: DismissNotice(),
        icon=icons.ICON_FA_XMARK,
        group=2,
    ),
    Command(
        "reset_layout",
        "View",
        "Reset layout",
        lambda _: ResetLayout(),
        icon=icons.ICON_FA_TABLE_COLUMNS,
        group=2,
    ),
    Command(
        "model_folder",
        "Model",
        "Choose model folder…",
        lambda _: ShowDialog("model_folder"),
        icon=icons.ICON_FA_FOLDER_TREE,
    ),
    Command(
        "retry",
        "Model",
        "Retry loading",
        lambda _: RetryLoad(),
        icon=icons.ICON_FA_ROTATE_RIGHT,
        enabled=_has_problem,
    ),
    Command(
        "locate",
        "Model",
        "Locate model…",
        lambda _: ShowDialog("locate_model"),
        icon=icons.ICON_FA_MAGNIFYING_GLASS,
        enabled=_has_problem,
    ),
    Command(
        "convert",
        "Model",
        "Convert to safetensors…",
        lambda _: ShowDialog("convert_model"),
        icon=icons.ICON_FA_SHIELD_HALVED,
        enabled=lambda s: s.status.kind == "ready",
    ),
    Command(
        "close_model",
        "Model",
        "Close model",
        lambda _: CloseModel(),
        icon=icons.ICON_FA_XMARK,
        enabled=_has_model,
    ),
    Command(
        "stop_motion",
        "Render",
        "Stop all motion",
        _edit("Stop motion", _still),
        "Escape",
        icons.ICON_FA_STOP,
        _moves,
    ),
    Command(
        "animate_latent",
        "Render",
        "Animate latent",
        _edit("Animate latent", _toggle_latent),
        "A",
        icons.ICON_FA_PLAY,
        checked=lambda s: s.settings.animation.latent,
    ),
    Command(
        "show_picture",
        "Render",
        "Show the picture, not a layer",
        _edit("Show picture", lambda s: replace(s, layer=LayerView())),
        icon=icons.ICON_FA_IMAGE,
        enabled=lambda s: s.settings.layer.layer is not None,
        group=1,
    ),
    Command(
        "metrics",
        "Render",
        "Measure equivariance",
        lambda _: Toggle("metrics"),
        icon=icons.ICON_FA_RULER,
        group=1,
    ),
    Command(
        "reset_motion",
        "Render",
        "Reset animation speeds",
        _edit("Reset animation", lambda s: replace(s, animation=Animation())),
        group=1,
    ),
    Command(
        "shortcuts",
        "Help",
        "Keyboard shortcuts",
        lambda _: Toggle("shortcuts"),
        "F1",
        icons.ICON_FA_KEYBOARD,
    ),
    Command("about", "Help", "About", lambda _: Toggle("about"), icon=icons.ICON_FA_CIRCLE_INFO),
)


def by_id(command_id: str) -> Command:
    """Return a command; KeyError if there is none."""
    return _BY_ID[command_id]


def in_menu(menu: str) -> tuple[Command, ...]:
    return tuple(command for command in COMMANDS if command.menu == menu)


_BY_ID = {command.id: command for command in COMMANDS}
