"""A small pickle interpreter that builds inert records and can be bounded.

CPython's Unpickler allocates whatever a few bytes ask of it (a memo index of 2^27 takes 2 GB),
so protocols 2 to 5 are interpreted here: every length is compared with what is left of the file
and every count with `Limits` before anything is built. Names resolve only through the allow-list
passed in; binary data stay memoryviews of the file. Opcodes of protocols 0 and 1 that no pickler
of protocol 2 or later writes are refused, as are extensions and out-of-band buffers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from networks.errors import DamagedFileError, UnsafeFileError
from networks.files.arrays import shorten
from networks.files.bounds import LIMITS, Limits
from networks.files.records import Global, LazyText

Resolve = Callable[[str, str], Global]


@dataclass
class Meter:
    """What one file has cost so far, its nested streams included."""

    opcodes: int
    objects: int
    text_bytes: int
    copied_bytes: int  # allowance for bytes that must be decoded into memory
    storage_header: bytes = b""  # of a checked nested stream; the same bytes need no second check

    @classmethod
    def start(cls, file_bytes: int, limits: Limits = LIMITS) -> "Meter":
        """Begin with a file's whole allowance."""
        return cls(limits.opcodes, limits.objects, limits.total_text_bytes, file_bytes)

    def take_text(self, count: int) -> None:
        """Spend the text allowance."""
        self.text_bytes -= count
        if self.text_bytes < 0:
            raise DamagedFileError(
                f"it holds more than {LIMITS.total_text_bytes >> 20} MB of text; no model does"
            )

    def take_copy(self, count: int) -> None:
        """Spend the allowance for decoded bytes: the file's own size."""
        self.copied_bytes -= count
        if self.copied_bytes < 0:
            raise DamagedFileError("it decodes the same data again and again")

    def take_object(self) -> None:
        """Spend one container, view or record."""
        self.objects -= 1
        if self.objects < 0:
            raise DamagedFileError(f"it builds more than {LIMITS.objects:,} objects")


class Mark(list):
    """The items pushed since a MARK; the bottom one is the stack itself."""


class Machine:
    """State of interpreting one pickle in `data` from `position` on, and what opcodes do to it.

    Args:
        data:       the file, or a nested stream within it.
        resolve:    (module, name) -> the allow-list's entry; raises if there is none.
        meter:      shared by all streams of a file.
        persistent: meaning of a persistent id; None = there must be none.

    Attributes:
        position: after `interpret`, the first byte behind the pickle.
    """

    def __init__(
        self,
        data: memoryview,
        resolve: Resolve,
        meter: Meter,
        *,
        position: int = 0,
        persistent: Callable[[Any], Any] | None = None,
        limits: Limits = LIMITS,
    ):
        self.data = data
        self.end = len(data)
        self.position = position
        self.frame_end = 0
        self.resolve = resolve
        self.meter = meter
        self.persistent = persistent
        self.limits = limits
        self.items: list[Any] = []
        self.marked: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def take(self, count: int) -> memoryview:
        """The next `count` bytes, as a view."""
        start = self.position
        stop = start + count
        if count < 0 or stop > self.end:
            raise DamagedFileError(
                f"at byte {start:,} it claims {count:,} bytes, but only "
                f"{self.end - start:,} are left; download it again or ask for an intact copy"
            )
        self.position = stop
        if start < self.frame_end < stop:
            self.refuse_frame()
        return self.data[start:stop]

    def open_frame(self, count: int) -> None:
        """Begin a frame: a group of whole instructions, in which a cut or added byte shows."""
        if self.position < self.frame_end:
            self.refuse_frame()
        self.take(count)
        self.position -= count
        self.frame_end = self.position + count

    def refuse_frame(self) -> NoReturn:
        """Raise for an instruction that lies across a frame's end."""
        raise DamagedFileError(
            f"its parts do not fit together at byte {self.frame_end:,}; "
            "download it again or ask for an intact copy"
        )

    def number(self, count: int) -> int:
        """The next `count` bytes as an unsigned little-endian number."""
        if count == 1 and self.position < self.end:  # the usual case; cannot lie across a frame
            self.position += 1
            return self.data[self.position - 1]
        return int.from_bytes(self.take(count), "little")

    def line(self) -> str:
        """The next newline-terminated name."""
        window = bytes(self.data[self.position : self.position + self.limits.line_bytes])
        length = window.find(b"\n")
        if length < 0:
            raise DamagedFileError(f"the name at byte {self.position:,} does not end")
        start = self.position
        self.position += length + 1
        if start < self.frame_end < self.position:
            self.refuse_frame()
        return self.decode(window[:length])

    def text(self, count: int) -> str | LazyText:
        """The next `count` bytes as text; a long one stays in the file."""
        view = self.take(count)
        if count > self.limits.text_bytes:
            return LazyText(view)
        return self.decode(bytes(view))

    def decode(self, data: bytes) -> str:
        """Decode UTF-8, as Python's picklers write it."""
        self.meter.take_text(len(data))
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise DamagedFileError(f"the text before byte {self.position:,} is not UTF-8") from None

    def remember(self, index: int) -> None:
        """Store the top of the stack in the memo."""
        if index >= self.limits.memo_entries:
            raise DamagedFileError(f"its memo index {index:,} is above any model's")
        self.memo[index] = self.items[-1]

    def recall(self, index: int) -> None:
        """Push an entry of the memo."""
        try:
            self.items.append(self.memo[index])
        except KeyError:
            raise DamagedFileError(
                f"at byte {self.position:,} it refers to its entry {index:,}, which does not exist"
            ) from None

    def open_mark(self) -> None:
        """Begin a new group of items."""
        if len(self.marked) >= self.limits.marks:
            raise DamagedFileError(f"it nests more than {self.limits.marks:,} groups")
        self.marked.append(self.items)
        self.items = []

    def close_mark(self) -> list[Any]:
        """End the current group and return its items."""
        items = self.items
        self.items = self.marked.pop()
        return items

    def find(self, module: object, name: object) -> Global:
        """Resolve a name through the allow-list."""
        if not isinstance(module, str) or not isinstance(name, str):
            raise DamagedFileError(
                f"at byte {self.position:,} a name is made of {shorten(module)} and {shorten(name)}"
            )
        return self.resolve(module, name)

    def call(self, function: object, arguments: object) -> Any:
        """Build what a call in the file stands for; nothing is called but the allow-list."""
        self.meter.take_object()
        if not isinstance(function, Global):
            raise UnsafeFileError(
                f"at byte {self.position:,} it calls {shorten(function)} as if it were a function"
            )
        if not isinstance(arguments, tuple):
            raise DamagedFileError(f"the arguments of {function.name} are {shorten(arguments)}")
        if function.call is None:
            raise UnsafeFileError(f"it calls {function.name}, which no model file needs to do")
        return function.call(arguments)
