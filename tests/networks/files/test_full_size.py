"""A file of published width: time and memory of reading it, at the protocols that differ most."""

from pathlib import Path

import pytest

from networks.model import create_model
from tests.networks.files.fixture_writer import dumps, snapshot

promises = pytest.importorskip("tests.networks.files.promises", reason="platform: POSIX limits")


@pytest.mark.slow
@pytest.mark.parametrize("protocol", [2, 4])
def test_a_full_size_file_is_read_within_the_promised_time_and_memory(
    protocol: int, tmp_path: Path
) -> None:
    data = dumps(snapshot(create_model("stylegan2", resolution=128, randomise=True)), protocol)
    assert len(data) > 250 << 20
    assert promises.Watch(data, tmp_path).check(data) == ("loaded", None)
