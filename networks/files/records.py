"""What a pickle's calls become: inert records that hold views of the file, never code.

No record has behaviour of its own. Array data stay memoryviews of the file until a network has
been recognised and its shapes are known to fit.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, NoReturn

from networks.errors import DamagedFileError

Arguments = tuple[Any, ...]
_MAX_SOURCE = 4 << 20


@dataclass(frozen=True, eq=False)
class Global:
    """A name the file refers to, as an entry of the allow-list.

    Attributes:
        name:  "module.name" as the file spells it.
        call:  makes the inert result of a call with these arguments; None = may not be called.
        new:   makes the inert instance (`cls.__new__(cls, *args)`); None = cannot be instantiated.
    """

    name: str
    call: Callable[[Arguments], Any] | None = None
    new: Callable[[Arguments], Any] | None = None


@dataclass(frozen=True, eq=False)
class LazyText:
    """A long text, still UTF-8 in the file: protocol 2 writes tensors as Latin-1 text."""

    utf8: memoryview


@dataclass(frozen=True, eq=False)
class PersistentObject:
    """An object that the reference code saves together with its class's source text.

    Attributes:
        class_name: as the file says; a label, never looked up.
        state:      the instance's attributes; for modules `_parameters`, `_buffers`, `_modules`.
        source:     the class's source text; never run, only its digest is shown.
    """

    class_name: str
    state: dict
    source: str | LazyText | None

    @cached_property
    def source_sha256(self) -> str | None:
        """Digest of the embedded source text; None if there is none or it is absurdly long."""
        text = self.source
        if text is None or (isinstance(text, LazyText) and len(text.utf8) > _MAX_SOURCE):
            return None
        return sha256(
            text.encode(errors="surrogatepass") if isinstance(text, str) else text.utf8
        ).hexdigest()


@dataclass(eq=False)
class PlainObject:
    """An instance of a listed class without source text, such as a torch.nn module.

    Attributes:
        class_name: "module.name" as the file spells it.
        state:      filled in by BUILD, once.
    """

    class_name: str
    state: dict | None = None


@dataclass(frozen=True, eq=False)
class Storage:
    """A run of numbers in the file.

    Attributes:
        dtype: key of `arrays.DTYPES`, such as "f4".
        data:  the bytes, little endian.
        numel: how many elements; len(data) is numel times the element size.
        key:   the name of the storage inside its nested stream.
    """

    dtype: str
    data: memoryview
    numel: int
    key: str = ""


@dataclass(frozen=True, eq=False)
class TensorRecord:
    """A strided view of a storage whose every element is known to lie inside it.

    `offset` and `stride` count elements.
    """

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def numel(self) -> int:
        """Number of elements; 1 for a scalar."""
        count = 1
        for size in self.shape:
            count *= size
        return count


@dataclass(eq=False)
class DtypeRecord:
    """A numpy dtype from the allow-list; BUILD may state the byte order."""

    code: str
    little_endian: bool = True
    built: bool = False


@dataclass(eq=False)
class ArrayRecord:
    """A numpy array; `dtype` is None until BUILD has filled it in."""

    dtype: str | None = None
    shape: tuple[int, ...] = ()
    fortran: bool = False
    data: memoryview = field(default_factory=lambda: memoryview(b""))


def refuse_arguments(what: str, arguments: Arguments) -> NoReturn:
    """Raise DamagedFileError: something is made from arguments that no pickler writes."""
    kinds = ", ".join(type(argument).__name__ for argument in arguments[:4])
    raise DamagedFileError(f"{what} is made from ({kinds})")
