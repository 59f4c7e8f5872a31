"""Open Sound Control 1.0 over UDP: numbers that other programs and phones send.

Packets come from anyone who can reach the port, so each read is within bounds: nesting, messages
and arguments are counted, and a size can only go forwards.
"""

from __future__ import annotations

import errno
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

from explorer.errors import UserError
from explorer.live.controllers.messages import ControlChange

MAX_DEPTH = 8  # bundles within bundles
MAX_MESSAGES = 1024  # of one packet
MAX_ADDRESS = 200  # characters
MAX_ARGUMENTS = 64  # of one message
_BUNDLE = b"#bundle\0"
_NUMBERS = {"i": ">i", "f": ">f", "h": ">q", "d": ">d"}
_SKIPPED = {"c": 4, "r": 4, "m": 4, "t": 8}
_EMPTY = {"T": 1.0, "F": 0.0}


class OscError(UserError):
    """The port cannot be listened to."""


class PacketError(ValueError):
    """Bytes that are no OSC packet."""


def changes_of(packet: bytes) -> list[ControlChange]:
    """Return the numbers of a packet in their order; of a bundle all at once, whatever its time.

    Integers, floats and booleans count; texts and the rest are passed over. Raises PacketError.
    """
    found: list[ControlChange] = []
    elements = [(packet, 0)]
    count = 0
    while elements:
        element, depth = elements.pop()
        if element.startswith(_BUNDLE):
            if depth >= MAX_DEPTH:
                raise PacketError(f"bundles are nested more than {MAX_DEPTH} deep")
            elements += [(part, depth + 1) for part in reversed(_parts(element))]
        else:
            found += _message(element)
            count += 1
        if count + len(elements) > MAX_MESSAGES:
            raise PacketError(f"a packet holds more than {MAX_MESSAGES} messages")
    return found


def _parts(bundle: bytes) -> list[bytes]:
    parts: list[bytes] = []
    place = len(_BUNDLE) + 8  # the time it was meant for
    if place > len(bundle):
        raise PacketError("a bundle ends within its time")
    while place < len(bundle):
        (size,) = _unpacked(">i", bundle, place)
        place += 4
        if not 0 < size <= len(bundle) - place:
            raise PacketError(f"an element of a bundle has {size} bytes")
        parts.append(bundle[place : place + size])
        place += size
    return parts


def _message(data: bytes) -> list[ControlChange]:
    address, place = _text(data, 0)
    if not address.startswith("/") or not address.isprintable() or len(address) > MAX_ADDRESS:
        raise PacketError(f"{address[:40]!r} is no address")
    if place == len(data):
        return []
    tags, place = _text(data, place)
    if not tags.startswith(","):
        raise PacketError("a message has no types")
    if len(tags) > MAX_ARGUMENTS + 1:
        raise PacketError(f"a message has more than {MAX_ARGUMENTS} arguments")
    numbers: list[float] = []
    for tag in tags[1:]:
        if tag in _NUMBERS:
            (number,) = _unpacked(_NUMBERS[tag], data, place)
            numbers.append(float(number))
            place += struct.calcsize(_NUMBERS[tag])
        elif tag in _EMPTY:
            numbers.append(_EMPTY[tag])
        elif tag in ("s", "S"):
            _, place = _text(data, place)
        elif tag == "b":
            (size,) = _unpacked(">i", data, place)
            if size < 0:
                raise PacketError(f"a blob has {size} bytes")
            place += 4 + (size + 3) // 4 * 4
        elif tag in _SKIPPED:
            place += _SKIPPED[tag]
        elif tag not in "NI[]":
            raise PacketError(f"{tag!r} is no type of an argument")
        if place > len(data):
            raise PacketError("a message ends within an argument")
    name = f"osc:{address}"
    return [
        ControlChange(f"{name}#{index}" if index > 1 else name, number)
        for index, number in enumerate(numbers, 1)
    ]


def _unpacked(layout: str, data: bytes, place: int) -> tuple[Any, ...]:
    try:
        return struct.unpack_from(layout, data, place)
    except struct.error:
        raise PacketError("a message ends within a number") from None


def _text(data: bytes, place: int) -> tuple[str, int]:
    """Return a text that ends with a zero, and where the next value begins: at a multiple of 4."""
    end = data.find(b"\0", place)
    if end < 0:
        raise PacketError("a text has no end")
    text = data[place:end].decode("utf-8", "replace")
    return text, min(len(data), place + (end - place) // 4 * 4 + 4)


class OscServer:
    """Listens to a UDP port in a thread until it is closed.

    Args:
        put:      called in the thread with each number that arrives.
        port:     1..65535, or 0 for any free one.
        everyone: whether other machines may send, too.

    Raises OscError with a sentence where the port cannot be had.
    """

    def __init__(
        self, put: Callable[[ControlChange], None], port: int, *, everyone: bool = False
    ) -> None:
        self._put = put
        self._closing = False
        self.bad_packets = 0
        host = "0.0.0.0" if everyone else "127.0.0.1"
        self._socket = _listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.place = f"{_own_address() if everyone else host}:{self.port}"
        self._thread = threading.Thread(target=self._listen, name="osc", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; the port is free when this returns."""
        self._closing = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))  # the thread waits in recv
        self._thread.join(1.0)

    def _listen(self) -> None:
        with self._socket:
            while not self._closing:
                try:
                    packet = self._socket.recv(65535)
                    changes = changes_of(packet) if packet else []
                except PacketError:
                    self.bad_packets += 1
                    continue
                except ConnectionError:
                    continue  # Windows says so when somebody we once answered has gone
                except OSError:
                    return
                for change in changes:
                    self._put(change)


def _own_address() -> str:
    """Return this machine's address for others on its network; 0.0.0.0 if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; the system chooses the way out
        except OSError:
            return "0.0.0.0"
        return str(probe.getsockname()[0])


def _listening(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise OscError(f"The OSC port must be 1 to 65535, got {port}.")
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise OscError(
                f"OSC port {port} is in use by another program; close it or choose another port."
            ) from None
        if error.errno == errno.EACCES:
            raise OscError(
                f"OSC port {port} is not allowed to this program; choose one above 1023."
            ) from None
        raise OscError(
            f"OSC port {port} cannot be opened ({error}); choose another port."
        ) from None
    return made
