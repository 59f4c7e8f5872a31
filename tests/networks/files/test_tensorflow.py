"""Pickles of the TensorFlow releases: told apart from damaged files, and nothing in them runs."""

from pathlib import Path

import pytest

from networks.checkpoint import load_model
from networks.errors import UnsupportedModelError
from tests.golden import golden_dir, require_golden

promises = pytest.importorskip("tests.networks.files.promises", reason="platform: POSIX limits")


def names() -> list[str]:
    folder = golden_dir()
    found = [] if folder is None else (folder / "tensorflow").glob("*.pkl")
    return sorted(path.stem for path in found) or ["stylegan1_r32"]


@pytest.mark.parametrize("name", names())
def test_tensorflow_files_are_refused_with_what_to_do(name: str) -> None:
    path: Path = require_golden() / "tensorflow" / f"{name}.pkl"
    budget = 4 * path.stat().st_size + 200 * promises.MEGABYTE
    with (
        promises.canary() as seen,
        promises.limits(budget),
        pytest.raises(UnsupportedModelError) as caught,
    ):
        load_model(path)
    assert not seen
    assert str(caught.value) == (
        f"{name}.pkl: it holds networks saved by the TensorFlow releases, which cannot be read "
        "yet; look for the PyTorch version of this model"
    )
