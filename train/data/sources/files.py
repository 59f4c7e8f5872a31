"""Folders and zips of pictures."""

from __future__ import annotations

import os
import posixpath
import zipfile
from collections.abc import Sequence
from pathlib import Path

from train.data.bounds import LIMITS, check_zip, read_member
from train.data.choices import ImportChoices
from train.data.labels import Labels, find_labels
from train.data.pictures import SUFFIXES
from train.data.report import LEFT_OUT, Finding
from train.data.sources.base import Entry, Source, spread
from train.errors import DataError, UnsafeArchiveError

_COMPANIONS = {"dataset.json", "attributes.json", "attribution.txt", "readme.md", "readme.txt"}
_COMPANIONS |= {"license", "license.txt", "license.md", "licence.txt", "thumbs.db", "desktop.ini"}


class FileSource(Source):
    """What folders and zips have in common: names, labels, leftovers."""

    def _describe(
        self, title: str, names: Sequence[str], json_text: bytes | None, choices: ImportChoices
    ) -> list[int]:
        """Fill in the attributes; return which of `names` are the entries."""
        visible = [i for i, name in enumerate(names) if not _hidden(name)]
        pictures = [i for i in visible if names[i].lower().endswith(SUFFIXES)]
        pictures.sort(key=lambda i: names[i])
        labels = find_labels([names[i] for i in pictures], json_text, choices.labels, title)
        taken = [pictures[i] for i in spread(len(pictures), choices.max_images)]
        self.title = title
        self.entries = [Entry(names[i], labels.of.get(names[i])) for i in taken]
        self.class_names = labels.class_names
        self.labels_from = labels.origin
        self.skipped = tuple(_leftovers(names, set(pictures), visible, labels))
        return taken


class FolderSource(FileSource):
    """The pictures in a folder and its sub-folders."""

    def __init__(self, folder: Path, choices: ImportChoices) -> None:
        self._folder = folder
        names = _files_below(folder)
        text = None
        if "dataset.json" in names:
            text = _bounded(folder / "dataset.json")
        self._describe(folder.name or str(folder), names, text, choices)

    def read(self, index: int) -> bytes:
        path = self._folder / self.entries[index].name
        try:
            if path.stat().st_size > LIMITS.member_bytes:
                raise DataError(f"is {path.stat().st_size / 2**20:,.0f} MB large")
            return path.read_bytes()
        except FileNotFoundError:
            raise DataError("is gone, or a link that leads nowhere") from None
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror or error}") from error


class ZipSource(FileSource):
    """The pictures in a zip, read where they are."""

    def __init__(self, path: Path, choices: ImportChoices) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise DataError(f"{path.name} is no intact zip file: {error}") from error
        try:
            members = [item for item in self._zip.infolist() if not item.is_dir()]
            check_zip(members, path.name, path.stat().st_size)
            names = [item.filename.replace("\\", "/") for item in members]
            if len(set(names)) < len(names):
                raise UnsafeArchiveError(f"{path.name} was refused: it lists a file name twice")
            text = None
            if "dataset.json" in names:
                member = members[names.index("dataset.json")]
                text = read_member(self._zip, member, LIMITS.text_bytes)
            taken = self._describe(path.name, names, text, choices)
        except BaseException:
            self._zip.close()
            raise
        self._members = [members[i] for i in taken]

    def read(self, index: int) -> bytes:
        return read_member(self._zip, self._members[index], LIMITS.member_bytes)

    def close(self) -> None:
        self._zip.close()


def _files_below(folder: Path) -> list[str]:
    """List a folder's files; folders that are links are followed once, so a circle ends."""
    found: list[str] = []
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        base = os.path.relpath(place, folder).replace(os.sep, "/")
        found += [name if base == "." else f"{base}/{name}" for name in files]
    return found


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LIMITS.text_bytes)


def _hidden(name: str) -> bool:
    """Whether a system made the file for itself: .DS_Store, __MACOSX/._a.png."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _leftovers(
    names: Sequence[str], pictures: set[int], visible: Sequence[int], labels: Labels
) -> list[Finding]:
    found = []
    for i in visible:
        if i in pictures or posixpath.basename(names[i]).lower() in _COMPANIONS:
            continue
        suffix = posixpath.splitext(names[i])[1]
        reason = f"not a picture by its name ({suffix})" if suffix else "has no ending such as .png"
        found.append(Finding(names[i], "not-a-picture", reason, LEFT_OUT))
    for name in labels.stray:
        reason = "has a label in dataset.json, but there is no such picture"
        found.append(Finding(name, "label-without-file", reason, LEFT_OUT))
    return found
