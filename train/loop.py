"""The loop: take pictures, step, look at the losses, report, save.

The native operators of cuda_ops are chosen inside the networks and in augmentation; `_warm_up` is
the one place where the loop prepares them.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch

import cuda_ops
from train import checkpoint
from train.config import TrainConfig
from train.control import clear_requests, read_requests
from train.data_set import Pictures
from train.distributed import Ranks
from train.environment import differences, environment
from train.feed import Feed, feeding
from train.layout import CHECKPOINTS
from train.problems import LossError, PicturesError
from train.run_log import RunLog
from train.schedule import checkpoints_due, crossed
from train.show import Showing
from train.trainer import Trainer

GO, PAUSED, STOP = 0, 1, 2
ASK_EVERY_SECS = 0.25
PAUSE_POLL_SECS = 0.5


class Loop:
    """One run in this process.

    Args:
        run:      its folder.
        trainer:  fresh, or with transferred weights.
        pictures: the data set.
        log:      writer of the run's files; None in all processes but the first.
    """

    def __init__(
        self,
        run: Path,
        trainer: Trainer,
        pictures: Pictures,
        log: RunLog | None,
        processes: int,
    ) -> None:
        self.run, self.trainer, self.log = run, trainer, log
        self.pictures = pictures
        self.config: TrainConfig = trainer.config
        self.ranks: Ranks = trainer.ranks
        self.environment: dict[str, Any] = environment(trainer.device, processes)
        self.total = int(self.config.kimg * 1000)
        self.showing = Showing(run, trainer, pictures, log) if log is not None else None
        self.checkpoints = checkpoints_due(self.config)
        self.stops_after_tick = False
        self.stop_wanted = False  # set by signals
        self._asked = 0.0
        self._start = (time.monotonic(), 0)  # of this tick: clock, pictures
        self._waited = 0.0

    def resume(self) -> bool:
        """Continue from the newest whole checkpoint; False if there is none."""
        description = checkpoint.load_newest(self.run / CHECKPOINTS, self.trainer, self._say)
        if description is None:
            return False
        changes = differences(description.get("environment", {}), self.environment)
        kimg = f"{self.trainer.cur_nimg / 1000:.1f} kimg"
        if changes:
            note = f"Continued at {kimg}, not bit-exact: {', '.join(changes)}."
        elif self.trainer.device.type != "cpu":
            note = f"Continued at {kimg}; sums on a GPU are not ordered, so not bit-exact."
        else:
            note = f"Continued at {kimg}, bit-exact."
        self._note(note)
        return True

    def save_start(self) -> None:
        """Keep transferred weights: the file they came from may be gone when the run resumes."""
        if self.log is not None:
            folder = self.run / CHECKPOINTS
            checkpoint.save(folder, self.trainer, self.environment, keep=1)

    def train(self) -> tuple[str, str]:
        """Run until the end or a request; return the last state and its reason."""
        self._warm_up()
        if self.log is not None:
            clear_requests(self.run)
            self.log.update(state="running")
        if self.showing is not None:
            self.showing.start()
        self._start = (time.monotonic(), self.trainer.cur_nimg)
        with feeding(self.pictures, self.trainer, self.config.workers) as feed:
            while self.trainer.cur_nimg < self.total and self._may_go_on():
                before = self.trainer.cur_nimg
                self._step(feed)
                self._look_at_losses()
                self._report(before)
                self._save(before)
        return self._finish()

    def _step(self, feed: Feed) -> None:
        asked = time.monotonic()
        try:
            shards = feed.take()
        except Exception as error:
            self._save_checkpoint()
            raise PicturesError(f"Pictures can no longer be read: {error}") from error
        self._waited += time.monotonic() - asked
        self.trainer.step(shards)

    def _look_at_losses(self) -> None:
        if not self.trainer.statistics.all_finite(self.ranks):
            names = ", ".join(self.trainer.statistics.not_finite()) or "of another process"
            raise LossError(
                f"A loss is no longer a finite number after {self.trainer.cur_nimg / 1000:.1f} "
                f"kimg ({names}). Everything up to the last checkpoint is safe; lower the learning "
                "rate or raise gamma in a new run that transfers from a snapshot."
            )

    def _report(self, before: int) -> None:
        """Write a row of statistics at each tick."""
        after = self.trainer.cur_nimg
        self._progress()
        if not crossed(before, after, self.config.tick_kimg) and after < self.total:
            return
        values = self.trainer.statistics.collect(self.ranks)
        if self.showing is not None:
            started, nimg = self._start
            secs = max(time.monotonic() - started, 1e-9)
            facts = {
                "Timing/secs_per_kimg": secs * 1000 / (after - nimg),
                "Timing/waiting_share": self._waited / secs,
                "Progress/augment_p": self.trainer.controller.p,
                "Progress/pl_mean": float(self.trainer.pl_mean),
            }
            self.showing.tick(values, facts)
            self.stops_after_tick |= read_requests(self.run).stop_after_tick
        self._restart_clock()

    def _progress(self) -> None:
        """Tell how far the run is; written with the next heartbeat."""
        if self.log is None or self.showing is None:
            return
        cur = self.trainer.cur_nimg
        secs = self.log.status.secs_per_kimg
        if secs is None and cur > self._start[1]:
            secs = (time.monotonic() - self._start[0]) * 1000 / (cur - self._start[1])
        next_secs, next_kimg = self.showing.due.left(cur)
        self.log.note(
            cur_kimg=cur / 1000,
            augment_p=self.trainer.controller.p,
            eta_secs=None if secs is None else secs * max(self.total - cur, 0) / 1000,
            next_snapshot_secs=next_secs,
            next_snapshot_kimg=next_kimg,
        )

    def _save(self, before: int) -> None:
        """Write sheets, snapshots and checkpoints that are due; the first process only."""
        if self.showing is None:
            return
        after = self.trainer.cur_nimg
        if self.showing.due.is_due(before, after):
            self._aside(self.showing.show)
        if self.checkpoints.is_due(before, after):
            self._aside(self._save_checkpoint)

    def _save_checkpoint(self) -> None:
        if self.showing is None:
            return
        checkpoint.save(
            self.run / CHECKPOINTS,
            self.trainer,
            self.environment,
            keep=self.config.keep_checkpoints,
            score=self.showing.score(),
        )
        self.checkpoints.done()

    def _may_go_on(self) -> bool:
        """Ask for requests, wait while paused; all processes get the first one's answer."""
        while True:
            answer = self.ranks.agree(self._answer())
            if answer != PAUSED:
                if self.log is not None and self.log.status.state == "paused":
                    self.log.update(state="running")
                return answer == GO
            started = time.monotonic()
            if self.log is not None and self.log.status.state != "paused":
                self._save_checkpoint()
                self.log.update(state="paused", eta_secs=None)
            time.sleep(PAUSE_POLL_SECS)
            self._forget(time.monotonic() - started)

    def _answer(self) -> int:
        if self.log is None:
            return GO
        if self.stop_wanted or self.stops_after_tick:
            return STOP
        paused = self.log.status.state == "paused"
        now = time.monotonic()
        if now - self._asked < ASK_EVERY_SECS and not paused:
            return GO
        self._asked = now
        requests = read_requests(self.run)
        if requests.stop_now or (paused and requests.stop_after_tick):
            return STOP
        return PAUSED if requests.pause else GO

    def _finish(self) -> tuple[str, str]:
        if self.showing is None or self.log is None:
            return "finished", ""
        finished = self.trainer.cur_nimg >= self.total
        if not finished:
            self.log.update(state="stopping")
        self._save_checkpoint()
        self.showing.show()
        if finished:
            return "finished", f"Reached {self.total / 1000:g} kimg."
        return "stopped", f"Stopped on request at {self.trainer.cur_nimg / 1000:.1f} kimg."

    def _aside(self, work: Any) -> None:
        """Do something that is not training, outside its clock."""
        started = time.monotonic()
        work()
        self._forget(time.monotonic() - started)

    def _forget(self, secs: float) -> None:
        self._start = (self._start[0] + secs, self._start[1])

    def _restart_clock(self) -> None:
        self._start, self._waited = (time.monotonic(), self.trainer.cur_nimg), 0.0

    def _warm_up(self) -> None:
        """Settle what is chosen once: operators and the device's arithmetic."""
        for op in cuda_ops.status().ops:
            if op.device == self.trainer.device.type:
                self._say(f"{op.op} on {op.device}: {op.implementation}. {op.reason}")
        if self.trainer.device.type == "cuda":
            torch.backends.cudnn.benchmark = True
            torch.backends.cudnn.allow_tf32 = False
            torch.backends.cuda.matmul.allow_tf32 = False

    def _say(self, text: str) -> None:
        if self.log is not None:
            self.log.say(text)

    def _note(self, text: str) -> None:
        if self.log is not None:
            self.log.say(text)
            self.log.update(notes=(*self.log.status.notes, text)[-20:])
