"""`python main.py train`: options for every field, refusals, a run followed to its end."""

import json

import pytest

from explorer import cli
from tests.test_architecture import first_to_bring
from tests.train.tiny import TINY, write_zip
from train.runs import list_runs, read_config, read_status

OPTIONS = [
    word for name, value in TINY.items() for word in (f"--{name.replace('_', '-')}", str(value))
]


def test_readers_and_launcher_bring_no_torch():
    modules = ["runs", "launcher", "control", "config", "presets", "checks", "start", "data_set"]

    assert first_to_bring("torch", [f"train.{name}" for name in modules]) == ""


def test_a_dry_run_prints_the_configuration_and_makes_nothing(tmp_path, capsys):
    data = write_zip(tmp_path / "d.zip")
    code = cli.main(["train", "--data", str(data), *OPTIONS, "--gamma", "0.5", "--dry-run"])

    printed = capsys.readouterr()
    config = json.loads(printed.out)
    assert code == 0
    assert (config["gamma"], config["resolution"], config["map_depth"]) == (0.5, 8, 2)
    assert "Memory: about" in printed.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.zip"]


def test_impossible_is_one_sentence(tmp_path, capsys):
    data = write_zip(tmp_path / "d.zip")
    for words, sentence in (
        (["--data", str(data), "--outdir", "x", "--batch", "3", "--gpus", "2"], "batch 3 cannot"),
        (["--data", str(tmp_path / "no.zip"), "--outdir", "x"], "no data set"),
        (["--outdir", "x"], "--data"),
        (["--data", str(data)], "--outdir"),
        (["--resume", str(tmp_path)], "not the folder of a run"),
    ):
        assert cli.main(["train", *words]) == 1
        assert sentence in capsys.readouterr().err


def test_a_run_is_made_followed_and_continued(tmp_path, capsys):
    data = write_zip(tmp_path / "d.zip")
    runs = tmp_path / "runs"
    words = ["--data", str(data), *OPTIONS, "--kimg", "0.016", "--tick-kimg", "0.008"]
    assert cli.main(["train", *words, "--outdir", str(runs)]) == 0
    (run,) = list_runs(runs)
    assert str(run) in capsys.readouterr().out
    assert read_status(run).state == "finished"

    assert cli.main(["train", "--resume", str(run), "--kimg", "0.024"]) == 0
    printed = capsys.readouterr().err
    assert "bit-exact" in printed
    assert read_status(run).cur_kimg == 0.024
    config = read_config(run)
    assert config is not None
    assert config.kimg == 0.024


def test_help_lists_every_group(capsys):
    with pytest.raises(SystemExit):
        cli.main(["train", "--help"])

    text = capsys.readouterr().out
    assert "Losses and regularisation" in text
    assert "--pl-weight" in text
