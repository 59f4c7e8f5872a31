"""TensorBoard events: what its own reader finds in a run's folder."""

import importlib.util

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.train.tiny import finish, make_run
from train.errors import ConfigError
from train.runs import read_curves, read_status
from train.start import change_run

FIELDS = {"tensorboard": True, "kimg": 0.016, "tick_kimg": 0.008, "checkpoint_kimg": 0.008}
STOP_AFTER_A_TICK = """
import os, signal
from train.run_log import RunLog
tick = RunLog.tick
def dying(self, cur_nimg, values):
    tick(self, cur_nimg, values)
    if cur_nimg == 16:
        os.kill(os.getpid(), signal.SIGKILL)
RunLog.tick = dying
"""


def events_of(run):
    """Return the scalars of a run: name -> steps and values."""
    reader = EventAccumulator(str(run))
    reader.Reload()
    return {
        name: ([e.step for e in reader.Scalars(name)], [e.value for e in reader.Scalars(name)])
        for name in reader.Tags()["scalars"]
    }


def test_events_say_what_the_curves_do_also_after_a_crash(tmp_path):
    run = make_run(tmp_path, **{**FIELDS, "kimg": 0.024})
    finish(run, STOP_AFTER_A_TICK)
    assert read_status(run).state == "crashed"
    finish(run)

    assert read_status(run).state == "finished", read_status(run).reason
    curves, events = read_curves(run), events_of(run)
    assert curves.kimg == (0.008, 0.016, 0.024)
    assert {"Loss/G/loss", "Loss/D/loss", "Timing/secs_per_kimg"} < set(events)
    for name in ("Loss/G/loss", "Loss/D/loss", "Loss/scores/real"):
        steps, values = events[name]
        assert steps == [8, 16, 24]
        assert values == pytest.approx(curves.values[name], rel=1e-6)


def test_without_the_package_it_is_a_sentence(tmp_path, monkeypatch):
    run = make_run(tmp_path, **FIELDS)
    errors = finish(run, "import sys\nsys.modules['tensorboard'] = None")
    assert read_status(run).state == "failed"
    assert "pip install tensorboard" in read_status(run).reason, errors

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="run `pip install tensorboard` first"):
        change_run(run, {"kimg": 1.0})
    assert not change_run(run, {"tensorboard": False}).tensorboard
