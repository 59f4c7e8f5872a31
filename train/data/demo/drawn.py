"""Sets drawn by DiceBear and rasterised by resvg, over several processes."""

from __future__ import annotations

import io
import json
import multiprocessing
import multiprocessing.connection
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from train.data.choices import ImportChoices
from train.data.demo.attribution import attribution
from train.data.demo.styles import CC0_STYLES, options_of, style_of
from train.data.parallel import usable_cores
from train.data.sources.base import Entry, Payload, Source
from train.errors import DataError, MissingPackageError

PACKAGES = {
    "dicebear": "dicebear-core==10.7.0",
    "dicebear_styles": "dicebear-styles==10.6.0",
    "resvg_py": "resvg-py==0.5.0",
}
_CHUNK = 64  # pictures handed to a process at once
_OVERSAMPLE = 2
Result = TypeVar("Result")


class DrawnSource(Source):
    """A demonstration set of drawings; pictures have the data set's resolution."""

    trusted = True
    channels = 3

    def __init__(self, demo: str, count: int, choices: ImportChoices) -> None:
        check_packages()
        self._demo = demo
        self.resolution = self._size = choices.resolution or 64
        self.title = f"demo:{demo}"
        labelled = demo == "cc0" and choices.labels != "none"
        if labelled:
            self.class_names = CC0_STYLES
            self.labels_from = "the kind of drawing"
        classes = len(CC0_STYLES)
        self.entries = [
            Entry(f"{demo} {index}", index % classes if labelled else None)
            for index in range(count)
        ]
        styles = {style_of(demo, index) for index in range(min(count, classes))}
        self.attribution = attribution(sorted(styles))

    def read(self, index: int) -> Payload:
        return draw(self._demo, index, self._size)

    def map(
        self,
        work: Callable[[int, Callable[[], Payload]], Result],
        indices: Sequence[int],
        threads: int | None = None,
    ) -> Generator[Result]:
        """See Source; drawn in processes of their own, as drawing holds Python's lock."""
        processes = min(usable_cores() if threads is None else threads, len(indices) // _CHUNK)
        if processes < 2:
            for index in indices:
                yield work(index, lambda index=index: self.read(index))
            return
        chunks = [indices[start : start + _CHUNK] for start in range(0, len(indices), _CHUNK)]
        for chunk, pictures in self._drawn(chunks, processes):
            for index, pixels in zip(chunk, pictures, strict=True):
                yield work(index, lambda pixels=pixels: pixels)

    def _drawn(
        self, chunks: Sequence[Sequence[int]], processes: int
    ) -> Iterator[tuple[Sequence[int], NDArray[np.uint8]]]:
        # Not by fork: the window and torch have threads.
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(processes, mp_context=context, initializer=end_with_parent)
        pending: deque[tuple[Sequence[int], Future[NDArray[np.uint8]]]] = deque()
        try:
            for chunk in chunks:
                job = pool.submit(draw_many, self._demo, list(chunk), self._size)
                pending.append((chunk, job))
                if len(pending) > 2 * processes:
                    done, future = pending.popleft()
                    yield done, future.result()
            while pending:
                done, future = pending.popleft()
                yield done, future.result()
        except OSError as error:
            raise DataError(f"The drawings could not be made: {error}") from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def end_with_parent() -> None:
    """End this process when the one that started it has gone, even if that was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def draw_many(demo: str, indices: Sequence[int], resolution: int) -> NDArray[np.uint8]:
    """Draw several pictures: uint8 [N, R, R, 3]."""
    return np.stack([draw(demo, index, resolution) for index in indices])


def draw(demo: str, index: int, resolution: int) -> NDArray[np.uint8]:
    """Draw one picture, a pure function of its arguments: uint8 [R, R, 3]."""
    import resvg_py

    size = resolution * _OVERSAMPLE
    png = resvg_py.svg_to_bytes(
        svg_string=drawing(demo, index), width=size, height=size, skip_system_fonts=True
    )
    with Image.open(io.BytesIO(png)) as image:
        # Every style paints its whole background, so nothing is transparent.
        small = image.convert("RGB").resize((resolution, resolution), Image.Resampling.BOX)
    return np.asarray(small)


def drawing(demo: str, index: int) -> str:
    """Return one picture as SVG."""
    from dicebear import Avatar

    name = style_of(demo, index)
    style, palettes = _style(name)
    return Avatar(style, options_of(name, index, palettes)).to_string()


def style_definition(name: str) -> dict[str, Any]:
    """Return a DiceBear style as its package has it."""
    from importlib.resources import files

    return json.loads(files("dicebear_styles").joinpath(f"{name}.json").read_text("utf-8"))


def check_packages() -> None:
    """Raise MissingPackageError unless the packages that draw are installed."""
    missing = [what for module, what in PACKAGES.items() if find_spec(module) is None]
    if missing:
        command = f"python -m pip install {' '.join(missing)}"
        raise MissingPackageError(
            "The drawn demonstration sets need small packages (8 MB) that are not installed; "
            f"`{command}` does it",
            command=command,
        )


@cache
def _style(name: str) -> tuple[Any, dict[str, Sequence[str]]]:
    from dicebear import Style

    definition = style_definition(name)
    palettes = {key: value["values"] for key, value in definition["colors"].items()}
    return Style(definition), palettes
