"""The doctor looks at every picture of a source and says in words what is wrong with which."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.data.choices import ImportChoices
from train.data.near import Look, look_of
from train.data.parallel import IsCancelled, OnProgress, ProgressMeter
from train.data.pictures import Remark, UnusableError, open_picture
from train.data.report import Report
from train.data.sources.base import Payload, Source
from train.data.verdict import judge, trusted_report
from train.errors import DataError


@dataclass(frozen=True, eq=False)
class Facts:
    """What the doctor keeps of one picture.

    problem, reason: why it cannot be used; "" = it can.
    grey:            no pixel has a colour.
    transparent:     some pixel is not opaque.
    digest:          of its pixels: equal pictures have equal digests.
    """

    index: int
    problem: str = ""
    reason: str = ""
    width: int = 0
    height: int = 0
    grey: bool = False
    transparent: bool = False
    blank: bool = False
    digest: bytes = b""
    look: Look | None = None
    remarks: tuple[Remark, ...] = ()


def examine(
    source: Source,
    choices: ImportChoices,
    *,
    on_progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
    threads: int | None = None,
) -> Report:
    """Look at all pictures of a source; raises DataError if none can be used, or Cancelled.

    Nothing is written. The report says for every finding what an import will do about it.
    """
    if source.trusted:
        return trusted_report(source, choices)
    meter = ProgressMeter("Looking at pictures", len(source.entries), on_progress, cancelled)
    facts: list[Facts] = []
    # Closed at once when stopped, so that nothing reads a source that is closed next.
    with closing(source.map(_examine_one, range(len(source.entries)), threads)) as pictures:
        for found in pictures:
            facts.append(found)
            meter.step()
    return judge(source, choices, facts)


def _examine_one(index: int, read: Callable[[], Payload]) -> Facts:
    try:
        payload = read()
    except DataError as error:
        return Facts(index, "unreadable", str(error))
    try:
        picture = open_picture(payload)
    except UnusableError as error:
        return Facts(index, error.problem, str(error))
    pixels = picture.pixels
    height, width, channels = pixels.shape
    digest = hashlib.blake2b(repr(pixels.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(pixels).data)
    transparent = channels in (2, 4) and bool((pixels[..., -1] < 255).any())
    # A picture whose every pixel is equal teaches nothing; frames of videos often are.
    blank = bool((pixels == pixels[0, 0]).all())
    return Facts(
        index,
        width=width,
        height=height,
        grey=channels < 3 or _has_no_colour(pixels),
        transparent=transparent,
        blank=blank,
        digest=digest.digest(),
        look=look_of(pixels),
        remarks=picture.remarks,
    )


def _has_no_colour(pixels: NDArray[np.uint8]) -> bool:
    """Whether the three colours are equal everywhere, up to what JPEG makes of grey."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    first = slice(None, None, max(len(pixels) // 64, 1))  # most pictures are decided by a few rows
    for rows in (first, slice(None)):
        top = np.maximum(np.maximum(red[rows], green[rows]), blue[rows])
        bottom = np.minimum(np.minimum(red[rows], green[rows]), blue[rows])
        if (top - bottom > 3).any():
            return False
    return True
