"""What a run writes about itself: options.json, status.json, stats.jsonl, log.txt."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from networks.atomic import write_atomic
from train.config import TrainConfig
from train.errors import RunError
from train.layout import LOG, OPTIONS, RESERVE, STATS, STATUS
from train.processes import host_name, start_mark
from train.runs import RunStatus

VERSION = 1
RESERVE_BYTES = 1 << 20
HEARTBEAT_EVERY_SECS = 2.0


def write_options(run: Path, config: TrainConfig, facts: dict[str, Any]) -> None:
    """Write options.json: the resolved configuration and what was found out about it."""
    options = {"version": VERSION, "config": config.to_json(), **facts}
    write_atomic(run / OPTIONS, (json.dumps(options, indent=2) + "\n").encode())


def write_status(run: Path, status: RunStatus) -> None:
    """Replace status.json."""
    write_atomic(run / STATUS, json.dumps(asdict(status), allow_nan=False).encode())


class RunLog:
    """The writer of one run; used by one process, with a thread that keeps the heart beating.

    A full disk must not keep the last word from being written: `give_back_reserve` frees the space
    for it.
    """

    def __init__(self, run: Path, status: RunStatus) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._ended = threading.Event()
        pid = os.getpid()
        self._status = replace(
            status, pid=pid, start_mark=start_mark(pid), host=host_name(), started=time.time()
        )
        self._board_type: Any = None
        self._board: Any = None
        self._write()
        _fill_reserve(run / RESERVE)
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._heart.start()

    def write_events(self) -> None:
        """Write TensorBoard events, too. Raises RunError if its package is missing."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise RunError(
                "tensorboard: run `pip install tensorboard` first, or continue the run with "
                "--no-tensorboard"
            ) from None
        self._board_type = SummaryWriter

    @property
    def status(self) -> RunStatus:
        """What was last written."""
        return self._status

    def update(self, **changes: Any) -> None:
        """Change fields of the status and write it."""
        with self._lock:
            self._status = replace(self._status, **changes)
            self._write()

    def note(self, **changes: Any) -> None:
        """Change fields of the status; they are written with the next heartbeat."""
        with self._lock:
            self._status = replace(self._status, **changes)

    def say(self, text: str) -> None:
        """Add a line to log.txt."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        with open(self._run / LOG, "a", encoding="utf-8") as file:
            file.write(f"{stamp}  {text}\n")

    def tick(self, cur_nimg: int, values: dict[str, dict[str, float]]) -> None:
        """Add a row of statistics."""
        row = {"nimg": cur_nimg, "time": time.time(), "values": values}
        with open(self._run / STATS, "a", encoding="utf-8") as file:
            file.write(json.dumps(row, allow_nan=False) + "\n")
        if self._board_type is not None:
            self._tell_board(cur_nimg, values)

    def _tell_board(self, cur_nimg: int, values: dict[str, dict[str, float]]) -> None:
        """Add a row of events; steps are pictures shown, as ticks may be shorter than a kimg."""
        if self._board is None:
            # A run that goes on from a checkpoint repeats steps: the later ones count.
            self._board = self._board_type(str(self._run), purge_step=cur_nimg)
        for name, value in values.items():
            self._board.add_scalar(name, value["mean"], cur_nimg)
        self._board.flush()

    def give_back_reserve(self) -> None:
        """Free the reserved space."""
        with contextlib.suppress(OSError):
            (self._run / RESERVE).unlink()

    def end(self, state: str, reason: str = "") -> None:
        """Write the last status and log line, whatever the disk says."""
        self._ended.set()
        self._heart.join()
        if self._board is not None:
            with contextlib.suppress(OSError):
                self._board.close()
        said = False
        for attempt in range(2):
            try:
                if not said:
                    self.say(f"{state}: {reason}" if reason else state)
                    said = True
                # Last of all: whoever reads it may start the run again, or delete it.
                self.update(state=state, reason=reason, eta_secs=None)
                break
            except OSError:
                if attempt == 0:
                    self.give_back_reserve()

    def _write(self) -> None:
        self._status = replace(self._status, heartbeat=time.time())
        write_status(self._run, self._status)

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_EVERY_SECS):
            with self._lock, contextlib.suppress(OSError):
                self._write()


def _fill_reserve(path: Path) -> None:
    """Take some space, really written, so that it is there when the disk is full."""
    if not path.exists():
        write_atomic(path, os.urandom(RESERVE_BYTES))
