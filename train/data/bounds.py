"""What an archive may ask for; everything beyond is refused before it is unpacked.

Nothing is ever unpacked to disk, so a climbing path could do no harm here. It is refused all the
same: no collection of pictures needs one, and whoever unpacks such a file elsewhere is harmed.
"""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from train.errors import DataError, UnsafeArchiveError


@dataclass(frozen=True)
class ArchiveLimits:
    """Sizes in bytes. The largest public sets (tens of millions of pictures) stay below these."""

    members: int = 50_000_000
    member_bytes: int = 1 << 30  # one picture
    total_bytes: int = 64 << 40
    ratio: int = 200  # unpacked / packed of the whole archive: pictures hardly shrink
    ratio_from_bytes: int = 256 << 20  # below this, any ratio is harmless
    array_bytes: int = 16 << 30  # one array of numbers, held in memory
    text_bytes: int = 1 << 30  # dataset.json


LIMITS = ArchiveLimits()


def check_name(name: str, archive: str) -> None:
    """Raise UnsafeArchiveError if a member's name leads out of the archive's folder."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or parts[0].endswith(":") or "\0" in name:
        raise UnsafeArchiveError(
            f"{archive} was refused: its file {name[:80]!r} would climb out of its folder"
        )


def check_zip(
    members: Sequence[zipfile.ZipInfo],
    archive: str,
    archive_bytes: int,
    limits: ArchiveLimits = LIMITS,
) -> None:
    """Check a zip's own table of contents; raises UnsafeArchiveError."""
    if len(members) > limits.members:
        raise UnsafeArchiveError(f"{archive} was refused: it lists {len(members):,} files")
    unpacked = packed = 0
    for member in members:
        check_name(member.filename, archive)
        if member.create_system == 3 and stat.S_ISLNK(member.external_attr >> 16):
            raise UnsafeArchiveError(
                f"{archive} was refused: its file {member.filename[:80]!r} is a link"
            )
        unpacked += member.file_size
        packed += member.compress_size
    if packed > archive_bytes:
        raise UnsafeArchiveError(
            f"{archive} was refused: its files lie on top of each other, as in a zip bomb "
            f"({packed:,} bytes packed in {archive_bytes:,})"
        )
    many_times = unpacked > limits.ratio * max(archive_bytes, 1)
    if unpacked > limits.total_bytes or (unpacked > limits.ratio_from_bytes and many_times):
        raise UnsafeArchiveError(
            f"{archive} was refused: it would unpack to {unpacked / 2**30:.1f} GB, "
            f"{unpacked // max(archive_bytes, 1):,} times its size; pictures do not do that"
        )


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    """Unpack one member, at most `limit` bytes; raises DataError with the reason alone."""
    if member.flag_bits & 1:
        raise DataError("is encrypted; unpack it with its password first")
    if member.file_size > limit:
        raise DataError(f"is {member.file_size / 2**20:,.0f} MB large")
    try:
        with archive.open(member) as file:
            data = file.read(member.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise DataError("is damaged: its checksum or compression is wrong") from error
    except NotImplementedError as error:
        raise DataError("is compressed in a way that cannot be read here") from error
    if len(data) != member.file_size:
        raise DataError("is cut off: the archive holds less of it than it says")
    return data


def read_exactly(file: gzip.GzipFile | IO[bytes], count: int, what: str) -> bytes:
    """Read `count` bytes of a stream that may be compressed; raises DataError if it ends before."""
    if count > LIMITS.array_bytes:
        raise UnsafeArchiveError(
            f"{what} was refused: it claims {count / 2**30:,.0f} GB of pictures"
        )
    pieces, left = [], count
    try:
        while left:
            piece = file.read(min(left, 16 << 20))  # no memory for what is only claimed
            if not piece:
                raise DataError(f"{what} is cut off: {left:,} of {count:,} bytes are missing")
            pieces.append(piece)
            left -= len(piece)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{what} is damaged or cut off: {error}") from error
    return b"".join(pieces)


def open_maybe_gz(path: Path) -> gzip.GzipFile | io.BufferedReader:
    """Open a file; if it is gzipped, what is inside."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")
