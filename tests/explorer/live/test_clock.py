"""Which frame shows which picture, for any rate and any times."""

import bisect
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.live.backlog import Backlog
from explorer.live.clock import FrameClock
from explorer.video.plan import rate_of

RATES = st.sampled_from([rate_of(fps) for fps in (10, 23.976, 25, 29.97, 30, 50, 59.94, 60)])
STARTS = st.floats(0, 1e6)
TIMES = st.lists(st.floats(0, 20), max_size=60).map(sorted)


@given(RATES, STARTS, st.floats(0, 1e5))
def test_a_duration_has_its_frames(rate, start, secs):
    count = FrameClock(rate, start).frames_before(start + secs)
    exact = Fraction(start + secs) - Fraction(start)  # floats near `start` are coarser than `secs`
    assert abs(count - int(exact * rate)) <= 1


@given(RATES, STARTS, TIMES)
def test_each_frame_shows_the_newest_picture_that_was_there(rate, start, times):
    clock = FrameClock(rate, start)
    shown = [start, *(start + secs for secs in times)]
    backlog = Backlog(1000)
    for number, secs in enumerate(shown):
        backlog.put(clock.frames_before(secs), lambda n=number: n)
    assert backlog.dropped == 0

    frames: list[int] = []
    while backlog.next is not None:
        number = backlog.take().fetch()
        until = backlog.next.first if backlog.next else clock.frames_before(shown[-1] + 1)
        frames += [number] * (until - len(frames))

    exact = [Fraction(secs) for secs in shown]
    expected = [bisect.bisect_right(exact, exact[0] + n / rate) - 1 for n in range(len(frames))]
    assert [shown[number] for number in frames] == [shown[number] for number in expected]


@pytest.mark.parametrize("fps", [29.97, 59.94])
def test_ten_hours_do_not_drift(fps):
    rate = rate_of(fps)
    clock = FrameClock(rate, 123456.789)
    frames = 36_000 * 30  # 29.97: of a bit more than ten hours
    assert clock.frames_before(123456.789 + float(frames / rate) + 1e-6) == frames + 1
    assert clock.secs_of(frames) - 123456.789 == pytest.approx(float(frames / rate), abs=1e-9)


@given(st.integers(1, 5), st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=40))
def test_few_pictures_wait_and_the_newest_is_always_among_them(limit, moves):
    backlog, first, lost, taken = Backlog(limit), 0, 0, 0
    for put, (step, takes) in enumerate(moves, 1):
        first += step
        backlog.put(first, lambda: np.zeros((1, 1, 4), np.uint8))
        newest = list(backlog._waiting)[-1]
        assert len(backlog._waiting) <= limit
        assert newest.first == first
        firsts = [each.first for each in backlog._waiting]
        assert firsts == sorted(set(firsts))
        if takes:
            backlog.take()
            taken += 1
        lost = put - taken - len(backlog._waiting)
    assert 0 <= backlog.dropped <= lost
