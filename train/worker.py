"""A process that works on a run: opens everything, loops, and turns errors into a status."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType

import torch

from cuda_ops.cpu import library
from cuda_ops.cpu.heap import keep_freed_memory
from train import distributed
from train.build import build
from train.config import DataShape, TrainConfig
from train.data_set import Pictures, open_pictures
from train.errors import RunError
from train.layout import FAILURE
from train.loop import Loop
from train.problems import is_disk_full, reason_of
from train.run_log import RunLog
from train.runs import RunStatus, read_config, read_status
from train.start import recorded_shape
from train.trainer import Trainer
from train.transfer import transfer


def work(run: Path) -> int:
    """Train a run in this process, or in as many as it asks for; return the exit code."""
    config = read_config(run)
    if config is None:
        print(f"{run} is not the folder of a run: it has no usable options.json", file=sys.stderr)
        return 1
    if config.gpus > 1 and "WORLD_SIZE" not in os.environ:
        return _work_in_children(run, config)
    return _work(run, config)


def _work_in_children(run: Path, config: TrainConfig) -> int:
    from torch.multiprocessing import ProcessExitedException, ProcessRaisedException

    try:
        distributed.spawn(config.gpus, _child, (str(run),))
    except (ProcessExitedException, ProcessRaisedException) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _child(run: str) -> None:
    config = read_config(Path(run))
    assert config is not None
    if _work(Path(run), config):
        sys.exit(1)


def _work(run: Path, config: TrainConfig) -> int:
    """One process of a run."""
    first = int(os.environ.get("RANK", "0")) == 0
    if not first:
        try:
            _open_loop(run, config, None).train()
        except BaseException as error:
            _tell_failure(run, error)
            raise
        return 0
    try:
        previous = read_status(run)
        if previous.is_active:
            raise RunError(f"{run.name} is already running")
        (run / FAILURE).unlink(missing_ok=True)
        status = RunStatus(state="starting", total_kimg=config.kimg, notes=previous.notes)
        log = RunLog(run, status)
    except Exception as error:  # before there is a log: the status stays what it was
        if not isinstance(error, (OSError, RunError)):
            traceback.print_exc()
        print(reason_of(error), file=sys.stderr)
        return 1
    try:
        if config.tensorboard:
            log.write_events()
        loop = _open_loop(run, config, log)
        state, reason = loop.train()
        log.end(state, reason)
        loop.ranks.close()
    except BaseException as error:  # the one place where the end of a run becomes a status
        if is_disk_full(error):
            log.give_back_reserve()
        log.end("failed", reason_of(error))
        with contextlib.suppress(OSError):
            traceback.print_exc()
        return 1
    return 0


def _open_loop(run: Path, config: TrainConfig, log: RunLog | None) -> Loop:
    """Open the data, build the networks, and continue where the run was."""
    use_threads(config)
    device = pick_device(config.device)
    if device.type == "cpu":
        keep_freed_memory()
    ranks = distributed.join(str(device))
    if ranks.world != config.gpus:
        raise RunError(f"The run is for {config.gpus} processes, but {ranks.world} were started")
    pictures = open_pictures(config)
    _check_data(pictures, recorded_shape(run))
    networks = build(config, pictures.shape, device)
    labels = pictures.labels if config.conditional else None
    trainer = Trainer(config, networks, labels, ranks)
    loop = Loop(run, trainer, pictures, log, config.gpus)
    _stop_on_signals(loop)
    if not loop.resume() and config.transfer is not None:
        for report in transfer(config.transfer, networks):
            if log is not None:
                log.say(f"transfer: {report.sentence()}")
        loop.save_start()
    return loop


def pick_device(name: str) -> torch.device:
    """Return the device called name; "auto" = the first GPU, else the CPU.

    Raises RunError if it is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda"):
        if not torch.cuda.is_available():
            raise RunError(f"device {name}: torch finds no NVIDIA GPU here; take cpu")
        if name == "cuda":
            name = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    try:
        return torch.device(name)
    except RuntimeError:
        raise RunError(f"device must be auto, cpu, cuda or cuda:N, got {name}") from None


def use_threads(config: TrainConfig) -> None:
    """Compute with the configured number of threads, or all cores shared evenly.

    Where there are kernels for the processor, these threads are theirs alone: what torch is left
    with is too small to be shared out.
    """
    count = config.threads or max((os.cpu_count() or 1) // config.gpus, 1)
    native = library.current().handle is not None
    library.use_threads(count if native else 0)
    torch.set_num_threads(1 if native else count)


def _check_data(pictures: Pictures, then: DataShape) -> None:
    if pictures.shape != then:
        raise RunError(
            f"The data set is not the one this run began with: {_said(pictures.shape)} instead of "
            f"{_said(then)}; put it back, or start a new run"
        )


def _said(shape: DataShape) -> str:
    return (
        f"{shape.count} pictures of {shape.resolution} pixels, {shape.img_channels} channels and "
        f"{shape.c_dim} classes"
    )


def _stop_on_signals(loop: Loop) -> None:
    """End in order on Ctrl-C and on a polite kill: a checkpoint, then the last status."""

    def stop(number: int, frame: FrameType | None) -> None:
        loop.stop_wanted = True

    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError):  # not in the main thread
            signal.signal(name, stop)


def _tell_failure(run: Path, error: BaseException) -> None:
    """Leave the reason where a reader finds it once the first process has gone."""
    with contextlib.suppress(OSError):
        text = json.dumps({"reason": reason_of(error), "time": time.time()})
        (run / FAILURE).write_text(text, "utf-8")
