"""What follows from a snapshot and a choice: runs, curves, pictures; and what is remembered."""

import math
from pathlib import Path

import pytest

from train.monitor import memory, timelapse, words
from train.monitor.choice import Choice, focused_run, shown_runs, statistics_of, toggled
from train.monitor.series import (
    LINEAR,
    LOG,
    SYMLOG,
    all_series,
    points,
    scale_of,
    smoothed,
    thinned,
)
from train.monitor.snapshot import RunView, Snapshot
from train.runs import Curves, RunStatus

NAN = float("nan")
CURVES = Curves(
    kimg=(1.0, 2.0, 3.0),
    time=(100.0, 3700.0, 7300.0),
    values={"Loss/G/loss": (3.0, NAN, 1.0), "Progress/augment_p": (-1.0, 0.0, 1.0)},
)


def run(key: str, state: str = "finished", curves: Curves = CURVES, kimgs=()) -> RunView:
    samples = tuple((kimg, Path(f"{key}-{kimg}.png")) for kimg in kimgs)
    return RunView(key, Path(key), key, RunStatus(state=state), curves=curves, samples=samples)


def snapshot_of(*runs: RunView) -> Snapshot:
    return Snapshot(runs=runs)


def test_at_first_those_at_work_and_the_newest_are_compared():
    runs = [run(str(i)) for i in range(6)] + [run("old", "running")]
    snapshot = snapshot_of(*runs)

    assert [r.key for r in shown_runs(snapshot, Choice())] == ["0", "1", "2", "old"]
    focused = focused_run(snapshot, Choice())
    assert focused is runs[-1]
    assert focused_run(snapshot, Choice(focused="3")) is runs[3]
    assert focused_run(snapshot, Choice(focused="deleted")) is runs[-1]
    assert focused_run(Snapshot(), Choice()) is None


def test_runs_are_added_and_taken_out():
    snapshot = snapshot_of(*(run(str(i)) for i in range(6)))
    keys = toggled(snapshot, Choice(), "5", True)
    assert keys == {"0", "1", "2", "3", "5"}
    assert toggled(snapshot, Choice(shown=keys), "0", False) == {"1", "2", "3", "5"}
    assert shown_runs(snapshot, Choice(shown=frozenset())) == ()


def test_statistics_of_all_runs_losses_first():
    other = Curves(values={"Loss/D/loss": ()})
    names = statistics_of(snapshot_of(run("a"), run("b", curves=other)))
    assert names == ["Loss/D/loss", "Loss/G/loss", "Progress/augment_p"]


def test_points_leave_out_what_is_no_number():
    assert points(CURVES, "Loss/G/loss", "kimg") == ([1, 3], [3, 1])
    assert points(CURVES, "Loss/G/loss", "hours") == ([0, 2], [3, 1])
    assert points(CURVES, "nothing", "kimg") == points(Curves(), "x", "hours") == ([], [])


def test_smoothing():
    assert smoothed([3.0, 1.0, 2.0], 0.0) == [3, 1, 2]
    assert smoothed([5.0] * 4, 0.9) == pytest.approx([5.0] * 4)  # no pull towards zero
    assert smoothed([0.0, 1.0], 0.5) == pytest.approx([0, 2 / 3])
    assert smoothed([], 0.5) == []


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25, 101])
def test_thinning_keeps_the_end(count):
    values = list(range(count))
    thin = thinned(values, 10)
    assert len(thin) <= 11
    assert list(thin[-1:]) == values[-1:]
    assert list(thin) == sorted(thin)


def test_series_and_their_scale():
    snapshot = snapshot_of(run("a"), run("b", curves=Curves()))
    (series,) = all_series(snapshot, Choice(smoothing=0.5))
    assert (series.key, series.x, series.y) == ("a", (1, 3), (3, 1))
    assert len(series.smooth) == 2
    assert all(map(math.isfinite, series.smooth))
    assert scale_of([series], False) == LINEAR
    assert scale_of([series], True) == LOG
    signed = all_series(snapshot, Choice(statistic="Progress/augment_p"))
    assert scale_of(signed, True) == SYMLOG


def test_sheets_side_by_side():
    a, b = run("a", kimgs=(0, 10, 20)), run("b", kimgs=(5, 15))
    moments = timelapse.moments([a, b])
    assert moments == [0, 5, 10, 15, 20]
    assert [timelapse.sheet_at(r, 12) for r in (a, b)] == [a.samples[1], b.samples[0]]
    assert timelapse.sheet_at(b, 3) is None
    assert timelapse.sheet_at(a, None) == a.samples[-1]


def test_the_end_of_the_slider_follows_what_comes():
    assert timelapse.at_position([0, 5, 10], 2) is None
    assert timelapse.at_position([0, 5, 10], 1) == 5
    assert timelapse.at_position([], 0) is None
    assert timelapse.position([0, 5, 10], None) == 2
    assert timelapse.position([0, 5, 10], 7) == 1
    assert timelapse.position([5, 10], 0) == timelapse.position([], None) == 0


def test_pictures_are_laid_out_as_large_as_possible():
    assert timelapse.best_columns(1, (500, 300), 1.0, 20) == 1
    assert timelapse.best_columns(4, (800, 200), 1.0, 20) == 4
    assert timelapse.best_columns(4, (400, 460), 1.0, 20) == 2
    assert timelapse.best_columns(3, (100, 900), 1.0, 20) == 1


def test_what_is_remembered(tmp_path):
    file = tmp_path / "config" / "monitor.json"
    assert memory.load(file) == memory.Memory()
    choice = Choice(statistic="x", smoothing=0.3, log=True, axis="hours", shown=frozenset("a"))
    kept = memory.Memory((900, 700), 1.5, choice)
    memory.save(file, kept)
    loaded = memory.load(file)
    assert (loaded.size, loaded.scale) == ((900, 700), 1.5)
    assert loaded.choice == Choice(statistic="x", smoothing=0.3, log=True, axis="hours")
    assert memory.rescaled(loaded, 3.0).size == (1800, 1400)
    for text in ("", "[]", "{}", '{"size": 3}', '{"size": [1, 2], "scale": 1, "choice": []}'):
        file.write_text(text)
        assert memory.load(file) == memory.Memory()
    file.unlink()
    file.mkdir()
    memory.save(file, kept)  # in the way of nobody


@pytest.mark.parametrize(
    "secs, text",
    [
        (None, "–"),
        (-3, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (130, "2 min 10 s"),
        (3 * 3600 + 720, "3 h 12 min"),
        (2 * 86400 + 3 * 3600, "2 d 3 h"),
    ],
)
def test_durations(secs, text):
    assert words.duration(secs) == text


def test_numbers():
    assert words.kimg(1204.0, 25000) == "1 204.0 / 25 000"
    assert words.kimg(0.008, 0.024) == "0.0 / 0.02"
    assert [words.speed(v) for v in (None, 0.1234, 10.53, 1234.5)] == ["–", "0.123", "10.5", "1234"]
    assert [words.plural(n, "run") for n in (0, 1, 2)] == ["0 runs", "1 run", "2 runs"]
    assert words.shortened("00001-stylegan2", 8) == "00001-s…"
    assert words.shortened("short", 8) == "short"
