"""With previews: one for every request that is taken, the exact picture when the hand rests."""

import threading

import pytest

from explorer.render.engine import Superseded
from explorer.request import RenderResult
from tests.explorer.test_worker import Desk, for_seed


@pytest.fixture
def desk():
    desk = Desk()
    desk.engine.has_previews = True
    desk.worker.start()
    yield desk
    if desk.engine.gate is not None:
        desk.engine.gate.set()
    assert desk.worker.close(10)


def pictures(desk):
    return [(r.request.latent.seed, r.exact) for r in desk.reports if isinstance(r, RenderResult)]


def test_a_preview_comes_first_and_the_exact_picture_after_it(desk):
    desk.worker.submit(for_seed(3))
    desk.idle()
    assert pictures(desk) == [(3, False), (3, True)]
    desk.worker.submit(for_seed(3))
    desk.idle()
    assert len(pictures(desk)) == 2  # the exact one has answered


def test_an_exact_picture_gives_way_once_its_preview_was_shown(desk):
    """While requests keep coming each has its preview: never is nothing new shown."""
    desk.engine.gate = gate = threading.Event()
    desk.worker.submit(for_seed(1))
    desk.until(lambda desk: (1, False) in pictures(desk))
    assert desk.engine.entered.wait(10)
    assert desk.worker.rendering
    desk.worker.submit(for_seed(2))
    gate.set()
    desk.idle()
    assert pictures(desk) == [(1, False), (2, False), (2, True)]


def test_without_a_preview_the_picture_is_finished(desk):
    desk.engine.has_previews = False
    desk.engine.gate = gate = threading.Event()
    desk.worker.submit(for_seed(1))
    assert desk.engine.entered.wait(10)
    desk.worker.submit(for_seed(2))
    gate.set()
    desk.idle()
    assert pictures(desk) == [(1, True), (2, True)]


def test_back_to_the_exact_picture_from_a_preview_renders_nothing(desk):
    desk.worker.submit(for_seed(1))
    desk.idle()
    desk.engine.gate = gate = threading.Event()
    desk.engine.entered.clear()
    desk.worker.submit(for_seed(2))
    assert desk.engine.entered.wait(10)
    desk.worker.submit(for_seed(1))
    gate.set()
    desk.idle()
    assert pictures(desk) == [(1, False), (1, True), (2, False)]


def test_an_answer_that_is_forgotten_is_given_again_but_an_error_is_not(desk, monkeypatch):
    desk.worker.submit(for_seed(1))
    desk.idle()
    desk.worker.forget()
    desk.worker.submit(for_seed(1))
    desk.idle()
    assert pictures(desk) == 2 * [(1, False), (1, True)]

    def fails(request, keep_going):
        raise ValueError("psi is broken")

    monkeypatch.setattr(desk.engine, "render", fails)
    desk.worker.submit(for_seed(2))
    desk.idle()
    before = len(desk.reports)
    desk.worker.forget()
    desk.worker.submit(for_seed(2))
    desk.idle()
    assert len(desk.reports) == before


def test_an_error_of_a_preview_is_a_value(desk, monkeypatch):
    def fails(request, keep_going):
        raise ValueError("psi is broken")

    monkeypatch.setattr(desk.engine, "preview", fails)
    desk.worker.submit(for_seed(1))
    desk.idle()
    (result,) = [r for r in desk.reports if isinstance(r, RenderResult)]
    assert result.error.message == "ValueError: psi is broken"


def test_progress_is_told_while_a_picture_grows_and_the_window_is_woken(desk):
    seen, go = [], threading.Event()
    real = desk.engine.render

    def render(request, keep_going):
        for share in (0.25, 0.5):
            desk.engine.progress = share
            desk.woken.clear()
            if not keep_going():
                raise Superseded
            seen.append((desk.worker.progress, desk.woken.is_set()))
            threading.Event().wait(0.06)
        assert go.wait(10)
        return real(request, keep_going)

    desk.engine.render = render
    assert desk.worker.progress is None
    desk.worker.submit(for_seed(1))
    go.set()
    desk.idle()
    assert [share for share, _ in seen] == [0.25, 0.5]
    assert seen[1][1]
    assert desk.worker.progress is None


def test_a_picture_ahead_has_no_preview_and_gives_way_at_once(desk):
    desk.engine.gate = gate = threading.Event()
    desk.worker.submit(for_seed(7), ahead=True)
    assert desk.engine.entered.wait(10)
    assert desk.worker.busy
    assert not desk.worker.rendering
    assert desk.worker.progress is None
    desk.worker.submit(for_seed(8), ahead=True)  # another one is no hurry
    desk.worker.submit(for_seed(2))
    assert desk.worker.rendering
    gate.set()
    desk.idle()
    assert pictures(desk) == [(2, False), (2, True)]


def test_pictures_ahead_follow_each_other_and_one_that_is_waited_for_is_finished(desk):
    desk.engine.gate = gate = threading.Event()
    desk.worker.submit(for_seed(7), ahead=True)
    assert desk.engine.entered.wait(10)
    desk.worker.submit(for_seed(8), ahead=True)
    gate.set()
    desk.idle()
    assert pictures(desk) == [(7, True), (8, True)]
    desk.engine.gate = gate = threading.Event()
    desk.engine.entered.clear()
    desk.worker.submit(for_seed(9), ahead=True)
    assert desk.engine.entered.wait(10)
    desk.worker.submit(for_seed(9))  # the playhead has come to it
    assert desk.worker.rendering
    gate.set()
    desk.idle()
    assert pictures(desk)[2:] == [(9, True)]
