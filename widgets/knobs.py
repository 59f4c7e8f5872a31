"""Knobs of MIDI and OSC devices, an input of the number controls as the mouse is one.

A control says after it is drawn which value it has and how far it goes (`turned`), and gets back
what a knob asks for. While knobs are learned a control is a button of the same name (`learn_ui`):
a click chooses it, a right-click takes its knob away, and its value cannot change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from imgui_bundle import ImVec2, imgui

from explorer.actions import LearnKnobs
from explorer.control_state import Reach
from explorer.panel_state import Emit
from widgets.controls import accent, ellipsis, em, hint, scoped, u32

LEARNING_KEYS = frozenset(("Escape",))  # that are taken while knobs are learned
Turned = Callable[[str, float, Reach], float | None]


@dataclass(frozen=True)
class Chosen:
    """A control that was clicked while knobs are learned."""

    control: str
    label: str
    reach: Reach


@dataclass
class KnobFrame:
    """One frame of knobs: what controls ask, and what they tell.

    turned:   (control, its value, reach) -> the value that a knob asks for, or None.
    learning: whether controls are chosen by a click.
    waiting:  the control that gets the next knob that is moved, or "".
    bound:    what is shown of the knob of a control.
    drawn:    controls of this frame.
    """

    turned: Turned
    learning: bool = False
    waiting: str = ""
    bound: Mapping[str, str] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)
    chosen: Chosen | None = None
    unlearned: str = ""


_frame: ContextVar[KnobFrame | None] = ContextVar("knob_frame", default=None)


@contextmanager
def knobs(frame: KnobFrame | None) -> Iterator[None]:
    """Let controls drawn inside answer to the knobs of a frame; None = to none."""
    token = _frame.set(frame)
    try:
        yield
    finally:
        _frame.reset(token)


def learning() -> bool:
    """Return whether controls are to be chosen, not moved."""
    frame = _frame.get()
    return frame is not None and frame.learning


def turned(name: str, value: float, reach: Reach) -> float:
    """Return what a knob asks of the control drawn last, or `value` itself.

    A knob of a disabled control does nothing, as the mouse does.
    """
    frame = _frame.get()
    if frame is None:
        return value
    control = scoped(name)
    frame.drawn.add(control)
    new = frame.turned(control, value / reach.unit, reach)
    if new is None or imgui.get_item_flags() & int(imgui.ItemFlags_.disabled):
        return value
    new *= reach.unit
    return value if abs(new - value) < 1e-9 * reach.unit else new


def turned_whole(name: str, value: int, reach: Reach) -> int:
    """Return what a knob asks of a control of whole numbers, or `value` itself."""
    new = turned(name, float(value), reach)
    return value if new == value else round(new)


def learn_ui(
    name: str,
    label: str,
    value: float,
    reach: Reach,
    width: float,
    *,
    shown: str = "",
    height: float = 0.0,
) -> float | None:
    """Draw a control as something to choose while knobs are learned; None while they are not.

    Returns what a knob asks for, or `value` itself. The item has the control's own id, `##name`;
    `shown` is the text of its value, `height` 0 that of a frame.
    """
    frame = _frame.get()
    if frame is None or not frame.learning:
        return None
    control = scoped(name)
    waits, knob = frame.waiting == control, frame.bound.get(control, "")
    height = height or imgui.get_frame_height()
    low = imgui.get_cursor_screen_pos()
    if imgui.invisible_button(f"##{name}", ImVec2(max(width, 1.0), height)):
        frame.chosen = Chosen(control, label, reach)
    if knob and imgui.is_item_clicked(imgui.MouseButton_.right):
        frame.unlearned = control
    _draw(low, (low.x + width, low.y + height), waits, knob, shown)
    hint(_tip(label, control, waits, knob))
    return turned(name, value, reach)


def learning_ui(frame: KnobFrame, label: str, emit: Emit) -> None:
    """Say at the upper edge of the window what is to be done, and end with Escape."""
    if not frame.learning:
        return
    text = f"Now move a knob for {label}" if label else "Click a number, then move a knob"
    text += "  ·  right-click unlearns  ·  Esc ends"
    view = imgui.get_main_viewport()
    top = view.pos.y + 2.4 * imgui.get_frame_height()  # below the menus and the tabs
    imgui.set_next_window_pos((view.pos.x + view.size.x / 2, top), imgui.Cond_.always, (0.5, 0.0))
    flags = (
        imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.no_inputs
        | imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_docking
        | imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.no_focus_on_appearing
    )  # fmt: skip
    imgui.begin("###learning", None, flags)
    imgui.text_colored(accent(), ellipsis(text, 0.9 * view.size.x))
    imgui.end()
    popup = imgui.is_popup_open("", int(imgui.PopupFlags_.any_popup))
    if not popup and imgui.is_key_pressed(imgui.Key.escape, False):
        emit(LearnKnobs(False))


def _draw(low: ImVec2, high: tuple[float, float], waits: bool, knob: str, shown: str) -> None:
    draw, style = imgui.get_window_draw_list(), imgui.get_style()
    hovered = imgui.is_item_hovered()
    ground = 0.42 if waits else 0.24 if hovered else 0.16 if knob else 0.05
    draw.add_rect_filled(low, high, u32(accent(), ground), style.frame_rounding)
    line = max(1.0, em(0.14 if waits else 0.09))
    draw.add_rect(low, high, u32(accent(), 1.0 if waits or knob else 0.6), style.frame_rounding,
                  line)  # fmt: skip
    room = high[0] - low.x - em(0.4)
    text = ellipsis("move a knob…" if waits else knob or shown, room)
    extent = imgui.calc_text_size(text)
    if extent.x <= room:
        place = ((low.x + high[0] - extent.x) / 2, (low.y + high[1] - extent.y) / 2)
        draw.add_text(place, imgui.get_color_u32(imgui.Col_.text), text)


def _tip(label: str, control: str, waits: bool, knob: str) -> str:
    if waits:
        return f"{label}: move a knob, or click another number"
    if knob:
        return f"{label} follows {knob}\nClick for another knob · right-click to unlearn"
    return f"{label}: click, then move a knob\nBy OSC also as /set/{control}"
