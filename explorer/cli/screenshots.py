"""`screenshots`: make the pictures of the README, without a screen."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

HELP = "make the pictures of the README"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", help="folder the pictures go to")
    parser.add_argument("--model", help="model file (default: the one that ships)")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the text (default 1.0)")
    parser.add_argument(
        "--size", type=_size, default=(1680, 1000), help="window, e.g. 1680x1000 (the default)"
    )
    parser.add_argument("--only", action="append", help="name of a picture, may be repeated")


def run(arguments: argparse.Namespace) -> int:
    os.environ["LATENT_EXPLORER_HEADLESS"] = "1"
    from explorer.display import check_display
    from explorer.errors import DisplayError

    problem = check_display()
    if problem is not None:
        raise DisplayError(problem)
    with tempfile.TemporaryDirectory() as home:
        os.environ["LATENT_EXPLORER_HOME"] = home  # the user's own session stays untouched
        from explorer.app.opening import default_model
        from explorer.app.tour import take_pictures

        take_pictures(
            Path(arguments.out),
            arguments.model or default_model() or None,
            size=arguments.size,
            scale=arguments.scale,
            only=arguments.only,
        )
    return 0


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) >= 320 and int(height) >= 240):
        raise argparse.ArgumentTypeError(f"a size looks like 1680x1000, got {text!r}")
    return int(width), int(height)
