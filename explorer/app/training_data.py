"""Data for a new run: looking at it, previewing a crop, writing the zip. For threads; no torch."""

from __future__ import annotations

import re
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.app.training_work import Ticket
from explorer.files import numbered
from explorer.training_state import DataFacts, Findings, NewRun
from train.data.choices import CHANNEL_NAMES, ImportChoices
from train.data.crop import preview
from train.data.dataset import Dataset
from train.data.doctor import examine
from train.data.pictures import UnusableError
from train.data.report import PROBLEMS, Report
from train.data.sources import open_source, video
from train.data.sources.base import Payload
from train.data.writer import write_dataset
from train.errors import DataError, TrainError

PREVIEWS = 4
SENTENCES = 30  # of one kind of finding
THREADS = 1  # the window must stay fluent


@dataclass(frozen=True, eq=False)
class Looked:
    """What was found: the doctor's findings and some pictures, or a data set that is ready."""

    findings: Findings | None = None
    samples: tuple[Payload, ...] = ()
    channels: int = 3
    facts: DataFacts | None = None


def choices_of(draft: NewRun) -> ImportChoices:
    """Return the choices of an import. Raises DataError for impossible ones."""
    return ImportChoices(
        resolution=draft.resolution or None,
        crop=draft.crop,
        filter=draft.filter,
        channels=draft.channels,
        labels=draft.labels,
        background=colour_of(draft.background),
        aspect=draft.aspect,
        fps=draft.fps or None,
        max_images=draft.max_images or None,
        keep_duplicates=draft.keep_copies,
        keep_near_duplicates=draft.keep_near,
    )


def colour_of(text: str) -> tuple[int, int, int]:
    """Return RRGGBB as levels from 0 to 255."""
    red, green, blue = bytes.fromhex(text)
    return red, green, blue


def look(draft: NewRun, ticket: Ticket) -> Looked:
    """Examine a source; a zip that is a data set already needs nothing."""
    ready = _ready(draft.source)
    if ready is not None:
        return Looked(facts=ready)
    choices = choices_of(draft)
    with open_source(_path(draft.source), choices) as source:
        report = examine(
            source,
            choices,
            on_progress=ticket.progress,
            cancelled=ticket.cancelled,
            threads=THREADS,
        )
        found = findings_of(report, of_video=Path(draft.source).suffix.lower() in video.SUFFIXES)
        samples = []
        step = max(len(report.kept) // PREVIEWS, 1)
        for index in report.kept[::step][:PREVIEWS]:
            try:
                samples.append(source.read(index))
            except TrainError:
                continue
    return Looked(found, tuple(samples), report.channels)


def previews(
    samples: tuple[Payload, ...], draft: NewRun, resolution: int, channels: int
) -> list[NDArray[np.uint8]]:
    """Return the samples as the data set would hold them, RGBA."""
    if draft.channels != "auto":
        channels = {"grey": 1, "rgb": 3, "rgba": 4}[draft.channels]
    found = []
    for payload in samples:
        try:
            found.append(preview(payload, choices_of(draft), resolution, channels))
        except (UnusableError, DataError):
            continue
    return found


def write(draft: NewRun, folder: Path, ticket: Ticket) -> DataFacts:
    """Examine and write; returns the new data set."""
    choices = choices_of(draft)
    with open_source(_path(draft.source), choices) as source:
        how: dict[str, Any] = {"on_progress": ticket.progress, "cancelled": ticket.cancelled}
        report = examine(source, choices, threads=THREADS, **how)
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(source.title).stem).strip("-") or "pictures"
        out = _free_name(folder, f"{stem}-{report.resolution}")
        write_dataset(source, report, choices, out, threads=THREADS, **how)
    return facts_of(out)


def facts_of(path: Path) -> DataFacts:
    """Return what a data set holds. Raises DataError if it is none."""
    with closing(Dataset(str(path))) as data:
        shape = data.shape
        return DataFacts(
            str(path), data.name, shape.resolution, shape.img_channels, shape.c_dim, shape.count
        )


def findings_of(report: Report, *, of_video: bool = False) -> Findings:
    """Return the doctor's report as the panel shows it."""
    groups = tuple(
        (PROBLEMS[kind], len(found), tuple(item.sentence for item in found[:SENTENCES]))
        for kind, found in report.grouped().items()
    )
    return Findings(
        source=report.source,
        total=report.total,
        usable=report.usable,
        resolution=report.resolution,
        suggested=report.suggested,
        channels=CHANNEL_NAMES[report.channels],
        groups=groups,
        classes=tuple((item.name, item.count) for item in report.classes),
        sizes=tuple((band.label, band.count) for band in report.sizes if band.count),
        notes=report.notes,
        bytes_needed=report.bytes_needed,
        video=of_video,
    )


def _path(source: str) -> str | Path:
    return source if source.startswith("demo:") else Path(source)


def _ready(source: str) -> DataFacts | None:
    """Return what a data set made earlier holds; None for anything else."""
    path = Path(source)
    if path.suffix.lower() != ".zip" or not path.is_file():
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            if "dataset.json" not in archive.namelist():
                return None
        return facts_of(path)
    except (OSError, zipfile.BadZipFile, TrainError):
        return None


def _free_name(folder: Path, stem: str) -> Path:
    """Return a name nobody has: a run may still read the older file."""
    return next(path for name in numbered(stem, ".zip") if not (path := folder / name).exists())
