"""Libraries that come with the project, and the manifest that says what they were made from.

A library is used only if the hash of the sources and flags in the manifest is that of the sources
here: whoever changes a kernel gets it built on their machine until the libraries are made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

from cuda_ops.cpu import build

FOLDER = Path(__file__).parent / "prebuilt"


def find(isa: str, platform: str | None = None) -> Path | None:
    """Return the library of an instruction set if it was made from these sources and is whole.

    platform: "linux-x86_64"; None = of this machine.
    """
    folder = FOLDER / (platform or build.platform_name())
    path = folder / f"{isa}.so"
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        whole = manifest["libraries"][isa] == hashlib.sha256(path.read_bytes()).hexdigest()
        return path if whole and manifest["sources"] == build.source_hash() else None
    except (OSError, ValueError, KeyError):
        return None


def write(tools: build.Tools) -> list[Path]:
    """Make the libraries of one kind of machine and their manifest; return the libraries.

    Raises build.BuildError if a compiler fails.
    """
    folder = FOLDER / tools.platform
    if not tools.isas:
        raise build.BuildError(f"There are no kernels for {tools.platform}.")
    sources = build.source_hash()
    paths = [folder / f"{isa}.so" for isa in tools.isas]
    for isa, path in zip(tools.isas, paths, strict=True):
        build.build(isa, tools, path, release=True)
    if build.source_hash() != sources:
        raise build.BuildError("The sources changed while they were compiled; run this again.")
    manifest = {
        "sources": sources,
        "compiler": _version(tools),
        "libraries": {p.stem: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths},
    }
    temporary = folder / "manifest.json.tmp"
    temporary.write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    os.replace(temporary, folder / "manifest.json")
    return paths


def _version(tools: build.Tools) -> str:
    command = [tools.compiler, *tools.options, "--version"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.partition("\n")[0].strip()
