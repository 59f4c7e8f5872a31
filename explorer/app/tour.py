"""Pictures of the window in its various states, for the README and for a look at the layout."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from explorer.actions import Action, Apply, SetTimelineView, SetView, ShowPanel, Toggle
from explorer.app.controller import Controller
from explorer.app.texture import Offscreen
from explorer.app.window import Window
from explorer.display import prepare_platform
from explorer.png import write_png
from explorer.settings import (
    Grid,
    Latent,
    LayerView,
    MixSource,
    Noise,
    Settings,
    StyleMixing,
    Truncation,
)
from explorer.timeline.drives import dance
from explorer.timeline.edit import KeyName, set_sound
from explorer.timeline.model import CURVES_HZ, Key, Sound, Timeline, Track
from explorer.timeline.recipes import random_walk, truncation_sweep
from explorer.timeline_state import TimelineView

SETTLE_FRAMES = 8
TIMEOUT_SECS = 120.0


@dataclass(frozen=True)
class Scene:
    """One picture: its file name and what leads to it from the scene before."""

    name: str
    actions: Callable[[Controller], Sequence[Action]]
    needs_model: bool = True


def scenes() -> tuple[Scene, ...]:
    return (
        Scene("empty", lambda _: (), needs_model=False),
        Scene("explore", _explore),
        Scene("mixing", _mixing),
        Scene("layers", _layers),
        Scene("spectrum", _spectrum),
        Scene("grid", _grid),
        Scene("pixels", _pixels),
        Scene("transform", _transform),
        Scene("timeline", _timeline),
        Scene("sound", _sound),
        Scene("performance", lambda _: (ShowPanel("Performance"),)),
        Scene("model", lambda _: (ShowPanel("Model"),)),
        Scene("palette", lambda _: (Toggle("palette"),)),
        Scene("shortcuts", lambda _: (Toggle("palette"), Toggle("shortcuts"))),
        Scene("about", lambda _: (Toggle("shortcuts"), Toggle("about"))),
    )


def take_pictures(
    out: Path,
    model: str | None,
    *,
    size: tuple[int, int],
    scale: float,
    only: Sequence[str] | None = None,
) -> None:
    """Walk through the scenes and write NAME.png of each into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = [scene for scene in scenes() if model is not None or not scene.needs_model]
    if model is not None:
        wanted = [scene for scene in wanted if scene.needs_model]
    prepare_platform()
    app = Controller(model, native_dialogs=False)
    window = Window(app, size=size, scale=scale, remember=False)
    window.params.fps_idling.enable_idling = False
    tour = Tour(app, window, wanted, out, size, only)
    calls = window.params.callbacks
    end_frame, before_exit = calls.before_imgui_render, calls.before_exit
    calls.before_imgui_render = lambda: tour.before_render(end_frame)
    calls.before_swap = tour.before_swap
    calls.before_exit = lambda: tour.free(before_exit)
    window.run()
    app.close()


class Tour:
    """Goes to the next scene when the last one has been drawn and its picture taken."""

    def __init__(
        self,
        app: Controller,
        window: Window,
        wanted: Sequence[Scene],
        out: Path,
        size: tuple[int, int],
        only: Sequence[str] | None,
    ) -> None:
        self._app = app
        self._window = window
        self._scenes = list(wanted)
        self._out = out
        self._size = size
        self._only = only
        self._scene: Scene | None = None
        self._surface: Offscreen | None = None
        self._still = 0
        self._since = time.monotonic()

    def before_render(self, end_frame: Callable[[], None]) -> None:
        """Draw into a surface of the size asked for; the window's own may be smaller."""
        end_frame()
        if self._surface is None:
            self._window.resize(self._size)
            self._surface = Offscreen(*self._size)
        self._surface.bind()

    def free(self, before_exit: Callable[[], None]) -> None:
        before_exit()
        if self._surface is not None:
            self._surface.free()

    def before_swap(self) -> None:
        """Called with every frame: take the picture of a scene that has settled, go on."""
        ready = self._ready()
        self._still = self._still + 1 if ready else 0
        if self._still < SETTLE_FRAMES and time.monotonic() - self._since < TIMEOUT_SECS:
            return
        if self._scene is not None:
            self._take(self._scene)
        self._next()

    def _ready(self) -> bool:
        app = self._app
        if self._scene is None:
            return not self._scenes[0].needs_model or app.current
        if not self._scene.needs_model:
            return True
        cells = app.history.current.grid
        missing = cells.shown and len(app.state.grid_cells) < cells.columns * cells.rows - 1
        return app.current and not app.background.waiting and not app.state.jobs and not missing

    def _take(self, scene: Scene) -> None:
        if self._only and scene.name not in self._only:
            return
        path = self._out / f"{scene.name}.png"
        assert self._surface is not None  # made with the first frame
        write_png(path, self._surface.read()[:, :, :3].copy())
        print(path, file=sys.stderr)

    def _next(self) -> None:
        self._still, self._since = 0, time.monotonic()
        if not self._scenes:
            self._app.shall_exit = True
            return
        self._scene = self._scenes.pop(0)
        for action in self._scene.actions(self._app):
            self._app.emit(action)


