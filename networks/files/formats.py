"""Opening a model file: what it is, told from its first bytes, and its contents as a view."""

import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from networks.errors import DamagedFileError, ModelFileError, UnsupportedModelError
from networks.files.bounds import LIMITS

Kind = Literal["pickle", "safetensors"]

_AGAIN = "download it again"
_ZIP = (
    "it is a .zip archive or a .pt file of torch.save, which cannot be read; "
    "the .pkl of the same model can"
)
# (offset, bytes, error class, sentence)
_KNOWN: tuple[tuple[int, bytes, type[ModelFileError], str], ...] = (
    (0, b"PK\x03\x04", UnsupportedModelError, _ZIP),
    (0, b"\x1f\x8b", DamagedFileError, "it is compressed with gzip; unpack it first"),
    (0, b"\xfd7zXZ\x00", DamagedFileError, "it is compressed with xz; unpack it first"),
    (0, b"7z\xbc\xaf", DamagedFileError, "it is a 7-zip archive; unpack it first"),
    (257, b"ustar", DamagedFileError, "it is a tar archive; unpack it first"),
    (
        0,
        b"version https://git-lfs",
        DamagedFileError,
        "it is a Git LFS pointer, not the model; run `git lfs pull` where it came from",
    ),
    (0, b"\x89PNG", DamagedFileError, "it is a picture, not a model"),
    (0, b"\xff\xd8\xff", DamagedFileError, "it is a picture, not a model"),
    (0, b"\x89HDF", UnsupportedModelError, "it is an HDF5 file, which no supported model uses"),
    (
        0,
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
        UnsupportedModelError,
        "it was written by torch.save, which cannot be read; the .pkl of the same model can",
    ),
)


@dataclass(frozen=True)
class ModelFile:
    """An open model file.

    Attributes:
        name: without its folder.
        kind: told from the contents.
        data: all of it, as a read-only view. Read rather than mapped: a mapped file that another
              program cuts off meanwhile (a training run writing its snapshot again) ends the
              process with a signal.
    """

    name: str
    kind: Kind
    data: memoryview

    def digest(self) -> str:
        """SHA-256 of the whole file."""
        return sha256(self.data).hexdigest()


def open_file(path: str | Path) -> ModelFile:
    """Read a file and tell what it is. Raises ModelFileError naming what is wrong with it."""
    path = Path(path)
    try:
        return _open(path)
    except ModelFileError as error:
        raise error.in_file(path.name or str(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelFileError(f"it cannot be read: {reason}", file_name=path.name) from None


def _open(path: Path) -> ModelFile:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise ModelFileError("it is a folder; name the model file inside it")
    if not stat.S_ISREG(status.st_mode):
        raise ModelFileError("it is not an ordinary file")
    if status.st_size == 0:
        raise DamagedFileError(f"it is empty; {_AGAIN}")
    if status.st_size > LIMITS.file_bytes:
        raise DamagedFileError(
            f"it is {status.st_size / 2**30:.1f} GB large; models are below "
            f"{LIMITS.file_bytes >> 30} GB"
        )
    with path.open("rb") as file:
        head = file.read(512)
        kind = kind_of(head)  # before the rest is read
        try:
            data = bytearray(status.st_size)
        except MemoryError:
            raise ModelFileError(
                f"it is {status.st_size / 2**30:.1f} GB large, more than this computer has memory"
            ) from None
        file.seek(0)
        count = file.readinto(data)
    return ModelFile(path.name, kind, memoryview(data)[:count].toreadonly())


def kind_of(head: bytes) -> Kind:
    """Tell a model file's kind from its first 512 bytes. Raises ModelFileError for other files."""
    for offset, magic, error, sentence in _KNOWN:
        if head[offset : offset + len(magic)] == magic:
            raise error(sentence)
    if len(head) >= 2 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return "pickle"
    if len(head) >= 9 and head[8] == ord("{") and int.from_bytes(head[:8], "little") < 1 << 40:
        return "safetensors"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<error")):
        raise DamagedFileError(
            "it is a web page, not a model: the download gave an error page or asked for a "
            "confirmation; open its link in a browser"
        )
    raise DamagedFileError(
        "it is neither a pickle of a PyTorch release nor a .safetensors file; models end in "
        ".pkl or .safetensors"
    )
