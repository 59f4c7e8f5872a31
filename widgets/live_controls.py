"""Controllers: which MIDI and OSC devices are listened to, and which control follows which knob.

Ids: `##midi_on`, `##osc_on`, `##osc_port`, `##osc_everyone`, `##pick_up`, `###learn`; per binding,
inside the scope of its control: `##low`, `##high`, `###swap`, `##kind` with `###kind_…`,
`###unlearn`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import LearnKnobs, SetPreferences
from explorer.control_state import (
    Binding,
    BindingKind,
    ControlOptions,
    ControlState,
    address_text,
    kinds_of,
    without_control,
)
from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings
from widgets.choices import combo, toggle
from widgets.controls import (
    Button,
    button_row,
    disabled,
    ellipsis,
    em,
    hint,
    icon_button,
    id_scope,
    inner_spacing,
    same_line_at,
)
from widgets.fields import fact, integer
from widgets.knobs import knobs
from widgets.notices import text_dim, text_warning

LARGEST = 1e9  # of an end of a knob's way
KINDS: dict[BindingKind, tuple[str, str]] = {
    "range": ("Range", "The knob's way is the range"),
    "sent": ("As sent", "The number that is sent is the value"),
    "fine": ("14 bits", "Control change n is the coarse part, n + 32 the fine one"),
    "steps": ("Steps 1/127", "An endless encoder that sends 1 for one way, 127 for the other"),
    "steps_64": ("Steps 65/63", "An endless encoder that sends 65 for one way, 63 for the other"),
    "switch": ("Switch", "Each press goes to the other end"),
}
assert set(KINDS) == set(get_args(BindingKind))


def controllers_ui(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    """Draw the devices, the button that learns and what follows what."""
    options, controls = state.preferences.controls, state.controls
    with knobs(None):  # the port is not to be turned
        new = _midi_ui(options, controls)
        new = _osc_ui(new, controls)
    if controls.last:
        fact("Last heard", controls.last, "The newest movement of any knob, bound or not")
    if button_row((_learn_button(options, controls),)):
        emit(LearnKnobs(not controls.learning))
    if controls.learning:
        text_dim(
            f"Now move a knob for {controls.waiting}"
            if controls.waiting
            else "Click a number anywhere, then move a knob"
        )
    for binding in options.bindings:
        with id_scope(binding.control):
            new = _binding_ui(new, binding, asleep=binding.control in controls.asleep)
    if options.bindings:
        tip = "A knob does nothing until it has reached the control's value, so nothing jumps"
        new = replace(new, pick_up=toggle("Pick up", "pick_up", new.pick_up, tooltip=tip))
    if new != options:
        emit(SetPreferences(replace(state.preferences, controls=new)))
    return settings


def _midi_ui(options: ControlOptions, controls: ControlState) -> ControlOptions:
    with disabled(controls.midi_missing):
        on = toggle("MIDI", "midi_on", options.midi, tooltip="Listen to every MIDI input there is")
    if controls.midi_missing:
        text_dim(controls.midi_missing)
    elif controls.midi_problem:
        text_warning(controls.midi_problem)
    if on and not controls.midi_missing:
        names = ", ".join(controls.devices)
        if names:
            fact("Devices", names)
        elif not controls.midi_problem:
            text_dim("No MIDI device is plugged in; one is found within seconds")
    return replace(options, midi=on)


def _osc_ui(options: ControlOptions, controls: ControlState) -> ControlOptions:
    tip = "Listen to Open Sound Control: numbers that phones and other programs send over UDP"
    on = toggle("OSC", "osc_on", options.osc, tooltip=tip)
    if not on:
        return replace(options, osc=False)
    port = integer(
        "Port", "osc_port", options.osc_port, default=ControlOptions().osc_port, low=1, high=65535,
        tooltip="The UDP port to send to",
    )  # fmt: skip
    tip = "Also listen to other machines on the network; whoever reaches the port moves knobs"
    everyone = toggle("Network", "osc_everyone", options.osc_everyone, tooltip=tip)
    if controls.osc_problem:
        text_warning(controls.osc_problem)
    elif controls.osc_place:
        fact("Listens at", controls.osc_place)
    return replace(options, osc=on, osc_port=port, osc_everyone=everyone)


def _learn_button(options: ControlOptions, controls: ControlState) -> Button:
    heard = (options.midi and not controls.midi_missing) or options.osc
    reason = None if heard or controls.learning else "Turn on MIDI or OSC first"
    label = "Stop learning" if controls.learning else "Learn knobs"
    tip = "Click a number, move a knob (L); right-click unlearns, Escape ends"
    return Button("learn", label, icons.ICON_FA_WAND_MAGIC_SPARKLES, tip, reason, controls.learning)


def _binding_ui(options: ControlOptions, binding: Binding, *, asleep: bool) -> ControlOptions:
    """Draw one binding in two lines: what follows what, and over which range."""
    left, width = imgui.get_cursor_pos_x(), imgui.get_content_region_avail().x
    side, gap = imgui.get_frame_height(), inner_spacing()
    imgui.align_text_to_frame_padding()
    text = f"{binding.label}  ←  {address_text(binding.address)}"
    imgui.text_unformatted(ellipsis(text, width - side - gap))
    hint(f"{text}\nControl {binding.control}, knob {binding.address}")
    same_line_at(left + width - side)
    removed = icon_button(icons.ICON_FA_XMARK, "###unlearn", "Let this control alone", quiet=True)
    new = binding
    kinds = kinds_of(binding.address)
    room = width - side - 3 * gap
    kind_width = min(em(7), 0.42 * room)
    field = (room - kind_width) / 2
    with disabled("The number is taken as it is sent" if binding.kind == "sent" else None):
        low = _end_ui("low", binding.low, field, "The value at the knob's start")
        imgui.same_line(0, gap)
        high = _end_ui("high", binding.high, field, "The value at the knob's end")
        imgui.same_line(0, gap)
        if icon_button(icons.ICON_FA_RIGHT_LEFT, "###swap", "Turn the range round"):
            low, high = high, low
    imgui.same_line(0, gap)
    imgui.set_next_item_width(kind_width)
    names = [(kind, KINDS[kind][0]) for kind in kinds]
    picked = combo("kind", binding.kind, names, f"How the knob speaks\n{KINDS[binding.kind][1]}")
    kind = next((each for each in kinds if each == picked), binding.kind)
    if asleep:
        text_dim("Acts when its panel is shown")
    if removed:
        return without_control(options, binding.control)
    if (low, high, kind) == (binding.low, binding.high, binding.kind):
        return options
    new = replace(binding, low=low, high=high, kind=kind)
    return replace(
        options, bindings=tuple(new if each == binding else each for each in options.bindings)
    )


def _end_ui(name: str, value: float, width: float, tip: str) -> float:
    """Draw a number that takes effect with Enter or on leaving the field."""
    imgui.set_next_item_width(width)
    _, typed = imgui.input_double(f"##{name}", value, 0.0, 0.0, "%.6g")
    committed = imgui.is_item_deactivated_after_edit()
    hint(tip)
    if not committed or not math.isfinite(typed):
        return value
    return min(max(typed, -LARGEST), LARGEST)
