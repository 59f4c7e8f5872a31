"""What a person can choose about an import, as one frozen value that JSON can hold."""

from __future__ import annotations

from dataclasses import dataclass

from train.errors import DataError

# name -> what it does, as menus and --help show it
CROPS = {
    "centre": "the largest square in the middle",
    "fit": "the whole picture, bars in the background colour",
    "wide": "the middle at a wide aspect, black bars above and below",
    "stretch": "the whole picture, stretched to a square",
}
FILTERS = {
    "lanczos": "sharp; for photographs",
    "box": "plain averages; for pixel art and exact sizes",
}
CHANNELS = {
    "auto": "grey or transparent if the pictures are",
    "grey": "one channel",
    "rgb": "three channels; transparency is put on the background colour",
    "rgba": "four channels, with transparency",
}
LABELS = {
    "auto": "dataset.json if there is one, else sub-folders, else none",
    "none": "no labels",
    "folders": "every sub-folder is a class",
    "json": "from dataset.json",
}
CHANNEL_NAMES = {1: "grey", 2: "grey with transparency", 3: "RGB", 4: "RGBA"}
MIN_RESOLUTION, MAX_RESOLUTION = 4, 4096


@dataclass(frozen=True)
class ImportChoices:
    """How pictures become a data set.

    resolution:           width and height in pixels, a power of two; None = as the doctor suggests.
    background:           RGB behind transparent pictures and in the bars of "fit".
    aspect:               width / height of "wide".
    max_images:           at most so many, spread evenly over the source; None = all.
    fps:                  frames per second taken from a video; None = every frame.
    keep_duplicates:      also use pictures whose pixels equal those of another one.
    keep_near_duplicates: also use pictures that look like another one.
    """

    resolution: int | None = None
    crop: str = "centre"
    filter: str = "lanczos"
    channels: str = "auto"
    labels: str = "auto"
    background: tuple[int, int, int] = (255, 255, 255)
    aspect: float = 16 / 9
    max_images: int | None = None
    fps: float | None = None
    keep_duplicates: bool = False
    keep_near_duplicates: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be meant; raises DataError."""
        for name, value, known in (
            ("crop", self.crop, CROPS),
            ("filter", self.filter, FILTERS),
            ("channels", self.channels, CHANNELS),
            ("labels", self.labels, LABELS),
        ):
            if value not in known:
                raise DataError(f"{name} must be one of {', '.join(known)}; got {value}")
        if self.resolution is not None:
            check_resolution(self.resolution)
        if self.max_images is not None and self.max_images < 1:
            raise DataError(f"max_images must be at least 1, got {self.max_images}")
        if not 1 <= self.aspect <= 100:
            raise DataError(f"aspect must be in [1, 100], got {self.aspect:g}")
        if self.fps is not None and not 0 < self.fps <= 1000:
            raise DataError(f"fps must be above 0 and at most 1000, got {self.fps:g}")
        if len(self.background) != 3 or not all(0 <= level <= 255 for level in self.background):
            raise DataError(f"background must be three levels from 0 to 255: {self.background}")


def check_resolution(resolution: int) -> None:
    """Raise DataError unless networks of that resolution exist."""
    fits = MIN_RESOLUTION <= resolution <= MAX_RESOLUTION and resolution & (resolution - 1) == 0
    if not fits:
        raise DataError(
            f"The resolution must be a power of two from {MIN_RESOLUTION} to {MAX_RESOLUTION} "
            f"(64, 128, 256, ...), got {resolution}"
        )
