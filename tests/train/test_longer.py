"""A finished run goes on for longer, exactly; what it wrote within one kimg keeps its own name."""

from __future__ import annotations

import pytest

from explorer.app.training_reader import command_of
from tests.train.test_resume import final_tensors, same
from tests.train.tiny import finish, make_run
from train import runs
from train.errors import ConfigError, RunError
from train.layout import SNAPSHOTS, number_of, sample_name, snapshot_name
from train.start import change_run


@pytest.mark.slow
def test_a_finished_run_goes_on_for_longer_at_the_same_state(tmp_path):
    fields = {"pl_weight": 2.0, "snapshot_kimg": 0.008}
    straight = make_run(tmp_path / "straight", **fields, kimg=0.04)
    run = make_run(tmp_path / "longer", **fields, kimg=0.016)
    for folder in (straight, run):
        finish(folder)
    assert runs.read_status(run).state == "finished"
    with pytest.raises(RunError, match=r"kimg 0.016 leaves nothing to do: .* has reached 0.016"):
        change_run(run, {})
    with pytest.raises(RunError, match=r"kimg 0.01 leaves nothing to do"):
        change_run(run, {"kimg": 0.01})
    with pytest.raises(ConfigError, match="kimg"):
        change_run(run, {"kimg": float("inf")})

    change_run(run, {"kimg": 0.04})

    status, config = runs.read_status(run), runs.read_config(run)
    assert config is not None
    assert (status.state, status.total_kimg, config.kimg) == ("stopped", 0.04, 0.04)
    assert "--kimg 0.04" in command_of(run)
    finish(run)
    assert same(final_tensors(run)[0], final_tensors(straight)[0])
    assert "bit-exact" in runs.read_status(run).notes[-1]
    # Every snapshot that was announced is there: five within one kimg.
    assert [kimg for kimg, _ in runs.list_snapshots(run)] == [0.008, 0.016, 0.024, 0.032, 0.04]
    names = [path.name for path in sorted((run / SNAPSHOTS).iterdir())]
    assert names == [snapshot_name(count) for count in (8, 16, 24, 32, 40)]


def test_names_say_kimg_and_are_never_those_of_another():
    assert snapshot_name(12_000) == "network-snapshot-000012.safetensors"
    assert snapshot_name(12_345) == "network-snapshot-000012.345.safetensors"
    assert sample_name(12_005) == "fakes000012.005.png"
    counts = (0, 5, 999, 1000, 1001, 1234567, 1_000_000_008)
    assert len({snapshot_name(count) for count in counts}) == len(counts)
    for count in counts:
        assert number_of(snapshot_name(count)) == count / 1000
        assert number_of(sample_name(count)) == count / 1000
    assert number_of("network-snapshot-000012.34.safetensors") is None
