"""What reading any file promises, checked on one file at a time."""

import contextlib
import resource
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from networks.checkpoint import load_model
from networks.errors import ModelFileError
from tests.networks.files.oracle import stored_tensors

SECONDS = 10
MEGABYTE = 1 << 20
_FORBIDDEN = ("exec", "compile", "import", "os.", "subprocess.", "socket.", "pickle.", "ctypes.")
_ALLOWED = ("os.scandir", "os.listdir")
_seen: list[str] = []
_watching = False
_hooked = False


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    """The canary: whatever a file could make the interpreter do is an audit event."""
    if _watching and event.startswith(_FORBIDDEN) and event not in _ALLOWED:
        _seen.append(f"{event} {str(arguments)[:80]}")


@contextlib.contextmanager
def canary() -> Iterator[list[str]]:
    """Collect what runs meanwhile: code, imports, commands, sockets, unpicklers."""
    global _watching, _hooked
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked = True
    _seen.clear()
    _watching = True
    try:
        yield _seen
    finally:
        _watching = False


class Watch:
    """Loads files under the limits of time and memory.

    Args:
        intact: a file that loads; done once at the start, since first calls import modules.
        folder: for the copies.
    """

    def __init__(self, intact: bytes, folder: Path):
        self.path = folder / "model.pkl"
        self.path.write_bytes(intact)
        load_model(self.path)

    def check(self, data: bytes) -> tuple[str, str | None]:
        """Load one file. Returns (outcome, the promise it broke or None)."""
        self.path.write_bytes(data)
        start = time.monotonic()
        try:
            with canary() as seen, limits(4 * len(data) + 200 * MEGABYTE):
                try:
                    model, outcome = load_model(self.path), "loaded"
                except ModelFileError as error:
                    model, outcome = None, type(error).__name__
                    text = str(error)
                    if (
                        not text.startswith("model.pkl: ")
                        or not text.isprintable()
                        or len(text) > 600
                    ):
                        return outcome, f"not a sentence: {text[:800]!r}"
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            return "crash", f"{type(error).__name__}: {error}"
        secs = time.monotonic() - start
        if seen:
            return outcome, f"something ran: {seen[:3]}"
        if secs > SECONDS:
            return outcome, f"took {secs:.1f} s"
        if model is not None:
            try:
                problem = different_tensor(model, data)
            except Exception as error:
                problem = f"the second reader disagrees: {type(error).__name__}: {error}"
            if problem is not None:
                return outcome, problem
        return outcome, None


def different_tensor(model: Any, data: bytes) -> str | None:
    """Compare every tensor of a loaded model with the bytes in the file, by an independent way."""
    stored = stored_tensors(data)
    for role in ("generator", "discriminator"):
        module = getattr(model, role)
        if module is None:
            continue
        for name, tensor in module.state_dict().items():
            expected = np.array(stored[f"{role}.{name}"], order="C")
            if expected.dtype != np.float32:
                with np.errstate(all="ignore"):
                    expected = expected.astype(np.float32)
            actual = tensor.numpy()
            if actual.shape != expected.shape or actual.tobytes() != expected.tobytes():
                return f"{role}.{name} differs from the file's bytes"
    return None


@contextlib.contextmanager
def limits(extra_bytes: int) -> Iterator[None]:
    """Let the process grow by `extra_bytes` of address space and run for SECONDS."""
    status = Path("/proc/self/statm")  # elsewhere only the time is limited
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if status.exists():
        used = int(status.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + extra_bytes, hard))
    start = time.monotonic()
    handler = signal.signal(signal.SIGALRM, _alarm)
    outer, _ = signal.setitimer(signal.ITIMER_REAL, SECONDS + 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        if outer:  # the test's own time limit goes on
            left = outer - (time.monotonic() - start)
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.001))


class TooSlow(BaseException):
    """Reading goes on for too long; no handler of the reader may catch it."""


def _alarm(number: int, frame: FrameType | None) -> None:
    raise TooSlow(f"still reading after {SECONDS} seconds")
