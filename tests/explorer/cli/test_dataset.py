"""`dataset` as people type it."""

import json

import pytest

from explorer.cli import main
from tests.train.data.zoo import broken_files, fill, image, saved
from train.data.dataset import Dataset


@pytest.fixture
def zoo(tmp_path):
    return fill(tmp_path / "zoo", broken_files())


def test_a_folder_becomes_a_data_set_and_its_problems_are_told(zoo, tmp_path, capsys):
    out = tmp_path / "out.zip"

    assert main(["dataset", str(zoo), str(out), "--resolution", "32", "--crop", "fit"]) == 0
    told = capsys.readouterr()
    assert "narrow.png: only 3 px wide (left out)" in told.out
    assert "good.png: exact duplicate of copy.png (left out)" in told.out
    assert "cmyk.jpg: CMYK, made for printing (converted to RGB" in told.out
    assert "pictures will be used, 32 x 32, RGB" in told.out
    assert "out.zip: " in told.err
    with Dataset(out) as data:
        assert data.shape.resolution == 32
        for index in range(len(data)):
            data.read(index)


def test_the_doctor_alone_as_json(zoo, capsys):
    assert main(["dataset", str(zoo), "--doctor-only", "--json", "--resolution", "64"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert report["kept"] < report["total"]
    assert {"name", "problem", "reason", "action", "other"} == set(report["findings"][0])


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["FOLDER"], "Name the file to write"),
        (["FOLDER", "out.zip", "--resolution", "100"], "power of two"),
        (["FOLDER", "out.zip", "--crop", "round"], "crop must be one of centre"),
        (["FOLDER", "out.zip", "--background", "red"], "must be a colour"),
        (["FOLDER", "out.zip", "--count", "5"], "demonstration sets"),
        (["FOLDER", "out.zip", "--labels", "json"], "has no dataset.json"),
        (["FOLDER", "out.zip", "--threads", "0"], "at least 1"),
        (["FOLDER", "out.png"], "must end in .zip"),
        (["gone", "out.zip"], "gone does not exist"),
        (["demo:gone", "out.zip"], "no demonstration set demo:gone"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, capsys, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    folder = fill(tmp_path / "set", {f"{i}.png": saved(image(i)) for i in range(2)})

    assert main(["dataset", *(str(folder) if a == "FOLDER" else a for a in arguments)]) == 1
    told = capsys.readouterr().err.strip().splitlines()
    assert words in told[-1]
    assert not (tmp_path / "out.zip").exists()


def test_american_spelling_is_understood(tmp_path, capsys):
    folder = fill(tmp_path / "set", {"a.png": saved(image(1))})

    assert main(["dataset", str(folder), "--doctor-only", "--crop", "center"]) == 0
