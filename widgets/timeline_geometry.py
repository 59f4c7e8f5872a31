"""Where times are on the screen: zoom, ticks, colours of tracks. No ids."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from imgui_bundle import ImVec2, ImVec4, imgui

from explorer.timeline.model import Timeline
from explorer.timeline_state import TimelineView

_STEPS = (
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
)  # fmt: skip
_PARTS = 5  # small ticks from one label to the next
_ROOM = 1.03  # of the length, that the end is not at the very edge
_ZOOM = 0.82  # a notch of the wheel

_COLOURS = {
    "latent": ImVec4(0.42, 0.65, 1.0, 1.0),
    "classes": ImVec4(0.45, 0.80, 0.95, 1.0),
    "truncation": ImVec4(1.0, 0.72, 0.33, 1.0),
    "noise": ImVec4(0.50, 0.85, 0.58, 1.0),
    "mix": ImVec4(0.95, 0.52, 0.68, 1.0),
    "transform": ImVec4(0.74, 0.62, 1.0, 1.0),
    "layer": ImVec4(0.40, 0.85, 0.80, 1.0),
}
_OTHER = ImVec4(0.95, 0.88, 0.45, 1.0)


@dataclass(frozen=True)
class Lanes:
    """The part of the panel in which time goes to the right, in screen pixels and seconds."""

    left: float
    width: float
    start_secs: float
    visible_secs: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def secs_per_px(self) -> float:
        return self.visible_secs / max(self.width, 1.0)

    def x(self, secs: float) -> float:
        return self.left + (secs - self.start_secs) / self.secs_per_px

    def secs(self, x: float) -> float:
        return self.start_secs + (x - self.left) * self.secs_per_px


def lanes_of(timeline: Timeline, view: TimelineView, left: float, width: float) -> Lanes:
    """Return the lanes as the view has them zoomed."""
    visible = view.visible_secs or timeline.duration_secs * _ROOM
    start = view.start_secs if view.visible_secs else 0.0
    return Lanes(left, max(width, 1.0), start, visible)


def zoomed(
    view: TimelineView, timeline: Timeline, lanes: Lanes, x: float, notches: float
) -> TimelineView:
    """Return the view zoomed about the screen coordinate x; all the way out fits everything."""
    whole = timeline.duration_secs * _ROOM
    visible = max(lanes.visible_secs * _ZOOM**notches, 4 / timeline.fps)
    if visible >= whole:
        return replace(view, visible_secs=0.0, start_secs=0.0)
    at = lanes.secs(x)
    start = at - (x - lanes.left) / lanes.width * visible
    return replace(view, visible_secs=visible, start_secs=min(max(start, 0.0), whole - visible))


def scrolled(view: TimelineView, timeline: Timeline, share: float) -> TimelineView:
    """Return the view moved by a share of its width."""
    if not view.visible_secs:
        return view
    end = max(0.0, timeline.duration_secs * _ROOM - view.visible_secs)
    start = view.start_secs + share * view.visible_secs
    return replace(view, start_secs=min(max(start, 0.0), end))


def ticks(lanes: Lanes, label_px: float) -> tuple[Sequence[tuple[float, str]], Sequence[float]]:
    """Return labels (time, text) at least `label_px` apart, and the times of small ticks."""
    least = label_px * lanes.secs_per_px
    step = next((step for step in _STEPS if step >= least), None)
    if step is None:
        step = _STEPS[-1] * math.ceil(least / _STEPS[-1])
    small = step / _PARTS
    first = math.floor(lanes.start_secs / small)
    last = math.ceil((lanes.start_secs + lanes.visible_secs) / small)
    labels: list[tuple[float, str]] = []
    marks: list[float] = []
    for number in range(max(first, 0), last + 1):
        if number % _PARTS == 0:
            labels.append((number * small, tick_text(number * small, step)))
        else:
            marks.append(number * small)
    return labels, marks


def tick_text(secs: float, step: float) -> str:
    """Return a label: "3 s", "3.25 s", from a minute on "1:30"."""
    decimals = 0 if step >= 1 else 1 if step >= 0.1 else 2
    if secs >= 60:
        minutes = int(secs + 1e-6) // 60
        rest = max(secs - 60 * minutes, 0.0)
        width = 2 if decimals == 0 else 3 + decimals
        return f"{minutes}:{rest:0{width}.{decimals}f}"
    return f"{secs:.{decimals}f} s"


def pressed_at() -> ImVec2:
    """Return where the drag under way, or the one that ends in this frame, began."""
    here, delta = imgui.get_io().mouse_pos, imgui.get_mouse_drag_delta(0, 0.0)
    return ImVec2(here.x - delta.x, here.y - delta.y)


def track_colour(path: str) -> ImVec4:
    """Return the colour of a track's keys, by the panel its property belongs to."""
    return _COLOURS.get(path.partition(".")[0], _OTHER)
