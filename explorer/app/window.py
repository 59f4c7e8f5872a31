"""The window: docking, menu bar, status bar, drops and full screen around a `Controller`.

Needs `explorer.display.prepare_platform` first, before every start.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from imgui_bundle import glfw_utils, hello_imgui, imgui, immapp

from explorer.app import export as app_export
from explorer.app.controller import Controller
from explorer.app.opening import ASSETS
from explorer.app.overlays import overlays_ui
from explorer.app.panels import PANELS, SPLITS, Panel, panel, split_ratios
from explorer.app.style import STYLE, apply_style, load_fonts, vec4
from explorer.app.texture import finish_drawing, read_window
from explorer.app.training import dropped
from explorer.commands import COMMANDS
from explorer.display import headless
from explorer.userdirs import config_dir
from widgets.controls import tooltips
from widgets.floating import escape_closes_menu
from widgets.knobs import LEARNING_KEYS
from widgets.menus import keyboard_ui, menu_bar_ui
from widgets.status_bar import status_bar_ui
from widgets.tabs import Tab, tab_texts
from widgets.timeline_keys import TIMELINE_KEYS

TITLE = "Latent Explorer"
SIZE = (1680, 1000)
STARTING_FPS = 20
_HOVERED = imgui.internal.ItemStatusFlags_.hovered_rect


class Window:
    """Translates between hello_imgui's callbacks and the controller.

    Args:
        size:     in screen units of a display at 96 dots per inch.
        scale:    text size against the display's; None = as preferred.
        remember: whether layout and size are kept between starts.
    """

    def __init__(
        self,
        app: Controller,
        *,
        size: tuple[int, int] = SIZE,
        scale: float | None = None,
        remember: bool = True,
    ) -> None:
        self.app = app
        self._scale = scale
        self._styled: float | None = None
        self._keep_drop: Any = None
        self._windowed: tuple[int, int, int, int] | None = None
        self._screen_is_full = False
        self.params = self._runner_params(size, remember)
        docking = self.params.docking_params
        self._dockables = {
            item.title: docking.dockable_window_of_name(item.label) for item in PANELS
        }

    @staticmethod
    def add_ons() -> immapp.AddOnsParams:
        return immapp.AddOnsParams(with_implot=True)

    def run(self) -> None:
        """Show the window until it is closed; everything is saved when this returns."""
        immapp.run(self.params, self.add_ons())

    # Callbacks, in the order of a frame.

    def _post_init(self) -> None:
        imgui.get_io().config_error_recovery_enable_tooltip = False
        self._restyle()
        window = glfw_utils.glfw_window_hello_imgui()
        _set_icon(window)
        self._accept_drops(window)
        self.app.start()

    def _pre_new_frame(self) -> None:
        self._restyle()
        limit = self.app.preferences.fps_limit
        if self.app.starting:  # leave the processor to what makes the first picture
            limit = min(limit, STARTING_FPS)
        self.params.fps_idling.fps_max = float(limit)
        self.params.fps_idling.vsync_to_monitor = limit == 0
        self._obey()

    def _post_new_frame(self) -> None:
        self._label_tabs()
        self.app.begin_frame()

    def _menus(self) -> None:
        app = self.app
        shown = [(item.title, self._dockable(item).is_visible) for item in PANELS]
        app.guarded("Menu", lambda: menu_bar_ui(app.state, shown, app.emit))

    def _status(self) -> None:
        self.app.guarded("Status bar", lambda: status_bar_ui(self.app.state, self.app.emit))

    def _draw_panel(self, item: Panel) -> None:
        if item.title == "Canvas" and self.app.view.full_screen:
            return
        with tooltips(self.app.preferences.tooltips):
            self.app.draw_panel(item)
        if item.title == "Timeline":
            flags = imgui.FocusedFlags_.root_and_child_windows
            self.app.timeline.seen_focused = imgui.is_window_focused(flags)

    def _overlays(self) -> None:
        app = self.app
        if app.view.full_screen:
            self._full_screen_ui()
        overlays_ui(app)
        if escape_closes_menu():
            return
        if not app.dialogs.open:
            taken = TIMELINE_KEYS if app.timeline.focused else frozenset[str]()
            if app.knobs.learning:
                taken |= LEARNING_KEYS
            app.guarded("Keyboard", lambda: keyboard_ui(COMMANDS, app.state, app.emit, taken))

    def _before_render(self) -> None:
        self.app.end_frame()
        if self.app.shall_exit:
            self.params.app_shall_exit = True

    def _before_swap(self) -> None:
        """Take the pictures of the window that were asked for some frames ago."""
        waiting = [frames - 1 for frames in self.app.window_captures]
        self.app.window_captures = [frames for frames in waiting if frames > 0]
        if len(waiting) == len(self.app.window_captures):
            return
        io = imgui.get_io()
        scale = io.display_framebuffer_scale
        size = (round(io.display_size.x * scale.x), round(io.display_size.y * scale.y))
        self.app.guarded(
            "Window capture", lambda: app_export.save_window(self.app, read_window(*size))
        )

    # Parts.

    def _full_screen_ui(self) -> None:
        viewport = imgui.get_main_viewport()
        imgui.set_next_window_pos(viewport.pos)
        imgui.set_next_window_size(viewport.size)
        flags = (
            imgui.WindowFlags_.no_decoration
            | imgui.WindowFlags_.no_docking
            | imgui.WindowFlags_.no_move
            | imgui.WindowFlags_.no_saved_settings
        )
        imgui.push_style_var(imgui.StyleVar_.window_padding, (0, 0))
        imgui.push_style_var(imgui.StyleVar_.window_rounding, 0.0)
        imgui.push_style_color(imgui.Col_.window_bg, (0, 0, 0, 1))
        imgui.begin("###full_screen", None, flags)
        self.app.draw_panel(panel("Canvas"))
        imgui.end()
        imgui.pop_style_color()
        imgui.pop_style_var(2)

    def _restyle(self) -> None:
        """Apply the text size when it has changed."""
        preferred = self.app.preferences.font_scale
        scale = self._scale or (preferred if preferred > 0 else 1.0)
        if scale != self._styled:
            self._styled = scale
            apply_style(scale)

    def _obey(self) -> None:
        """Do to the docking and the screen what actions of the last frame asked for."""
        app, docking = self.app, self.params.docking_params
        if app.reset_layout:
            app.reset_layout = False
            docking.layout_reset = True
            for item in PANELS:
                self._dockable(item).is_visible = True
        for title, visible in app.show_panels.items():
            window = self._dockable(panel(title))
            window.is_visible = visible
            window.focus_window_at_next_frame = visible
        app.show_panels.clear()
        if app.view.full_screen != self._screen_is_full:
            self._screen_is_full = app.view.full_screen
            self._set_full_screen(app.view.full_screen)

    def _set_full_screen(self, full: bool) -> None:
        """Cover the monitor, or go back; a window without a monitor only covers itself."""
        if headless():
            return
        import glfw

        window: Any = glfw_utils.glfw_window_hello_imgui()
        monitor = glfw.get_primary_monitor()
        if full and monitor:
            self._windowed = (*glfw.get_window_pos(window), *glfw.get_window_size(window))
            mode = glfw.get_video_mode(monitor)
            glfw.set_window_monitor(
                window, monitor, 0, 0, mode.size.width, mode.size.height, mode.refresh_rate
            )
        elif not full and self._windowed is not None:
            windowed: Any = None  # no monitor
            glfw.set_window_monitor(window, windowed, *self._windowed, 0)

    def dropped(self, paths: Sequence[str]) -> None:
        """Open what was dropped on the window: the first of several."""
        if paths:
            self.app.emit(dropped(self.app, paths[0]))

    def _accept_drops(self, window: Any) -> None:
        import glfw

        self._keep_drop = lambda _window, paths: self.dropped(paths)
        glfw.set_drop_callback(window, self._keep_drop)

    def resize(self, size: tuple[int, int]) -> None:
        """Set the window's size, also beyond the monitor."""
        import glfw

        window: Any = glfw_utils.glfw_window_hello_imgui()
        glfw.set_window_size(window, *size)

    def visible(self, title: str) -> bool:
        """Whether a panel is among those that are shown."""
        return self._dockable(panel(title)).is_visible

    def _label_tabs(self) -> None:
        """Fit the tabs to their bars; one that shows an icon alone says its title when hovered."""
        tabs: list[Tab] = []
        for item in PANELS:
            window = imgui.internal.find_window_by_name(item.label)
            node = window.dock_node if window is not None else None
            if node is None:
                self._dockables[item.title].label = item.label
            else:
                chosen = node.selected_tab_id == window.tab_id
                tabs.append(Tab(item.title, item.icon, node.id_, node.size.x, chosen))
        texts = tab_texts(tabs)
        for tab in tabs:
            text = texts[tab.title]
            self._dockables[tab.title].label = f"{text}###{tab.title}"
            window = imgui.internal.find_window_by_name(f"###{tab.title}")
            if text == tab.icon and window.dc.dock_tab_item_status_flags & _HOVERED:
                imgui.set_tooltip(tab.title)

    def tab_label(self, title: str) -> str:
        """Return what a panel's tab says, with its id behind it."""
        return str(self._dockables[title].label)

    def _dockable(self, item: Panel) -> hello_imgui.DockableWindow:
        return self._dockables[item.title]

    def _in_em(self, size_px: float) -> float:
        preferred = self.app.preferences.font_scale
        return size_px / (STYLE.font_px * (self._scale or (preferred if preferred > 0 else 1.0)))

    def _runner_params(self, size: tuple[int, int], remember: bool) -> hello_imgui.RunnerParams:
        params = hello_imgui.RunnerParams()
        window = params.app_window_params
        window.window_title = TITLE
        window.window_geometry.size = size
        window.restore_previous_geometry = remember
        inner = params.imgui_window_params
        inner.default_imgui_window_type = (
            hello_imgui.DefaultImGuiWindowType.provide_full_screen_dock_space
        )
        inner.show_menu_bar = True
        inner.show_menu_app = False
        inner.show_menu_view = False
        inner.show_status_bar = True
        inner.show_status_fps = False
        inner.remember_theme = False
        inner.remember_status_bar_settings = False
        inner.background_color = vec4(STYLE.background)
        params.docking_params = _docking(self._draw_panel, *map(self._in_em, size))
        params.ini_disable = not remember
        if remember:
            config_dir().mkdir(parents=True, exist_ok=True)
            params.ini_folder_type = hello_imgui.IniFolderType.absolute_path
            params.ini_filename = str(config_dir() / "window.ini")
            params.ini_filename_use_app_window_title = False
        params.fps_idling.fps_idle = 2.0
        params.fps_idling.time_active_after_last_event = 1.5
        params.fps_idling.remember_enable_idling = False
        params.renderer_backend_options.open_gl_options.anti_aliasing_samples = 0
        calls = params.callbacks
        calls.default_icon_font = hello_imgui.DefaultIconFont.font_awesome6
        calls.load_additional_fonts = load_fonts
        calls.setup_imgui_style = lambda: apply_style(self._scale or 1.0)
        calls.post_init = self._post_init
        calls.pre_new_frame = self._pre_new_frame
        calls.post_new_frame = self._post_new_frame
        calls.show_menus = self._menus
        calls.show_status = self._status
        calls.show_gui = self._overlays
        calls.before_imgui_render = self._before_render
        calls.before_swap = self._before_swap
        if headless():
            calls.after_swap = finish_drawing
        calls.before_exit = self.app.pictures.clear
        return params


