"""`convert IN OUT.safetensors`: a model in the safe format, which can hold no code."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from explorer.errors import UserError

HELP = "Write a model in the safe format (.safetensors), which can hold no code."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", metavar="IN", help="the model to read: .pkl or .safetensors")
    parser.add_argument("out", metavar="OUT.safetensors", help="the file to write")


def run(arguments: argparse.Namespace) -> int:
    """Read, build and write one model."""
    out = Path(arguments.out)
    if out.suffix != ".safetensors":
        raise UserError(f"{out} must end in .safetensors")
    if out.exists() and out.samefile(arguments.model):
        raise UserError(f"{out} is the file to read; name another one to write")

    from networks.checkpoint import load_model, save_model

    print(f"Reading {arguments.model}", file=sys.stderr)
    model = load_model(arguments.model)
    print(f"Writing {out}", file=sys.stderr)
    save_model(model, out)
    info = model.info
    print(f"{out}: {info.architecture}, {info.resolution} x {info.resolution}")
    for note in info.notes:
        print(f"  {note}")
    return 0
