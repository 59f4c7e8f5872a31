"""Files of a data set by name, read from many threads at once."""

from __future__ import annotations

import os
import threading
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from train.data.bounds import LIMITS, check_zip, read_member
from train.errors import DataError

_LOCAL_HEADER = 30
_EXTRA = 64  # bytes of extra fields that are read along; more costs a second read


class Store(Protocol):
    """names: of the files, "/" between folders."""

    names: Collection[str]

    def read(self, name: str) -> bytes:
        """Return a file; raises DataError with the reason alone."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


class FolderStore:
    """Files below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        found = (Path(place) / name for place, _, files in os.walk(folder) for name in files)
        relative = (path.relative_to(folder) for path in found)
        self.names = {path.as_posix() for path in relative if not path.name.startswith(".")}

    def read(self, name: str) -> bytes:
        """See Store."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            raise DataError("the file is gone") from None
        except OSError as error:
            raise DataError(f"it cannot be read: {error.strerror or error}") from error

    def close(self) -> None:
        """See Store."""


class ZipStore:
    """Files in a zip. Stored ones are read with a single call, without zipfile's locks."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise DataError(f"{path.name} is no intact zip file: {error}") from error
        try:
            members = [item for item in self._zip.infolist() if not item.is_dir()]
            check_zip(members, path.name, path.stat().st_size)
            self._handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except BaseException:
            self._zip.close()
            raise
        self.names = {item.filename: item for item in members}

    def read(self, name: str) -> bytes:
        """See Store."""
        member = self.names[name]
        try:
            if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
                return read_member(self._zip, member, LIMITS.member_bytes)
            return self._read_stored(member)
        except OSError as error:
            raise DataError(f"it cannot be read: {error.strerror or error}") from error

    def close(self) -> None:
        """See Store."""
        self._zip.close()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _read_stored(self, member: zipfile.ZipInfo) -> bytes:
        if member.file_size > LIMITS.member_bytes:
            raise DataError(f"it is {member.file_size / 2**20:,.0f} MB large")
        guess = _LOCAL_HEADER + len(member.filename.encode()) + _EXTRA + member.file_size
        block = self._read_at(member.header_offset, guess)
        if block[:4] != b"PK\x03\x04":
            raise DataError("the zip is damaged or was cut off there")
        name_bytes = int.from_bytes(block[26:28], "little")
        extra_bytes = int.from_bytes(block[28:30], "little")
        start = _LOCAL_HEADER + name_bytes + extra_bytes
        data = block[start : start + member.file_size]
        if len(data) < member.file_size:
            data = self._read_at(member.header_offset + start, member.file_size)
        if zlib.crc32(data) != member.CRC:
            raise DataError("the zip is damaged there: a checksum is wrong")
        return data

    def _read_at(self, offset: int, count: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._handle, count, offset)
        with self._lock:
            os.lseek(self._handle, offset, os.SEEK_SET)
            return os.read(self._handle, count)