def _docking(draw: Any, window_em: float, height_em: float) -> hello_imgui.DockingParams:
    docking = hello_imgui.DockingParams()
    docking.docking_splits = [
        hello_imgui.DockingSplit(split.of, split.name, split.side, ratio)
        for split, ratio in zip(SPLITS, split_ratios(window_em, height_em), strict=True)
    ]
    docking.dockable_windows = [_dockable_window(item, draw) for item in PANELS]
    docking.main_dock_space_node_flags = 0
    return docking


def _dockable_window(item: Panel, draw: Any) -> hello_imgui.DockableWindow:
    window = hello_imgui.DockableWindow(
        item.label, item.dock, lambda: draw(item), can_be_closed_=False
    )
    window.imgui_window_flags = 0 if item.padded else int(imgui.WindowFlags_.no_scrollbar)
    window.include_in_view_menu = False
    return window


def _set_icon(window: Any) -> None:
    """Give the window its icon, where windows have one that programs set."""
    icon = ASSETS / "icon.png"
    if headless() or sys.platform == "darwin" or not icon.exists():
        return
    import glfw
    from PIL import Image

    if sys.platform == "linux" and glfw.get_platform() != glfw.PLATFORM_X11:
        return
    with Image.open(Path(icon)) as picture:
        sizes: Any = [picture.convert("RGBA").resize((side, side)) for side in (128, 48, 32, 16)]
    glfw.set_window_icon(window, len(sizes), sizes)
