"""Writes data sets in the form StyleGAN's tools read: a zip of stored PNGs and dataset.json.

    00000/img00000000.png ...
    dataset.json        {"labels": [["00000/img00000000.png", 3], ...] | null, "class_names": [...]}
    ATTRIBUTION.txt     where the source asks for it

Other readers take the files whose names end like pictures' and the key "labels"; what else is
there does not disturb them. Equal inputs make equal bytes.
"""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from networks.atomic import atomic_file, write_atomic, write_problem
from train.data.choices import ImportChoices
from train.data.crop import prepare
from train.data.labels import Label
from train.data.parallel import IsCancelled, OnProgress, ProgressMeter
from train.data.pictures import UnusableError, open_picture
from train.data.png import encode_png
from train.data.report import Report
from train.data.sources.base import Payload, Source
from train.errors import DataError

_DATE = (1980, 1, 1, 0, 0, 0)
ATTRIBUTION = "ATTRIBUTION.txt"


@dataclass(frozen=True)
class Written:
    """What was written."""

    path: Path
    count: int
    bytes: int
    secs: float


def write_dataset(
    source: Source,
    report: Report,
    choices: ImportChoices,
    out: Path,
    *,
    on_progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
    threads: int | None = None,
) -> Written:
    """Write the pictures that the doctor kept; raises DataError or Cancelled.

    `out` appears whole or not at all: whatever happens, no partial file has its name.
    """
    if out.suffix.lower() != ".zip":
        raise DataError(f"{out.name} must end in .zip")
    if out.is_dir():
        raise DataError(f"{out} is a folder; name a file in it")
    started = time.monotonic()
    meter = ProgressMeter("Writing pictures", report.usable, on_progress, cancelled)
    work = _preparer(source, report, choices)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        pictures = source.map(work, report.kept, threads)
        with atomic_file(out) as file, closing(pictures):
            _check_space(out, report.bytes_needed)
            _write(file, source, pictures, meter)
            size = file.seek(0, 2)
            meter.check()
        if source.attribution:
            write_atomic(out.with_suffix(f".{ATTRIBUTION}"), source.attribution.encode())
    except OSError as error:
        raise DataError(write_problem(out, error)) from error
    return Written(out, meter.done, size, time.monotonic() - started)


def _preparer(
    source: Source, report: Report, choices: ImportChoices
) -> Callable[[int, Callable[[], Payload]], tuple[int, bytes]]:
    def work(index: int, read: Callable[[], Payload]) -> tuple[int, bytes]:
        try:
            pixels = open_picture(read()).pixels
        except (DataError, UnusableError) as error:
            # The doctor could use it, so it has changed since.
            name = source.entries[index].name
            raise DataError(f"{source.title}: {name} changed meanwhile: {error}") from error
        return index, encode_png(prepare(pixels, choices, report.resolution, report.channels))

    return work


def _write(
    file: IO[bytes], source: Source, pictures: Iterator[tuple[int, bytes]], meter: ProgressMeter
) -> None:
    """Write the whole zip into an open file."""
    labels: list[tuple[str, Label | None]] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for index, png in pictures:
            number = len(labels)
            name = f"{number // 1000:05d}/img{number:08d}.png"
            labels.append((name, source.entries[index].label))
            archive.writestr(_member(name), png)
            meter.step()
        if not labels:
            raise DataError(f"{source.title} holds no picture that can be used")
        described: dict[str, Any] = {"labels": labels if source.labels_from else None}
        if source.class_names:
            described["class_names"] = list(source.class_names)
        archive.writestr(_member("dataset.json"), json.dumps(described, separators=(",", ":")))
        if source.attribution:
            archive.writestr(_member(ATTRIBUTION), source.attribution)


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system = 3
    info.external_attr = 0o100644 << 16
    return info


def _check_space(out: Path, needed: int) -> None:
    free = shutil.disk_usage(out.parent).free
    if needed > free:
        raise DataError(
            f"{out.name} needs about {needed / 2**20:,.0f} MB, but only {free / 2**20:,.0f} MB are "
            f"free on its disk"
        )
