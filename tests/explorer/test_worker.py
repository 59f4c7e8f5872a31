"""Newest wins, errors are values, jobs wait, and a long call never holds the window."""

import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from explorer.arrays import ArrayStore
from explorer.errors import UserError
from explorer.messages import ExportActivation, JobUpdate, LoadModel, RenderGrid
from explorer.render.job_labels import error_sentence
from explorer.render.worker import Worker
from explorer.request import RenderResult, request_from
from explorer.settings import Grid, ModelRef, seed_latent
from tests.fakes import FakeEngine, tiny_settings

REQUEST = request_from(tiny_settings())
assert REQUEST is not None
GRID_JOB = RenderGrid(REQUEST, Grid(2, 2))


def for_seed(seed, **changes):
    return replace(REQUEST, latent=seed_latent(seed), **changes)


class Desk:
    """A worker with a fake engine, and everything it has reported."""

    def __init__(self):
        self.engine = FakeEngine()
        self.woken = threading.Event()
        self.worker = Worker(ArrayStore(), self.woken.set, engine=lambda: self.engine)
        self.reports = []

    def until(self, happened, timeout_secs=10):
        """Poll like a window until `happened(self)`."""
        end = time.monotonic() + timeout_secs
        while not happened(self):
            assert time.monotonic() < end, self.reports
            self.woken.wait(0.02)
            self.woken.clear()
            self.reports += self.worker.poll()

    def idle(self):
        self.until(lambda desk: not desk.worker.busy)
        self.reports += self.worker.poll()

    @property
    def seeds(self):
        return [r.request.latent.seed for r in self.reports if isinstance(r, RenderResult)]

    def states(self, job_id):
        return [r.state for r in self.reports if isinstance(r, JobUpdate) and r.job_id == job_id]


@pytest.fixture
def desk():
    desk = Desk()
    desk.worker.start()
    yield desk
    if desk.engine.gate is not None:
        desk.engine.gate.set()
    assert desk.worker.close(10)


def hold(desk):
    """Make the engine wait from now on; return once it does, in the render of seed 0."""
    desk.engine.gate = threading.Event()
    desk.worker.submit(for_seed(0))
    assert desk.engine.entered.wait(10)
    return desk.engine.gate


def test_newest_request_wins_and_the_running_one_is_finished(desk):
    gate = hold(desk)
    for seed in range(1, 10):
        desk.worker.submit(for_seed(seed))
    gate.set()
    desk.idle()
    assert desk.seeds == [0, 9]
    assert desk.engine.thread_name == "render"


def test_equal_request_renders_nothing(desk):
    for _ in range(3):
        desk.worker.submit(for_seed(4))
        desk.idle()
    assert desk.seeds == [4]
    assert len(desk.engine.rendered) == 1


def test_going_back_to_the_picture_on_the_screen_renders_nothing(desk):
    gate = hold(desk)
    desk.worker.submit(for_seed(1))
    desk.worker.submit(for_seed(0))
    gate.set()
    desk.idle()
    assert desk.seeds == [0]


def test_another_model_stops_the_running_render(desk):
    gate = hold(desk)
    other = ModelRef("other.pkl", "cd" * 32)
    desk.worker.submit(for_seed(1, model=other))
    gate.set()
    desk.idle()
    assert desk.seeds == [1]
    desk.worker.submit(for_seed(0))
    desk.idle()
    assert desk.seeds == [1, 0]


def test_error_comes_back_once_as_a_value_and_work_goes_on(desk):
    desk.engine.error = UserError("cutoff must be in [0, 14], got 18")
    for _ in range(3):
        desk.worker.submit(for_seed(1))
        desk.idle()
    (failed,) = [r for r in desk.reports if isinstance(r, RenderResult)]
    assert failed.error is not None
    assert failed.error.message == "cutoff must be in [0, 14], got 18"
    assert "Traceback" in failed.error.details
    assert failed.request == for_seed(1)
    desk.engine.error = None
    desk.worker.submit(for_seed(2))
    desk.idle()
    assert desk.seeds == [1, 2]
    assert desk.reports[-1].error is None