def _changed(app: Controller, settings: Settings, label: str) -> Apply:
    return Apply(replace(settings, model=app.history.current.model), label)


def _explore(app: Controller) -> Sequence[Action]:
    settings = replace(Settings(), latent=Latent(x=41.3, y=2.2), truncation=Truncation(psi=0.75))
    return (_changed(app, settings, "Psi 0.75"),)


def _mixing(app: Controller) -> Sequence[Action]:
    sources = (
        MixSource(seed=1012, weights=((0, 1.0), (1, 1.0), (2, 1.0), (3, 0.6))),
        MixSource(seed=77, weights=((6, 0.5), (7, 1.0), (8, 1.0), (9, 1.0))),
    )
    settings = replace(
        app.history.current, mixing=StyleMixing(sources), noise=Noise(mode="random", seed=12)
    )
    return (Apply(settings, "Style mixing"), ShowPanel("Style mixing"), ShowPanel("History"))


def _layer_of(app: Controller) -> str | None:
    info = app.models.info
    if info is None or len(info.layers) < 3:
        return None
    inner = [layer.name for layer in info.layers if layer.channels > 4]
    return inner[len(inner) // 2] if inner else None


def _layers(app: Controller) -> Sequence[Action]:
    view = LayerView(layer=_layer_of(app), mode="mosaic", normalise=True)
    settings = replace(app.history.current, layer=view)
    return (Apply(settings, "Layer"), ShowPanel("Layers"))


def _spectrum(app: Controller) -> Sequence[Action]:
    view = replace(app.history.current.layer, mode="colour", spectrum=True)
    return (Apply(replace(app.history.current, layer=view), "Spectrum"),)


def _grid(app: Controller) -> Sequence[Action]:
    settings = replace(
        app.history.current, layer=LayerView(), mixing=StyleMixing(), grid=Grid(5, 4, 1.0)
    )
    return (Apply(settings, "Grid"), ShowPanel("Library"))


def _pixels(app: Controller) -> Sequence[Action]:
    settings = replace(app.history.current, grid=Grid())
    view = replace(app.view, sampling="nearest", fit="free", zoom=28.0)
    return (Apply(settings, "Single picture"), SetView(view))


def _timeline(app: Controller) -> Sequence[Action]:
    start = replace(app.history.current, latent=Latent(x=41.0, y=2.0))
    start = replace(start, timeline=Timeline(duration_secs=10.0, fps=30.0))
    moving = truncation_sweep(random_walk(start, 6, 0.5), 0.4, 1.0)
    noise = (Key(1.0, number=0.0, interpolation="hold"), Key(6.5, number=1.0))
    tracks = (*moving.timeline.tracks, Track("noise.strength", noise))
    timeline = replace(moving.timeline, tracks=tracks)
    selected = tuple(KeyName("truncation.psi", key.time) for key in tracks[1].keys)
    view = TimelineView(playhead_secs=3.2, selected=selected, range_secs=(1.0, 8.0))
    settings = replace(moving, timeline=timeline, grid=Grid())
    reset = replace(app.view, sampling="linear", fit="fit", zoom=1.0)
    return (Apply(settings, "Timeline"), SetTimelineView(view), SetView(reset))


def _sound(app: Controller) -> Sequence[Action]:
    """A drum twice a second under a chord that swells, as curves; there is no file of it."""
    secs = 24.0
    at = np.arange(round(secs * CURVES_HZ)) / CURVES_HZ
    swell = 0.35 + 0.4 * np.sin(np.pi * at / secs) ** 2
    drum = np.exp(-(at % 0.5) / 0.12) * np.minimum(at / 4, 1)
    off_beat = np.exp(-((at + 0.25) % 0.5) / 0.05)
    level = np.maximum(swell, drum)
    curves = np.stack([level, drum, swell, 0.5 * off_beat, np.exp(-(at % 0.5) / 0.05)])
    reference = app.arrays.add(np.round(255 * curves) / 255)
    sound = Sound(reference, "Night drive.mp3", duration_secs=secs)
    start = replace(app.history.current, timeline=Timeline(fps=30.0))
    dancing = dance(replace(start, timeline=set_sound(start.timeline, sound)))
    view = TimelineView(playhead_secs=8.3)
    return (Apply(dancing, "Dance"), SetTimelineView(view))


def _transform(app: Controller) -> Sequence[Action]:
    view = replace(app.view, sampling="linear", fit="fit", zoom=1.0)
    return (SetView(view), ShowPanel("Transform"), ShowPanel("Capture"))
