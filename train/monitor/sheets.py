"""Sample sheets as pixels, read in a thread: a shared disk may be slow, and PNGs take time."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the window is there before numpy would be
    import numpy as np


MOST_PX = 768  # of a side; larger sheets are made smaller
MOST_KEPT = 48


@dataclass(frozen=True, eq=False)
class Sheet:
    """rgba: [height, width, 4], float32 in [0, 1]; None = it cannot be read, `problem` says why."""

    rgba: np.ndarray | None
    problem: str = ""


class Sheets:
    """Keeps the sheets that were looked at last."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sheets")
        self._kept: OrderedDict[Path, Future[Sheet]] = OrderedDict()

    def get(self, path: Path) -> Sheet | None:
        """Return a sheet; None while it is read. One that could not be read is tried again."""
        future = self._kept.get(path)
        if future is None:
            future = self._kept[path] = self._pool.submit(read_sheet, path)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)[1].cancel()
        self._kept.move_to_end(path)
        if not future.done():
            return None
        sheet = future.result()
        if sheet.rgba is None:
            del self._kept[path]
        return sheet

    def close(self) -> None:
        """Read no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def read_sheet(path: Path) -> Sheet:
    """Read a PNG that may vanish or be half there."""
    import numpy as np
    from PIL import Image

    try:
        with Image.open(path) as image:
            picture = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return Sheet(None, f"{path.name} cannot be read: {error}")
    if max(picture.size) > MOST_PX:
        picture.thumbnail((MOST_PX, MOST_PX), Image.Resampling.BOX)
    return Sheet(np.asarray(picture, dtype=np.float32) / 255)
