"""Broken copies of a pickle, each a pure function of (file, seed, index)."""

import pickletools
import random

INTERESTING = (0, 1, 2, 0x7F, 0x80, 0xFF)
LENGTHS = (0, 1, 255, 65536, 2**27, 2**31 - 1, 2**31, 2**32 - 1, 2**48, 2**63 - 1, 2**64 - 1)


class Breaker:
    """Makes broken copies.

    Half of the places are instructions of the pickle or of a tensor's nested stream, found in the
    intact file; the others are anywhere, which mostly means inside the weights.
    """

    def __init__(self, data: bytes, seed: int):
        self.data = data
        self.seed = seed
        self.opcodes = bytes(ord(opcode.code) for opcode in pickletools.opcodes)
        self.places: list[int] = []
        for opcode, _, position in pickletools.genops(data):
            assert position is not None
            self.places.append(position)
            if opcode.name in ("BINBYTES", "BINBYTES8"):
                self.places += range(position + 1, position + 260, 5)
        self.places = [place for place in self.places if place < len(data)]

    def copy(self, index: int) -> bytes:
        """The broken copy with this number."""
        rng = random.Random(f"{self.seed}/{index}/{len(self.data)}")
        data = bytearray(self.data)
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            rng.choice(_WAYS)(self, data, rng)
        return bytes(data)

    def place(self, data: bytearray, rng: random.Random) -> int:
        """Somewhere in the file; an instruction or its argument half of the time."""
        if not data:
            return 0
        if rng.random() < 0.5:
            return min(rng.choice(self.places) + rng.choice((0, 0, 1, 2, 3)), len(data) - 1)
        return rng.randrange(len(data))


def _flip_bit(breaker: Breaker, data: bytearray, rng: random.Random) -> None:
    if data:
        data[breaker.place(data, rng)] ^= 1 << rng.randrange(8)


def _set_byte(breaker: Breaker, data: bytearray, rng: random.Random) -> None:
    if data:
        data[breaker.place(data, rng)] = rng.choice((*INTERESTING, rng.randrange(256)))


def _set_opcode(breaker: Breaker, data: bytearray, rng: random.Random) -> None:
    if data:
        place = min(rng.choice(breaker.places), len(data) - 1)
        data[place] = rng.choice(breaker.opcodes)


def _set_length(breaker: Breaker, data: bytearray, rng: random.Random) -> None:
    place = min(rng.choice(breaker.places) + 1, len(data))
    size = rng.choice((1, 2, 4, 8))
    value = rng.choice(LENGTHS) & (2 ** (8 * size) - 1)
    data[place : place + size] = value.to_bytes(size, "little")


def _move(breaker: Breaker, data: bytearray, rng: random.Random) -> None:
    source, target = breaker.place(data, rng), breaker.place(data, rng)
    piece = data[source : source + rng.choice((1, 4, 16, 256, 4096))]
    data[target : target + len(piece) * rng.randrange(2)] = piece


def _remove(breaker: Breaker, data: bytearray, rng: random.Random) -> None:
    place = breaker.place(data, rng)
    del data[place : place + rng.choice((1, 2, 8, 64, 1024))]


def _insert(breaker: Breaker, data: bytearray, rng: random.Random) -> None:
    place = breaker.place(data, rng)
    data[place:place] = bytes(rng.choice(breaker.opcodes) for _ in range(rng.choice((1, 2, 8, 64))))


def _cut(breaker: Breaker, data: bytearray, rng: random.Random) -> None:
    if rng.random() < 0.2:
        del data[breaker.place(data, rng) :]


_WAYS = (
    _flip_bit,
    _flip_bit,
    _set_byte,
    _set_byte,
    _set_opcode,
    _set_length,
    _move,
    _remove,
    _insert,
    _cut,
)
