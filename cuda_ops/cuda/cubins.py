"""Compiled kernels on disk, so that each is compiled once per machine."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable

from cuda_ops.cpu.build import cache_dir


def compiled(source: str, target: str, version: str, compile: Callable[[], bytes]) -> bytes:
    """Return the compiled form of a program, from the disk if it was compiled before.

    Args:
        source:  the whole text.
        target:  architecture it is compiled for.
        version: of the compiler and its options.
        compile: makes it; called at most once.

    A disk that cannot be written only means that it is compiled again next time.
    """
    text = "\n".join((version, target, source))
    path = cache_dir() / f"{target}-{hashlib.sha256(text.encode()).hexdigest()[:32]}.cubin"
    with contextlib.suppress(OSError):
        content = path.read_bytes()
        image, digest = content[:-32], content[-32:]
        if image and hashlib.sha256(image).digest() == digest:
            return image
    image = compile()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(image + hashlib.sha256(image).digest())
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
    return image
