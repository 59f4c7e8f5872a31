"""What a run shows of itself: rows of statistics, sample sheets, snapshots, warnings, a score.

Nothing here draws from the training's random numbers or changes anything the training reads.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from networks.checkpoint import save_model
from networks.model import Model, describe
from train import score as scores
from train.data_set import Pictures
from train.feed import first_pictures
from train.layout import REALS, SAMPLES, SNAPSHOTS, numbered, sample_name, snapshot_name
from train.metrics.frechet import Gaussian, frechet_distance
from train.run_log import RunLog
from train.schedule import snapshots_due
from train.sheet import diversity, make_pictures, save_sheet
from train.trainer import Trainer
from train.warnings import DIVERSITY, REAL_DIVERSITY, warnings_of

SCORE_SHARE = 0.05  # scores may take this part of the time


class Showing:
    """The visible side of a run.

    Args:
        run: its folder.
        log: its writer.
    """

    def __init__(self, run: Path, trainer: Trainer, pictures: Pictures, log: RunLog) -> None:
        self._run, self._trainer, self._pictures, self._log = run, trainer, pictures, log
        self._config = trainer.config
        self.due = snapshots_due(self._config)
        self._diversity: dict[str, float] = {}
        self._real: Gaussian | None = None
        self._secs_per_picture = 0.0
        self._scored = time.monotonic()

    def start(self) -> None:
        """Show the real pictures, and what the generator makes at the beginning."""
        config = self._config
        count = config.sample_columns * config.sample_rows
        reals = first_pictures(self._pictures, max(count, scores.COUNT))
        self._diversity[REAL_DIVERSITY] = diversity(reals[:: max(len(reals) // count, 1)])
        self._real = scores.gaussian(reals)
        path = self._run / SAMPLES / REALS
        if not path.exists():
            sheet = reals[:: max(len(reals) // count, 1)][:count]
            save_sheet(sheet, path, config.sample_columns)
        if not (self._run / SAMPLES / sample_name(self._trainer.cur_nimg)).exists():
            self._sheet()

    def tick(self, values: dict[str, dict[str, float]], facts: dict[str, float]) -> None:
        """Write a row of statistics and what it warns of."""
        trainer = self._trainer
        for name, value in {**facts, **self._diversity}.items():
            values[name] = {"num": 1, "mean": value, "std": 0.0}
        means = {name: value["mean"] for name, value in values.items()}
        kimg = trainer.cur_nimg / 1000
        found = warnings_of(means, kimg=kimg, adaptive=trainer.controller.adaptive)
        for text in found:
            if text not in self._log.status.warnings:
                self._log.say(f"warning: {text}")
        self._log.tick(trainer.cur_nimg, values)
        secs = facts["Timing/secs_per_kimg"]
        self._log.note(secs_per_kimg=secs, warnings=found)
        self._log.say(f"{kimg:.1f} kimg, {secs:.2f} s/kimg, augment p {trainer.controller.p:.3f}")

    def show(self) -> None:
        """Write a sample sheet and a snapshot."""
        self._sheet()
        self._snapshot()
        self.due.done()

    def score(self) -> float | None:
        """Return the distance of made pictures to the real ones; None if it would take long."""
        budget = SCORE_SHARE * (time.monotonic() - self._scored)
        too_long = self._secs_per_picture * scores.COUNT > budget
        if self._real is None or not self._secs_per_picture or too_long:
            return None
        self._scored = time.monotonic()
        img = self._pictures_of_average(scores.COUNT, "score")
        return frechet_distance(scores.gaussian(img), self._real)

    def _sheet(self) -> None:
        config = self._config
        started = time.monotonic()
        img = self._pictures_of_average(config.sample_columns * config.sample_rows, "sheet")
        self._secs_per_picture = (time.monotonic() - started) / len(img)
        self._diversity[DIVERSITY] = diversity(img)
        name = sample_name(self._trainer.cur_nimg)
        save_sheet(img, self._run / SAMPLES / name, config.sample_columns)

    def _pictures_of_average(self, count: int, purpose: str):
        average, labels = self._trainer.networks.average, self._trainer.labels
        return make_pictures(average, self._config.seed, count, labels, purpose)

    def _snapshot(self) -> None:
        trainer, config = self._trainer, self._config
        average = trainer.networks.average
        names = self._pictures.class_names if config.conditional else ()
        kimg = trainer.cur_nimg / 1000
        note = f"Trained for {kimg:.1f} kimg with {config.config}, seed {config.seed}."
        info = describe(average, average.config, class_names=names, notes=(note,))
        discriminator = trainer.networks.discriminator if config.snapshot_discriminator else None
        path = self._run / SNAPSHOTS / snapshot_name(trainer.cur_nimg)
        save_model(Model(info, average, discriminator), path)
        if config.keep_snapshots > 0:
            for _, old in numbered(path.parent)[: -config.keep_snapshots]:
                with contextlib.suppress(OSError):
                    old.unlink()
