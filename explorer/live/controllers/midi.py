"""MIDI inputs: every one there is, also those plugged in later, by mido and python-rtmidi.

Both are an optional extra. A device's messages arrive in a thread of python-rtmidi's; ours looks
every few seconds at which devices there are.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.live.controllers.messages import ControlChange

LOOK_SECS = 2.0
WITHOUT_WHEELS = (3, 13)  # the first Python that python-rtmidi 1.5.8 has no wheels for
BACKEND = "mido.backends.rtmidi"
_SEQUENCER = Path("/dev/snd/seq")
_PARTS = ("mido", "rtmidi")


@dataclass(frozen=True)
class MidiStatus:
    """devices: names of the inputs that are open; problem: a sentence about one that is not."""

    devices: tuple[str, ...] = ()
    problem: str = ""


def missing_reason() -> str:
    """Return one sentence of why there can be no MIDI here and what to do; "" if there can."""
    if any(importlib.util.find_spec(part) is None for part in _PARTS):
        compiled = sys.version_info >= WITHOUT_WHEELS
        return (
            "MIDI needs mido and python-rtmidi: close the window and start it once with "
            "`python main.py --midi`, which installs them"
            + (f" (for this Python it {_compiling()})." if compiled else ".")
        )
    # Asked for anyway, the ALSA library complains on the terminal every time.
    if sys.platform == "linux" and not _SEQUENCER.exists():
        return (
            f"This system has no MIDI ({_SEQUENCER} is missing): run `sudo modprobe snd-seq`, "
            "then start this program again."
        )
    return ""


def _compiling() -> str:
    headers = " and libasound2-dev" if sys.platform == "linux" else ""
    return f"compiles the second, which needs a C++ compiler{headers}"


def change_of(message: Any, device: str) -> ControlChange | None:
    """Return what a mido.Message moves, its value 0..1; None for what is no knob, pad or wheel."""
    if not hasattr(message, "channel"):
        return None
    channel = f"midi:{device}/ch{message.channel + 1}"
    match message.type:
        case "control_change":
            return ControlChange(f"{channel}/cc{message.control}", message.value / 127)
        case "pitchwheel":
            return ControlChange(f"{channel}/pitch", (message.pitch + 8192) / 16383)
        case "note_on":
            return ControlChange(f"{channel}/note{message.note}", message.velocity / 127)
        case "note_off":
            return ControlChange(f"{channel}/note{message.note}", 0.0)
        case "aftertouch":
            return ControlChange(f"{channel}/pressure", message.value / 127)
        case _:
            return None


def device_name(port: str) -> str:
    """Return a port's name without the numbers that change when it is plugged in again.

    "nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0" (ALSA) -> "nanoKONTROL2 MIDI 1", "Launch Control 2"
    (Windows counts the ports) -> "Launch Control".
    """
    name = re.sub(r"\s+\d+:\d+$", "", port)
    if name == port and sys.platform == "win32":
        name = re.sub(r"\s+\d+$", "", port)
    client, _, rest = name.partition(":")
    name = rest if rest.startswith(client) else name
    return name.replace("/", " ").strip() or "device"


class MidiInputs:
    """Listens to all MIDI inputs until it is closed.

    Args:
        put:     called with each movement, in threads of the backend's.
        changed: called in a thread when `status` is another.
        backend: the name of mido's backend module, as BACKEND.
    """

    def __init__(
        self,
        put: Callable[[ControlChange], None],
        changed: Callable[[], None],
        *,
        backend: str,
    ) -> None:
        self._put, self._changed, self._backend_name = put, changed, backend
        self._ports: dict[str, Any] = {}  # owned by the thread
        self._closing = threading.Event()
        self.status = MidiStatus()
        self._thread = threading.Thread(target=self._watch, name="midi", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close all inputs; waits a moment for a device that takes long."""
        self._closing.set()
        self._thread.join(1.0)

    def _watch(self) -> None:
        try:
            import mido

            backend: Any = mido.Backend(self._backend_name, load=True)
        except (ImportError, OSError) as error:
            self._say(MidiStatus(problem=f"MIDI cannot be used here: {error}."))
            return
        while not self._closing.is_set():
            self._say(self._look(backend))
            self._closing.wait(LOOK_SECS)
        for port in self._ports.values():
            _closed(port)

    def _look(self, backend: Any) -> MidiStatus:
        """Open what is new, close what has gone."""
        try:
            names = list(dict.fromkeys(backend.get_input_names()))
        except OSError as error:
            return MidiStatus(problem=f"MIDI devices cannot be listed: {error}.")
        for gone in self._ports.keys() - set(names):
            _closed(self._ports.pop(gone))
        problem = ""
        for name in names:
            if name in self._ports:
                continue
            try:
                self._ports[name] = backend.open_input(name, callback=self._listener(name))
            except OSError:
                problem = (
                    f"{device_name(name)} cannot be opened: "
                    "close the program that uses it, or plug it in again."
                )
        return MidiStatus(tuple(device_name(name) for name in self._ports), problem)

    def _listener(self, port: str) -> Callable[[Any], None]:
        device = device_name(port)

        def heard(message: Any) -> None:
            change = change_of(message, device)
            if change is not None:
                self._put(change)

        return heard

    def _say(self, status: MidiStatus) -> None:
        if status != self.status:
            self.status = status
            self._changed()


def _closed(port: Any) -> None:
    try:
        port.close()
    except OSError:
        return  # it has been unplugged
