"""From a knob's movement to a control's value: pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from explorer.control_state import Binding, BindingKind, Reach, coarse_number, kinds_of

_FINE = 16383  # the largest number of 14 bits
SET = "osc:/set/"  # before a control's name: the number is its value, with nothing learned
PASS = 1 / 64  # of the way: so near to a control's value a knob has picked it up


@dataclass(frozen=True)
class Turn:
    """What a knob asks of its control: a place on its way, a value, or a step from where it is.

    place: 0..1 between the binding's ends; None = no place is asked for.
    value: the value itself; None = none is asked for.
    step:  in ways, forwards if positive.
    presses: of a switch.
    """

    place: float | None = None
    value: float | None = None
    step: float = 0.0
    presses: int = 0


def learned(control: str, label: str, reach: Reach, address: str, value: float) -> Binding:
    """Return the binding of a control to the knob that was moved.

    An OSC number beyond 0..1 is taken as the value itself: whoever sent it did not mean a fader.
    """
    sent = address.startswith("osc:") and not 0.0 <= value <= 1.0
    kind: BindingKind = "sent" if sent else "range"
    return Binding(control, label, address, reach.low, reach.high, kind)


def fine_address(address: str) -> str:
    """Return where the fine part of a 14-bit knob arrives: control change n + 32."""
    number = coarse_number(address)
    assert number is not None
    return f"{address.rpartition('/')[0]}/cc{number + 32}"


def told(address: str) -> Binding | None:
    """Return the binding of an OSC address that names its control, "osc:/set/psi"; else None."""
    control = address.removeprefix(SET)
    if control == address or not control:
        return None
    return Binding(control, control, address, 0.0, 0.0, "sent")


def turn_of(
    binding: Binding, moved: Mapping[str, Sequence[float]], last: Mapping[str, float]
) -> Turn | None:
    """Return what a frame's movements ask of a bound control, or None for nothing.

    Args:
        moved: by address, the values since the last frame, oldest first.
        last:  by address, the value before those.
    """
    values = moved.get(binding.address, ())
    if binding.kind == "fine" and "fine" in kinds_of(binding.address):
        return _fine_turn(binding, moved, last)
    if not values:
        return None
    match binding.kind:
        case "sent":
            return Turn(value=values[-1])
        case "steps" | "steps_64":
            return Turn(step=sum(_step(value, binding.kind) for value in values) / 127)
        case "switch":
            before = (last.get(binding.address, 0.0), *values)
            pairs = zip(before, values, strict=False)
            presses = sum(1 for old, new in pairs if old < 0.5 <= new)
            return Turn(presses=presses) if presses else None
        case _:
            return Turn(place=min(max(values[-1], 0.0), 1.0))


def merged(old: Turn | None, new: Turn) -> Turn:
    """Return one turn for two: a place or a value replaces, steps and presses add up."""
    if old is None or new.place is not None or new.value is not None:
        return new
    return replace(old, step=old.step + new.step, presses=old.presses + new.presses)


def asked(turn: Turn, binding: Binding, current: float, reach: Reach) -> float:
    """Return the value, in the binding's numbers, that a turn asks for from the current one."""
    if turn.value is not None:
        return reach.clamped(turn.value)
    first, last = (_bent(end, 1 / reach.power) for end in (binding.low, binding.high))
    if turn.place is not None:
        return reach.clamped(_bent(first + turn.place * (last - first), reach.power))
    if turn.presses:
        at_low = abs(current - binding.low) <= abs(current - binding.high)
        at_low = at_low if turn.presses % 2 else not at_low
        return reach.clamped(binding.high if at_low else binding.low)
    place = _bent(current, 1 / reach.power) + turn.step * (last - first)
    place = min(max(place, min(first, last)), max(first, last))
    return _bent(place, reach.power)  # not rounded: small steps add up


def passes(before: float | None, now: float, current: float, binding: Binding) -> bool:
    """Return whether a knob has reached the control's value, coming from where it was before."""
    if abs(now - current) <= PASS * abs(binding.high - binding.low):
        return True
    return before is not None and min(before, now) <= current <= max(before, now)


def _fine_turn(
    binding: Binding, moved: Mapping[str, Sequence[float]], last: Mapping[str, float]
) -> Turn | None:
    low_part = fine_address(binding.address)
    if binding.address not in moved and low_part not in moved:
        return None
    parts: list[int] = []
    for address in (binding.address, low_part):
        value = moved[address][-1] if moved.get(address) else last.get(address, 0.0)
        parts.append(math.floor(value * 127 + 0.5))
    return Turn(place=(parts[0] * 128 + parts[1]) / _FINE)


def _step(value: float, kind: BindingKind) -> int:
    number = math.floor(value * 127 + 0.5)
    if kind == "steps_64":
        return number - 64
    return number if number < 64 else number - 128


def _bent(value: float, power: float) -> float:
    return value if power == 1.0 else math.copysign(abs(value) ** power, value)