def test_an_engine_that_cannot_start_answers_everything_with_why():
    def broken():
        raise ImportError("no torch here")

    worker = Worker(ArrayStore(), lambda: None, engine=broken)
    worker.start()
    worker.submit(REQUEST)
    job_id = worker.enqueue(LoadModel("a.pkl"))
    reports = []
    end = time.monotonic() + 10
    while worker.busy and time.monotonic() < end:
        time.sleep(0.01)
    reports = worker.poll()
    (result,) = [r for r in reports if isinstance(r, RenderResult)]
    assert "no torch here" in result.error.message
    last = [r for r in reports if isinstance(r, JobUpdate)][-1]
    assert (last.job_id, last.state) == (job_id, "failed")
    assert worker.close(10)


def test_job_reports_progress_with_an_estimate_and_its_outcome(desk):
    job_id = desk.worker.enqueue(GRID_JOB)
    desk.idle()
    assert desk.states(job_id) == ["waiting", "running", *["running"] * 3, "done"]
    updates = [r for r in desk.reports if isinstance(r, JobUpdate)]
    assert [u.done for u in updates] == [0, 0, 1, 2, 3, 3]
    assert updates[2].eta_secs is not None
    assert updates[2].eta_secs >= 0
    assert updates[4].eta_secs == 0
    assert updates[-1].outcome == "all done"
    assert updates[0].label == "Rendering the grid"


def test_jobs_wait_while_a_request_waits(desk):
    gate = hold(desk)
    job_id = desk.worker.enqueue(GRID_JOB)
    desk.engine.entered.clear()
    gate.set()
    desk.engine.gate = gate = threading.Event()
    assert desk.engine.entered.wait(10)  # the job's first unit holds
    desk.worker.submit(for_seed(5))
    gate.set()
    desk.idle()
    first = f"job {job_id} unit 0"
    assert desk.engine.log.index("render 5") == desk.engine.log.index(first) + 1
    assert desk.states(job_id)[-1] == "done"


def test_no_unit_runs_between_requests_that_follow_each_other(desk, monkeypatch):
    real = desk.engine.render

    def render(request, keep_going):
        if request.latent.seed < 5:
            desk.worker.submit(for_seed(request.latent.seed + 1))
        return real(request, keep_going)

    monkeypatch.setattr(desk.engine, "render", render)
    gate = hold(desk)
    job_id = desk.worker.enqueue(GRID_JOB)
    gate.set()
    desk.idle()
    renders = [f"render {seed}" for seed in range(6)]
    assert desk.engine.log[:7] == [*renders, f"job {job_id} unit 0"]


def done_between_endless_requests(desk, monkeypatch):
    """Let a request wait at all times until a job's last unit has run; return the job's number."""
    real, job_id = desk.engine.render, 0

    def render(request, keep_going):
        if f"job {job_id} unit {desk.engine.units_per_job - 1}" not in desk.engine.log:
            desk.worker.submit(for_seed(request.latent.seed + 1))  # the next one waits already
        time.sleep(0.01)
        return real(request, keep_going)

    monkeypatch.setattr(desk.engine, "render", render)
    gate = hold(desk)
    job_id = desk.worker.enqueue(GRID_JOB)
    gate.set()
    desk.until(lambda desk: "done" in desk.states(job_id))
    return job_id


def test_a_job_goes_on_now_and_then_where_requests_never_end(desk, monkeypatch):
    monkeypatch.setattr("explorer.render.job_queue.JOB_SECS", 0.05)
    monkeypatch.setattr("explorer.render.worker.JOB_SLICE_SECS", (0.0, 0.0))
    job_id = done_between_endless_requests(desk, monkeypatch)
    log = desk.engine.log
    places = [log.index(f"job {job_id} unit {n}") for n in range(3)]
    starts = [log.index("render 1"), *places]
    for start, end in zip(starts, places, strict=False):
        assert sum(line.startswith("render") for line in log[start:end]) >= 2


def test_a_job_of_many_small_units_gets_a_share_of_the_time(desk, monkeypatch):
    monkeypatch.setattr("explorer.render.job_queue.JOB_SECS", 0.05)
    desk.engine.units_per_job = 200
    done_between_endless_requests(desk, monkeypatch)
    renders = sum(line.startswith("render") for line in desk.engine.log)
    assert 1 < renders < 100


