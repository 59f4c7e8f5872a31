"""Knobs in the window: devices are listened to, and what they move is an edit like the mouse's."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from explorer.control_state import (
    Binding,
    ControlOptions,
    ControlState,
    Reach,
    address_text,
    kinds_of,
    with_binding,
    without_control,
)
from explorer.live.controllers import midi
from explorer.live.controllers.hidden import hidden_control
from explorer.live.controllers.messages import Inbox
from explorer.live.controllers.osc import OscError, OscServer
from explorer.live.controllers.turns import (
    Turn,
    asked,
    fine_address,
    learned,
    merged,
    passes,
    told,
    turn_of,
)
from explorer.model_info import ModelInfo
from explorer.settings import Settings
from widgets.knobs import Chosen, KnobFrame

if TYPE_CHECKING:
    from explorer.app.controller import Controller

REST_SECS = 0.4  # a knob that has not moved for as long is let go: what it did is one edit


class KnobDesk:
    """Owns the devices, what they have moved and what is being learned; for the window's thread.

    Args:
        wake: asks for a frame, from any thread.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._inbox = Inbox(wake)
        self._midi: midi.MidiInputs | None = None
        self._osc: OscServer | None = None
        self._osc_problem = ""
        self._running = ControlOptions()  # what the devices were opened for
        self._bindings: dict[str, Binding] = {}
        self._pick_up = False
        self._chosen: Chosen | None = None
        self._pending: dict[str, tuple[Turn, Binding]] = {}  # by control, until it is drawn
        self._last: dict[str, float] = {}  # newest value of the knobs that are bound
        self._given: dict[str, tuple[float, float]] = {}  # by control: as set, and before rounding
        self._reached: dict[str, float] = {}  # by control: what its knob asked for before
        self._heard = ""
        self.heard_count = 0  # frames in which something arrived
        self._turned_at = -math.inf
        self._drawn: frozenset[str] = frozenset()
        self.learning = False
        self.frame = KnobFrame(self._turned)

    @property
    def turning(self) -> bool:
        """Whether a knob is still in somebody's hand."""
        return time.monotonic() - self._turned_at < REST_SECS

    @property
    def waiting_count(self) -> int:
        """How many controls have been asked for something and were not shown since."""
        return len(self._pending)

    def learn(self, on: bool) -> None:
        """Begin or end to choose controls for knobs."""
        self.learning, self._chosen = on, None

    @cached_property
    def midi_missing(self) -> str:
        """Why MIDI cannot be had here; "" if it can."""
        return midi.missing_reason()

    # Once a frame.

    def begin_frame(self, app: Controller) -> None:
        """Take in what devices sent; `frame` is then what the panels of this frame ask."""
        options = app.preferences.controls
        if options != self._running:
            self._follow(app, options)
        moved = self._inbox.take()
        if moved:
            self._hear(app, moved)
        waiting = self._chosen.control if self._chosen is not None else ""
        bound = {each.control: address_text(each.address) for each in self._bindings.values()}
        self.frame = KnobFrame(self._turned, self.learning, waiting, bound)

    def end_frame(self, app: Controller, settings: Settings) -> Settings:
        """Return the frame's settings with what knobs asked of controls that were not drawn."""
        frame = self.frame
        self._drawn = frozenset(frame.drawn)
        if frame.chosen is not None:
            self._chosen = frame.chosen
        if frame.unlearned:
            self._keep(app, without_control(app.preferences.controls, frame.unlearned))
        for control in self._pending.keys() - self._drawn:
            settings = self._hidden(control, settings, app.models.info)
        return settings

    def state(self, settings: Settings, info: ModelInfo | None) -> ControlState:
        """Return what the Live panel may know."""
        status = self._midi.status if self._midi is not None else midi.MidiStatus()
        asleep = frozenset(
            control
            for control in self._bindings.keys() - self._drawn
            if hidden_control(control, settings, info) is None
        )
        return ControlState(
            learning=self.learning,
            waiting=self._chosen.label if self._chosen is not None else "",
            devices=status.devices,
            midi_missing=self.midi_missing,
            midi_problem=status.problem,
            osc_place=self._osc.place if self._osc is not None else "",
            osc_problem=self._osc_problem,
            last=self._heard,
            asleep=asleep,
        )

    def close(self) -> None:
        if self._midi is not None:
            self._midi.close()
        if self._osc is not None:
            self._osc.close()
        self._midi = self._osc = None

    # Devices.

    def _follow(self, app: Controller, options: ControlOptions) -> None:
        """Open and close devices as the options say, and take over what is bound."""
        old, self._running = self._running, options
        self._bindings = {each.control: each for each in options.bindings}
        self._pick_up = options.pick_up
        bound = self._bindings.values()
        self._pending = {c: each for c, each in self._pending.items() if each[1] in bound}
        if options.midi != old.midi:
            if self._midi is not None:
                self._midi.close()
            wanted = options.midi and not self.midi_missing
            listen, wake = self._inbox.put, self._wake
            self._midi = midi.MidiInputs(listen, wake, backend=midi.BACKEND) if wanted else None
        place = (options.osc, options.osc_port, options.osc_everyone)
        if place != (old.osc, old.osc_port, old.osc_everyone):
            self._serve(app, *place)
        if not (options.midi or options.osc):
            self.learn(False)

    def _serve(self, app: Controller, on: bool, port: int, everyone: bool) -> None:
        if self._osc is not None:
            self._osc.close()
        self._osc, self._osc_problem = None, ""
        if not on:
            return
        try:
            self._osc = OscServer(self._inbox.put, port, everyone=everyone)
        except OscError as error:
            self._osc_problem = str(error)
            app.say_error(error)

    # Movements.

    def _hear(self, app: Controller, moved: Mapping[str, Sequence[float]]) -> None:
        address, values = list(moved.items())[-1]
        self.heard_count += 1
        self._heard = f"{address_text(address)}   {values[-1]:.4g}"
        if self._chosen is not None:
            self._learn_from(app, self._chosen, moved)
            return
        named = [binding for binding in map(told, moved) if binding is not None]
        for binding in (*self._bindings.values(), *named):
            self._ask(binding, turn_of(binding, moved, self._last))
        for known in self._heard_addresses() & moved.keys():
            self._last[known] = moved[known][-1]

    def _ask(self, binding: Binding, turn: Turn | None) -> None:
        if turn is not None:
            before, whose = self._pending.get(binding.control, (None, binding))
            both = merged(before if whose == binding else None, turn)
            self._pending[binding.control] = (both, binding)

    def _heard_addresses(self) -> set[str]:
        """Return the addresses whose last value counts."""
        bindings = self._bindings.values()
        fine = {fine_address(b.address) for b in bindings if "fine" in kinds_of(b.address)}
        return fine | {binding.address for binding in bindings}

    def _learn_from(
        self, app: Controller, chosen: Chosen, moved: Mapping[str, Sequence[float]]
    ) -> None:
        for address, values in moved.items():
            if told(address) is not None or ("/note" in address and not any(values)):
                continue  # it names its control; a key that is let go was meant for another
            binding = learned(chosen.control, chosen.label, chosen.reach, address, values[-1])
            before = self._bindings.get(chosen.control)
            if before is not None:  # another knob for the range that was chosen
                binding = replace(binding, low=before.low, high=before.high)
            self._keep(app, with_binding(app.preferences.controls, binding))
            self._last[address] = values[-1]
            self._chosen = None
            return

    def _keep(self, app: Controller, options: ControlOptions) -> None:
        app.set_preferences(replace(app.preferences, controls=options))
        self._follow(app, options)

    def _turned(self, control: str, current: float, reach: Reach) -> float | None:
        """Return what a control that is drawn now is asked for; see `KnobFrame.turned`."""
        waiting = self._pending.pop(control, None)
        return None if waiting is None else self._asked(*waiting, current, reach)

    def _hidden(self, control: str, settings: Settings, info: ModelInfo | None) -> Settings:
        hidden = hidden_control(control, settings, info)
        if hidden is None:  # what is bound waits for its panel
            if self._pending[control][1] != self._bindings.get(control):
                del self._pending[control]
            return settings
        current, waiting = hidden.read(settings), self._pending.pop(control)
        new = self._asked(*waiting, current, Reach(*hidden.limits, whole=hidden.whole))
        return settings if new is None or new == current else hidden.write(settings, new)

    def _asked(self, turn: Turn, binding: Binding, current: float, reach: Reach) -> float | None:
        control = binding.control
        way = abs(binding.high - binding.low)
        given, exact = self._given.get(control, (math.nan, math.nan))
        own = abs(given - current) <= min(1e-3 * way, 0.4)  # nobody else has moved it since
        new = asked(turn, binding, exact if own else current, reach)
        if self._pick_up and turn.place is not None and "/note" not in binding.address and not own:
            before = self._reached.get(control)
            self._reached[control] = new
            if not passes(before, new, current, binding):
                return None
        clamped = reach.clamped(new)
        self._given[control] = (clamped, new)
        if clamped != current:
            self._turned_at = time.monotonic()
        return clamped
