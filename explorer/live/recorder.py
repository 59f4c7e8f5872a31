"""One recording: a thread between the window, which never waits for it, and ffmpeg."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from explorer.live.backlog import Backlog, Fetch
from explorer.live.clock import FrameClock
from explorer.live.finish import finish
from explorer.live.fitting import LiveError, file_size, fitted
from explorer.live.part_file import PartFile, part_of
from explorer.live_state import LiveOptions, RecordingPhase
from explorer.video.encode import Frame
from explorer.video.plan import MAX_GIF_FPS, rate_of
from networks.atomic import write_problem

_WAITING_PICTURES = 24  # on their way to ffmpeg; 100 MB at 1024 x 1024
_TICK_SECS = 0.1
_FRAMES_AT_ONCE = 16  # between two looks at whether it is to stop


@dataclass(frozen=True)
class Progress:
    """How far a recording is.

    saved: the file, once there is one; also after an error, with what came before that.
    error: why it ended by itself.
    """

    phase: RecordingPhase
    secs: float = 0.0
    frames: int = 0
    dropped: int = 0
    size: tuple[int, int] | None = None
    saved: Path | None = None
    error: Exception | None = None


class Recorder:
    """Writes what `show` is given, at a constant rate, until `stop`; methods are for one thread.

    A picture stays until the next one. When ffmpeg is slower than pictures come, some are left out
    (`Progress.dropped`); times stay true, and no more than a few wait.

    Args:
        out:   the file to be; see `free_output`.
        first: the picture on screen now.
        wake:  called when it has ended.
    """

    def __init__(
        self,
        out: Path,
        options: LiveOptions,
        first: Fetch,
        wake: Callable[[], None],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if options.format == "gif" and options.fps > MAX_GIF_FPS:
            raise LiveError(
                f"A GIF has at most {MAX_GIF_FPS:g} frames per second, not {options.fps:g}; "
                "choose fewer in the Live panel"
            )
        self.out = out
        self._options, self._wake, self._now = options, wake, now
        self._rate: Fraction = rate_of(options.fps)
        self._start_secs = now()
        self._clock = FrameClock(self._rate, self._start_secs)
        self._backlog = Backlog(_WAITING_PICTURES)
        self._backlog.put(0, first)
        self._stop_secs: float | None = None
        self._frames = 0
        self._file: PartFile | None = None
        self._ended: Progress | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._main, name="recorder", daemon=True)
        self._thread.start()

    def show(self, fetch: Fetch) -> None:
        """Take the picture that is on screen from now on; it is fetched in the thread."""
        with self._changed:
            if self._stop_secs is None:
                self._backlog.put(self._clock.frames_before(self._now()), fetch)

    def stop(self) -> None:
        """End with what is on screen now; the file is there some time after."""
        with self._changed:
            if self._stop_secs is None:
                self._stop_secs = self._now()
            self._changed.notify()

    def progress(self) -> Progress:
        with self._changed:
            if self._ended is not None:
                return self._ended
            return self._progress("recording" if self._stop_secs is None else "finishing")

    def close(self, timeout_secs: float) -> bool:
        """Stop and wait; False if the file is not there in time: the next start finishes it."""
        self.stop()
        self._thread.join(timeout_secs)
        return not self._thread.is_alive()

    # In the thread.

    def _main(self) -> None:
        error: Exception | None = None
        try:
            self._record()
        except Exception as caught:  # The one place where a recording's errors become values.
            error = self._in_words(caught)
        saved: Path | None = None
        if self._file is not None:
            with self._changed:
                self._stop_secs = self._now() if self._stop_secs is None else self._stop_secs
            try:
                saved = finish(self._file.path)
            except Exception as caught:
                error = error or self._in_words(caught)
            self._file.free()
        with self._changed:
            self._ended = self._progress("off", saved, error)
        self._wake()

    def _record(self) -> None:
        frame: Frame | None = None
        try:
            while True:
                with self._changed:
                    waiting = self._backlog.next
                    turn = waiting is not None and waiting.first <= self._frames
                    if turn:
                        self._backlog.take()
                    until = waiting.first if waiting is not None else self._due()
                    if self._frames >= until and not turn:
                        if self._stop_secs is not None:
                            return
                        self._changed.wait(_TICK_SECS)
                        continue
                if turn and waiting is not None:
                    frame = self._framed(waiting.fetch)
                elif frame is not None:
                    self._write(frame, until)
        finally:
            if self._file is not None:
                self._file.end()

    def _due(self) -> int:
        """Return how many frames the file has by now: with the newest picture there is."""
        secs = self._now() if self._stop_secs is None else self._stop_secs
        return max(1, self._clock.frames_before(secs))

    def _framed(self, fetch: Fetch) -> Frame:
        rgba = fetch()
        if self._file is None:
            width, height = file_size(rgba.shape[1], rgba.shape[0], self._options)
            self._file = PartFile(part_of(self.out), width, height, self._rate)
        return fitted(rgba, *self._file.size, sharp=self._options.sharp)

    def _write(self, frame: Frame, until: int) -> None:
        assert self._file is not None
        for _ in range(min(until - self._frames, _FRAMES_AT_ONCE)):
            self._file.write(frame)
            self._frames += 1

    def _in_words(self, error: Exception) -> Exception:
        return LiveError(write_problem(self.out, error)) if isinstance(error, OSError) else error

    def _progress(
        self, phase: RecordingPhase, saved: Path | None = None, error: Exception | None = None
    ) -> Progress:
        end_secs = self._now() if self._stop_secs is None else self._stop_secs
        size = self._file.size if self._file is not None else None
        secs = max(0.0, end_secs - self._start_secs)
        return Progress(phase, secs, self._frames, self._backlog.dropped, size, saved, error)
