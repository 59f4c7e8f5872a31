"""Cut-off and changed copies: each ends in a sentence or in a model equal to the file's bytes.

The same changes by the ten thousand: `python main.py fuzz`.
"""

from pathlib import Path

import pytest

from tests.networks.files.breaking import Breaker
from tests.networks.files.fixtures import content, golden_or_own

promises = pytest.importorskip("tests.networks.files.promises", reason="platform: POSIX limits")

COPIES = (
    range(150),
    pytest.param(range(150, 500), marks=pytest.mark.slow),
)  # of each file
CUTS = 200


@pytest.mark.parametrize("model", golden_or_own())
def test_every_cut_off_file_is_refused(model: str, tmp_path: Path) -> None:
    data = content(model)
    watch = promises.Watch(data, tmp_path)
    for cut in range(CUTS):
        outcome, problem = watch.check(data[: len(data) * cut // CUTS])
        assert problem is None, f"cut {cut}: {problem}"
        assert outcome.endswith("Error"), f"cut {cut} of {CUTS} was {outcome}"
    assert watch.check(data) == ("loaded", None)


@pytest.mark.parametrize("copies", COPIES, ids=str)
@pytest.mark.parametrize("model", golden_or_own())
def test_changed_copies_are_refused_or_read_as_they_are(
    model: str, copies: range, tmp_path: Path
) -> None:
    data = content(model)
    breaker, watch = Breaker(data, seed=1), promises.Watch(data, tmp_path)
    outcomes = []
    for index in copies:
        outcome, problem = watch.check(breaker.copy(index))
        assert problem is None, f"copy {index}: {problem}"
        outcomes.append(outcome)
    assert outcomes.count("loaded") < len(copies), "no copy was broken"
    assert len(set(outcomes)) > 1, "no copy survived: the changes miss the weights"


def test_broken_copies_depend_on_seed_and_index_only() -> None:
    data = content("stylegan2")
    copies = [Breaker(data, seed).copy(index) for seed in (0, 1) for index in (0, 1)]
    assert copies == [Breaker(data, seed).copy(index) for seed in (0, 1) for index in (0, 1)]
    assert len(set(copies)) == 4
