"""Knobs of MIDI and OSC devices as frozen values: what follows what, and what is there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

BindingKind = Literal["range", "sent", "fine", "steps", "steps_64", "switch"]

OSC_PORT = 9000


@dataclass(frozen=True)
class Binding:
    """One number control that follows one knob.

    control:   the control's name, below the scope it is drawn in: "psi", "0/mix_weight".
    label:     what people call it.
    address:   which knob: "midi:nanoKONTROL2/ch1/cc21", "osc:/psi".
    low, high: the control's values at the ends of the knob's way; low may be the larger one.
    kind:      range:    the knob's way is low..high.
               sent:     the number of an OSC message is the value itself.
               fine:     MIDI with 14 bits: control change n is the coarse part, n + 32 the fine.
               steps:    an endless encoder that sends 1, 2 … for one way, 127, 126 … for the other.
               steps_64: one that sends 65, 66 … and 63, 62 …
               switch:   each press goes to the other end.
    """

    control: str
    label: str
    address: str
    low: float
    high: float
    kind: BindingKind = "range"


@dataclass(frozen=True)
class ControlOptions:
    """Which devices are listened to and what follows them; stays with a person.

    osc_port: UDP port, 1..65535.
    osc_everyone: whether other machines may send, too.
    pick_up:  whether a knob moves its control only once it has reached the control's value.
    """

    midi: bool = False
    osc: bool = False
    osc_port: int = OSC_PORT
    osc_everyone: bool = False
    pick_up: bool = False
    bindings: tuple[Binding, ...] = ()


@dataclass(frozen=True)
class Reach:
    """How far a knob may move a number control.

    low, high: the range that a knob gets when it is learned.
    limits:    what the control can hold; None = low..high.
    power:     1 = even; else the middle is fine, as in the control: value ~ sign(t) |t|^power.
    unit:      what one of the binding's numbers is in the control's: 360 for an angle that is shown
               in degrees and bound in turns.
    whole:     whether only whole numbers are meant.
    """

    low: float
    high: float
    limits: tuple[float, float] | None = None
    power: float = 1.0
    unit: float = 1.0
    whole: bool = False

    def clamped(self, value: float) -> float:
        """Return a value, in the binding's numbers, as the control can hold it."""
        low, high = self.limits or (self.low, self.high)
        value = min(max(value, low), high)
        return float(math.floor(value + 0.5)) if self.whole else round(value, 6)


@dataclass(frozen=True)
class ControlState:
    """What the Live panel may know of controllers.

    waiting:   the label of the control that was clicked and gets the next knob that is moved.
    devices:   names of the MIDI inputs that are listened to.
    midi_missing: a sentence: why MIDI cannot be had here at all.
    midi_problem, osc_problem: a sentence: why what was turned on does not work.
    osc_place: where others send to, "127.0.0.1:9000", while it is listened to.
    last:      the newest message: its address and value, for people.
    asleep:    controls that are bound, are not shown now and act once their panel is.
    """

    learning: bool = False
    waiting: str = ""
    devices: tuple[str, ...] = ()
    midi_missing: str = ""
    midi_problem: str = ""
    osc_place: str = ""
    osc_problem: str = ""
    last: str = ""
    asleep: frozenset[str] = frozenset()


def address_text(address: str) -> str:
    """Return an address for people: "nanoKONTROL2 · ch1 · cc21", "/psi"."""
    kind, _, rest = address.partition(":")
    return rest if kind == "osc" else rest.replace("/", " · ")


def kinds_of(address: str) -> tuple[BindingKind, ...]:
    """Return the ways in which the knob of an address may be read."""
    if address.startswith("osc:"):
        return ("range", "sent", "switch")
    number = coarse_number(address)
    if number is None:
        return ("range", "switch")
    fine: tuple[BindingKind, ...] = ("fine",) if number < 32 else ()
    return ("range", *fine, "steps", "steps_64", "switch")


def coarse_number(address: str) -> int | None:
    """Return the number of a MIDI control change, or None for anything else."""
    name = address.rpartition("/")[2]
    number = name.removeprefix("cc")
    is_change = address.startswith("midi:") and name != number and number.isdigit()
    return int(number) if is_change else None


def with_binding(options: ControlOptions, binding: Binding) -> ControlOptions:
    """Return options in which a control follows this knob, and no other."""
    others = without_control(options, binding.control).bindings
    return replace(options, bindings=(*others, binding))


def without_control(options: ControlOptions, control: str) -> ControlOptions:
    """Return options in which a control follows no knob."""
    kept = tuple(each for each in options.bindings if each.control != control)
    return replace(options, bindings=kept)
