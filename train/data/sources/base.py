"""What every source of pictures offers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from train.data.labels import Label
from train.data.parallel import ordered_map
from train.data.report import Finding

Payload = bytes | NDArray[np.uint8]  # a file, or pixels [H, W, C]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Entry:
    """One picture of a source; names are unique and use "/" between folders."""

    name: str
    label: Label | None = None


class Source:
    """Numbered pictures; `read` may be called from several threads.

    Attributes:
        title:        name of the file, folder or demonstration set.
        entries:      the pictures.
        class_names:  by class number; empty = no classes, or without names.
        labels_from:  where labels come from, in words; "" = there are none.
        skipped:      what is there but is no picture.
        notes:        sentences about the source as a whole.
        trusted:      made by this program: nothing to be examined.
        resolution:   of every picture; None = they have sizes of their own.
        channels:     of every picture; None = they have to be looked at.
        attribution:  text to be kept beside the pictures; "" = none.
    """

    title: str = ""
    entries: Sequence[Entry] = ()
    class_names: tuple[str, ...] = ()
    labels_from: str = ""
    skipped: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    trusted: bool = False
    resolution: int | None = None
    channels: int | None = None
    attribution: str = ""

    def read(self, index: int) -> Payload:
        """Return one picture; raises DataError with the reason alone."""
        raise NotImplementedError

    def map(
        self,
        work: Callable[[int, Callable[[], Payload]], Result],
        indices: Sequence[int],
        threads: int | None = None,
    ) -> Generator[Result]:
        """Yield work(index, read) for pictures in ascending order, in threads ahead of the caller.

        `read()` gives the picture or raises DataError.
        """

        def run(index: int) -> Result:
            return work(index, lambda: self.read(index))

        return ordered_map(run, indices, threads)

    def close(self) -> None:
        """Let go of files; reading afterwards is a mistake."""

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def spread(count: int, at_most: int | None) -> list[int]:
    """Return which of `count` things are taken if at most so many may be: evenly over all."""
    if at_most is None or count <= at_most:
        return list(range(count))
    return [index * count // at_most for index in range(at_most)]
