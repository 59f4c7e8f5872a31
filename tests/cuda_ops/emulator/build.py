"""Compile kernels for the emulator: one shared library that looks like libcuda to the program."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from cuda_ops.cpu.build import find_tools
from cuda_ops.cuda.kernels import Kernel, program

HERE = Path(__file__).parent
WARNINGS = ["-Wall", "-Wextra", "-Wno-unknown-pragmas", "-Wno-unused-function"]
FLAGS = ["-std=c++17", "-O1", "-fPIC", "-shared", *WARNINGS]


def build(kernels: Iterable[Kernel], folder: Path, fault: tuple[str, str] | None = None) -> Path:
    """Compile kernels to a library in `folder` and return its path.

    fault: a piece of the kernels' text that occurs there once, and what to put in its place.
    """
    text = program(kernels)
    if fault is not None:
        assert text.count(fault[0]) == 1, f"the kernels have {text.count(fault[0])} of {fault[0]!r}"
        text = text.replace(*fault)
    source, library = folder / "emulated.cpp", folder / "emulated.so"
    source.write_text(
        f'#include "{HERE}/emulate.h"\n{text}\n#include "{HERE}/fake_driver.h"\n', "utf-8"
    )
    tools = find_tools()
    assert tools is not None, "the emulator needs a C++ compiler: install g++ or clang++"
    command = [tools.compiler, *FLAGS, str(source), "-o", str(library)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr, done.stderr
    return library