def test_cancelling_a_waiting_and_a_running_job(desk):
    gate = hold(desk)
    first, second = desk.worker.enqueue(GRID_JOB), desk.worker.enqueue(LoadModel("a.pkl"))
    desk.worker.cancel(second)
    desk.engine.entered.clear()
    gate.set()
    desk.engine.gate = gate = threading.Event()
    assert desk.engine.entered.wait(10)
    desk.worker.cancel(first)
    desk.worker.cancel(first)
    gate.set()
    desk.idle()
    assert desk.states(second) == ["waiting", "cancelled"]
    assert desk.states(first)[-1] == "cancelled"
    assert desk.states(first).count("cancelled") == 1
    assert f"job {first} closed" in desk.engine.log
    assert not any(line.startswith(f"job {second}") for line in desk.engine.log)


def test_a_newer_job_of_a_kind_replaces_older_ones(desk):
    gate = hold(desk)
    old = desk.worker.enqueue(GRID_JOB, replace_kind=True)
    other = desk.worker.enqueue(LoadModel("a.pkl"), replace_kind=True)
    new = desk.worker.enqueue(GRID_JOB, replace_kind=True)
    gate.set()
    desk.idle()
    assert desk.states(old)[-1] == "cancelled"
    assert desk.states(other)[-1] == "done"
    assert desk.states(new)[-1] == "done"


def test_a_failing_job_reports_why_and_the_next_one_runs(desk, monkeypatch):
    real = desk.engine.units

    def units(job_id, job, keep_going):
        if isinstance(job, LoadModel):
            raise FileNotFoundError(2, "No such file or directory", "/home/someone/a.pkl")
        return real(job_id, job, keep_going)

    monkeypatch.setattr(desk.engine, "units", units)
    failing = desk.worker.enqueue(LoadModel("/home/someone/a.pkl"))
    following = desk.worker.enqueue(GRID_JOB)
    desk.idle()
    assert desk.states(failing)[-1] == "failed"
    assert desk.states(following)[-1] == "done"
    (failed,) = [r for r in desk.reports if isinstance(r, JobUpdate) and r.error is not None]
    assert failed.error.message == "a.pkl: No such file or directory"


def test_running_out_of_memory_is_a_sentence():
    import torch

    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60)
    assert error_sentence(caught.value).startswith("There is not enough memory")
    assert error_sentence(KeyError("x")) == "KeyError: 'x'"


def test_close_gives_up_on_a_stuck_thread_within_its_timeout():
    desk = Desk()
    desk.worker.start()
    gate = hold(desk)
    started = time.monotonic()
    assert not desk.worker.close(0.2)
    assert time.monotonic() - started < 2
    gate.set()
    assert desk.worker.close(10)
    assert desk.worker.poll() == []


def test_close_runs_the_clean_up_of_a_job_in_the_middle():
    desk = Desk()
    desk.engine.gate = threading.Event()
    desk.worker.start()
    job_id = desk.worker.enqueue(ExportActivation(REQUEST, "a.npz"))
    assert desk.engine.entered.wait(10)
    threading.Timer(0.1, desk.engine.gate.set).start()
    assert desk.worker.close(10)
    assert f"job {job_id} closed" in desk.engine.log


def test_closing_a_worker_that_never_started():
    assert Worker(ArrayStore(), lambda: None, engine=FakeEngine).close(1)


def test_importing_the_worker_does_not_import_torch():
    import subprocess

    code = "import sys, explorer.render.worker, explorer.png; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


class _LongCall(FakeEngine):
    """Spends seconds inside one call of torch, on as many threads as there are cores."""

    def render(self, request, keep_going):
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(max(2, before))
        a = torch.ones(4500, 4500)
        started = time.monotonic()
        a @ a
        self.call_secs = time.monotonic() - started
        torch.set_num_threads(before)
        return RenderResult(request, rgba=np.zeros((8, 8, 4), dtype=np.uint8))


def test_a_long_call_leaves_the_window_fluent():
    import torch  # noqa: F401  (its import is not what is measured)

    engine = _LongCall()
    worker = Worker(ArrayStore(), lambda: None, engine=lambda: engine)
    worker.start()
    worker.submit(REQUEST)
    late_ms = []
    while worker.busy:
        started = time.perf_counter()
        time.sleep(0.005)
        worker.poll()
        late_ms.append(1000 * (time.perf_counter() - started) - 5)
    assert worker.close(10)
    assert engine.call_secs > 0.5
    assert len(late_ms) > 50
    assert np.percentile(late_ms, 99) < 50
