"""When the monitor calls somebody."""

import pytest

from train.monitor.alarms import SILENT_SECS, alarms_of
from train.monitor.choice import Choice, open_alarms
from train.monitor.snapshot import ERROR, WARNING, Alarm, RunView, Snapshot
from train.monitor.watch import STALLED_SECS, HeartWatch, ProgressWatch
from train.runs import RunStatus
from train.warnings import AUGMENT_P, DIVERSITY, REAL_DIVERSITY, SIGNS, warnings_of


def judged(status, age=1.0, stalled=None):
    return alarms_of("run", status, heartbeat_age=age, stalled_secs=stalled)


@pytest.mark.parametrize(
    "values, word",
    [
        ({SIGNS: 0.95}, "by heart"),
        ({AUGMENT_P: 0.9}, "p = 0.90"),
        ({DIVERSITY: 0.01, REAL_DIVERSITY: 0.3}, "collapsed"),
    ],
)
def test_what_training_warns_of_is_an_alarm_while_it_trains(values, word):
    warnings = warnings_of(values, kimg=100.0, adaptive=True)
    (alarm,) = judged(RunStatus(state="running", warnings=warnings))
    assert (alarm.severity, alarm.kind) == (WARNING, "training")
    assert word in alarm.text
    assert judged(RunStatus(state="finished", warnings=warnings)) == ()


def test_a_warning_whose_numbers_move_is_the_same_alarm():
    def alarm(p, started=5.0):
        warnings = warnings_of({AUGMENT_P: p}, kimg=100.0, adaptive=True)
        return judged(RunStatus(state="running", warnings=warnings, started=started))[0]

    assert alarm(0.9).identity == alarm(0.95).identity
    assert alarm(0.9).identity != alarm(0.9, started=6.0).identity
    overfit = warnings_of({SIGNS: 0.95}, kimg=100.0, adaptive=True)
    other = judged(RunStatus(state="running", warnings=overfit, started=5.0))[0]
    assert alarm(0.9).identity != other.identity


def test_endings():
    (alarm,) = judged(RunStatus(state="failed", reason="The disk is full."))
    assert (alarm.severity, alarm.kind, alarm.text) == (ERROR, "failed", "The disk is full.")
    assert judged(RunStatus(state="crashed"))[0].text  # never empty
    for state in ("new", "queued", "finished", "stopped"):
        assert judged(RunStatus(state=state), age=1e6, stalled=1e6) == ()


def test_silence_and_standstill():
    running = RunStatus(state="running")
    assert judged(running, age=SILENT_SECS) == ()
    assert "No sign of life for 1 min 10 s" in judged(running, age=70.0)[0].text
    assert "No progress for 5 min" in judged(running, stalled=300.0)[0].text
    assert len(judged(running, age=70.0, stalled=300.0)) == 1


def test_progress_that_stops():
    watch = ProgressWatch()
    assert watch.stalled_secs("running", 1.0, 0) is None
    assert watch.stalled_secs("running", 1.0, STALLED_SECS) is None
    assert watch.stalled_secs("running", 1.0, STALLED_SECS + 1) == STALLED_SECS + 1
    assert watch.stalled_secs("running", 1.1, STALLED_SECS + 2) is None
    assert watch.stalled_secs("paused", 1.1, STALLED_SECS + 3) is None
    assert watch.stalled_secs("paused", 1.1, 10 * STALLED_SECS) is None  # it is meant to


def test_a_slow_run_is_given_longer():
    watch = ProgressWatch()
    for step in range(4):
        watch.stalled_secs("running", float(step), step * 100.0)
    assert watch.stalled_secs("running", 3.0, 300 + 400) is None
    assert watch.stalled_secs("running", 3.0, 300 + 501) == 501


def test_a_heart():
    heart = HeartWatch()
    assert heart.age(0.0, 100.0) is None
    assert heart.age(90.0, 100.0) == 10
    assert heart.age(90.0, 105.0) == 15
    assert heart.age(95.0, 106.0) == 0
    assert HeartWatch().age(200.0, 100.0) == 0  # a clock ahead of ours


def test_errors_come_first_and_what_is_dismissed_stays_away():
    slow = Alarm(WARNING, "stalled", "a", "1", "slow")
    dead = Alarm(ERROR, "crashed", "b", "1", "dead")
    runs = [RunView(k, None, k, RunStatus(), alarms=(a,)) for k, a in (("a", slow), ("b", dead))]  # type: ignore[arg-type]
    snapshot = Snapshot(runs=tuple(runs))

    assert snapshot.alarms == (dead, slow)
    assert open_alarms(snapshot, Choice(dismissed=frozenset({dead.identity}))) == (slow,)
