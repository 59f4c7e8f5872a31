"""The second picture of a comparison: after the first, never for long, and never in its way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.errors import UserError
from explorer.messages import OtherResult
from explorer.render import worker as workers
from explorer.request import RenderRequest, RenderResult
from explorer.settings import ModelRef, seed_latent
from tests.explorer.test_worker import REQUEST, Desk

OTHER = ModelRef("other.safetensors", "cd" * 32, "/runs/other.safetensors")


def first(seed: int) -> RenderRequest:
    assert REQUEST is not None
    return replace(REQUEST, latent=seed_latent(seed))


def second(seed: int) -> RenderRequest:
    return replace(first(seed), model=OTHER)


@pytest.fixture
def desk():
    desk = Desk()
    desk.worker.start()
    yield desk
    if desk.engine.gate is not None:
        desk.engine.gate.set()
    assert desk.worker.close(10)


def others(desk: Desk) -> list[int]:
    found = [r.result for r in desk.reports if isinstance(r, OtherResult)]
    return [result.request.latent.seed for result in found]


def hold_others(desk: Desk) -> tuple[threading.Event, threading.Event]:
    """Make second pictures wait until the returned event is set; the other one says they do."""
    gate, entered = threading.Event(), threading.Event()

    def render_other(request: RenderRequest, keep_going: Callable[[], bool]) -> RenderResult:
        entered.set()
        assert gate.wait(20)
        return desk.engine.render(request, keep_going)

    desk.engine.render_other = render_other
    return gate, entered


def test_the_second_comes_after_the_first_and_once(desk):
    for _ in range(3):  # every frame asks
        desk.worker.submit(first(1))
        desk.worker.submit_other(second(1))
    desk.idle()
    assert [request.model == OTHER for request in desk.engine.rendered] == [False, True]
    assert (desk.seeds, others(desk)) == ([1], [1])
    assert not desk.worker.busy


def test_it_gives_way_to_the_first_but_not_for_ever(desk, monkeypatch):
    monkeypatch.setattr(workers, "OTHER_SECS", 3600.0)
    gate, entered = hold_others(desk)
    desk.worker.submit_other(second(1))
    assert entered.wait(10)
    desk.worker.submit(first(2))  # while the second one is under way
    desk.worker.submit_other(second(2))
    gate.set()
    desk.idle()
    assert [(r.model == OTHER, r.latent.seed) for r in desk.engine.rendered] == [
        (False, 2),
        (True, 2),
    ]  # the one given up was not finished
    monkeypatch.setattr(workers, "OTHER_SECS", 0.0)
    held = desk.engine.gate = threading.Event()
    desk.engine.entered.clear()
    desk.worker.submit(first(3))
    assert desk.engine.entered.wait(10)
    desk.worker.submit_other(second(4))
    desk.worker.submit(first(4))  # both wait: the second has waited for too long
    held.set()
    desk.idle()
    assert [(r.model == OTHER, r.latent.seed) for r in desk.engine.rendered[2:]] == [
        (False, 3),
        (True, 4),
        (False, 4),
    ]


def test_an_error_is_a_value_and_ends_nothing(desk):
    desk.engine.error = UserError("The snapshot is gone")
    desk.worker.submit_other(second(1))
    desk.idle()
    desk.engine.error = None
    (report,) = [r for r in desk.reports if isinstance(r, OtherResult)]
    assert report.result.error is not None
    assert report.result.error.message == "The snapshot is gone"
    desk.worker.submit_other(second(2))
    desk.idle()
    assert others(desk) == [1, 2]


def test_ending_the_comparison_gives_up_what_is_under_way(desk):
    gate, entered = hold_others(desk)
    desk.worker.submit_other(second(1))
    assert entered.wait(10)
    desk.worker.submit_other(None)
    gate.set()
    desk.idle()
    assert desk.engine.rendered == []
    for times in (1, 2):  # compared again: rendered again
        desk.worker.submit_other(second(1))
        desk.idle()
        assert others(desk) == [1] * times
        desk.worker.submit_other(None)
