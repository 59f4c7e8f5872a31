"""What commands do and when they can: small functions the table in `commands` is made of."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from explorer.actions import Action, Apply, SetView, StartRecording, StopRecording
from explorer.panel_state import PanelState
from explorer.settings import RANDOM_SEEDS, SEED_MODULUS, Grid, Settings, seed_latent
from explorer.timeline.edit import key_here, key_moving
from explorer.view_state import CanvasView


def edit(label: str, change: Callable[[Settings], Settings]) -> Callable[[PanelState], Action]:
    return lambda state: Apply(change(state.settings), label)


def seed_step(step: int) -> Callable[[PanelState], Action]:
    def action(state: PanelState) -> Action:
        seed = (state.settings.latent.seed + step) % SEED_MODULUS
        return Apply(replace(state.settings, latent=seed_latent(seed)), f"Seed {seed}")

    return action


def random_seed(state: PanelState) -> Action:
    seed = random.randrange(RANDOM_SEEDS)
    return Apply(replace(state.settings, latent=seed_latent(seed)), f"Seed {seed}")


def view(change: Callable[[CanvasView], CanvasView]) -> Callable[[PanelState], Action]:
    return lambda state: SetView(change(state.view))


def fit(view: CanvasView) -> CanvasView:
    return replace(view, fit="fit", zoom=1.0, pan_x=0.0, pan_y=0.0)


def actual(view: CanvasView) -> CanvasView:
    return replace(view, fit="free", zoom=1.0, pan_x=0.0, pan_y=0.0)


def sampling(view: CanvasView) -> CanvasView:
    return replace(view, sampling="linear" if view.sampling == "nearest" else "nearest")


def has_model(state: PanelState) -> bool:
    return state.settings.model is not None


def has_picture(state: PanelState) -> bool:
    return state.result is not None and state.picture is not None


def records(state: PanelState) -> bool:
    return state.live.recording.phase == "recording"


def can_record(state: PanelState) -> bool:
    return records(state) or (has_picture(state) and state.live.recording.phase == "off")


def record(state: PanelState) -> Action:
    return StopRecording() if records(state) else StartRecording()


def has_problem(state: PanelState) -> bool:
    return state.status.kind in ("failed", "missing")


def compares(state: PanelState) -> bool:
    return state.training.compared is not None


def can_compare(state: PanelState) -> bool:
    return compares(state) or bool(state.training.others)


def can_learn(state: PanelState) -> bool:
    options = state.preferences.controls
    return state.controls.learning or options.midi or options.osc


def moves(state: PanelState) -> bool:
    return state.settings.animation.running


def grid(columns: int, rows: int) -> Callable[[PanelState], Action]:
    label = f"Grid {columns} × {rows}" if columns * rows > 1 else "Single picture"
    return edit(
        label,
        lambda s: replace(s, grid=Grid(columns, rows, s.grid.step)),
    )


def grid_is(columns: int, rows: int) -> Callable[[PanelState], bool]:
    return lambda state: (state.settings.grid.columns, state.settings.grid.rows) == (columns, rows)


def add_keys(state: PanelState) -> Action:
    """Keys at the playhead for what moves; the first key of a timeline is one of the latent."""
    secs = state.timeline.view.playhead_secs
    if state.settings.timeline.empty:
        return Apply(key_here(state.settings, "latent", secs), "Add key")
    return Apply(key_moving(state.settings, secs, state.timeline.driven_by), "Add keys")


def still(settings: Settings) -> Settings:
    still = replace(settings.animation, latent=False, noise=False, translate=False, rotate=False)
    return replace(settings, animation=still)


def toggle_latent(settings: Settings) -> Settings:
    animation = settings.animation
    return replace(settings, animation=replace(animation, latent=not animation.latent))


def reset_all(settings: Settings) -> Settings:
    """Defaults for everything but the model, the place on the plane, the library and the device."""
    return Settings(
        model=settings.model,
        latent=settings.latent,
        compute=settings.compute,
        library=settings.library,
    )
