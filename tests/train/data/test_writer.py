"""What is written can be read again, whole, by us and by others; or nothing is written."""

import json
import os
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.train.data.zoo import fill, image, noise, saved
from train.data.choices import ImportChoices
from train.data.dataset import Dataset
from train.data.doctor import examine
from train.data.sources import open_source
from train.data.writer import write_dataset
from train.errors import Cancelled, DataError

FILES = {
    f"{kind}/{i}.png": saved(image(10 * k + i)) for k, kind in enumerate("ab") for i in range(6)
}


def imported(what, out, **choices):
    options = {name: choices.pop(name) for name in ("on_progress", "cancelled") if name in choices}
    chosen = ImportChoices(**choices)
    with open_source(what, chosen) as source:
        report = examine(source, chosen, threads=2)
        return write_dataset(source, report, chosen, out, threads=2, **options)


def test_round_trip(tmp_path):
    written = imported(fill(tmp_path / "set", FILES), tmp_path / "new" / "out.zip")

    assert written.count == 12
    assert written.bytes == written.path.stat().st_size
    with Dataset(written.path) as data:
        assert (data.shape.resolution, data.shape.img_channels, data.shape.count) == (64, 3, 12)
        assert data.class_names == ("a", "b")
        assert data.labels is not None
        assert data.labels.tolist() == [[1, 0]] * 6 + [[0, 1]] * 6
        for index, name in enumerate(sorted(FILES)):
            seed = 10 * "ab".index(name[0]) + int(name[2])
            np.testing.assert_array_equal(data.read(index), noise(seed).transpose(2, 0, 1))


def test_the_form_is_the_one_others_read(tmp_path):
    path = imported(fill(tmp_path / "set", FILES), tmp_path / "out.zip").path

    with zipfile.ZipFile(path) as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        described = json.loads(archive.read("dataset.json"))
        assert described["labels"][:2] == [
            ["00000/img00000000.png", 0],
            ["00000/img00000001.png", 0],
        ]
        assert described["class_names"] == ["a", "b"]
        with archive.open("00000/img00000011.png") as file, Image.open(file) as opened:
            assert (opened.size, opened.mode) == ((64, 64), "RGB")
    without = imported(tmp_path / "set", tmp_path / "plain.zip", labels="none").path
    with zipfile.ZipFile(without) as archive:
        assert json.loads(archive.read("dataset.json")) == {"labels": None}


def test_equal_inputs_make_equal_bytes(tmp_path):
    folder = fill(tmp_path / "set", FILES)

    first = imported(folder, tmp_path / "1.zip", resolution=32).path.read_bytes()
    assert imported(folder, tmp_path / "2.zip", resolution=32).path.read_bytes() == first
    # What was written can be imported again without a change.
    again = imported(tmp_path / "1.zip", tmp_path / "3.zip", resolution=32)
    assert again.path.read_bytes() == first


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_kind_of_picture_arrives_as_it_is(tmp_path, channels):
    files = {f"{i}.png": saved(image(i, channels=channels)) for i in range(3)}
    path = imported(fill(tmp_path / "set", files), tmp_path / "out.zip").path

    with Dataset(path) as data:
        assert data.shape.img_channels == channels
        assert data.has_alpha == (channels in (2, 4))
        np.testing.assert_array_equal(data.read(1), noise(1, channels=channels).transpose(2, 0, 1))


def test_cancelling_leaves_nothing_and_keeps_what_was_there(tmp_path):
    folder, out = fill(tmp_path / "set", FILES), tmp_path / "out" / "out.zip"
    imported(folder, out)
    before = out.read_bytes()
    seen = []

    with pytest.raises(Cancelled):
        imported(folder, out, on_progress=seen.append, cancelled=lambda: len(seen) > 0)
    assert os.listdir(out.parent) == ["out.zip"]
    assert out.read_bytes() == before
    assert seen[0].total == 12


def test_a_picture_that_changed_meanwhile_leaves_nothing(tmp_path):
    folder, out = fill(tmp_path / "set", FILES), tmp_path / "out" / "out.zip"
    choices = ImportChoices()
    with open_source(folder, choices) as source:
        report = examine(source, choices)
        (folder / "b" / "3.png").unlink()
        with pytest.raises(DataError, match=r"b/3\.png changed meanwhile"):
            write_dataset(source, report, choices, out)
    assert os.listdir(out.parent) == []


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    import errno

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    folder, out = fill(tmp_path / "set", FILES), tmp_path / "out" / "out.zip"
    monkeypatch.setattr("networks.atomic.os.fsync", full)
    with pytest.raises(DataError, match=r"no space left on the disk for out\.zip"):
        imported(folder, out)
    assert os.listdir(out.parent) == []


def test_too_little_space_is_told_before_anything_is_written(tmp_path, monkeypatch):
    from types import SimpleNamespace

    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(DataError, match="needs about"):
        imported(fill(tmp_path / "set", FILES), tmp_path / "out.zip")


@pytest.mark.parametrize("out", ["out.png", "."])
def test_odd_targets_are_refused(tmp_path, out):
    folder = fill(tmp_path / "set", FILES)
    (tmp_path / "folder.zip").mkdir()

    with pytest.raises(DataError, match=r"must end in \.zip"):
        imported(folder, tmp_path / out)
    with pytest.raises(DataError, match="is a folder"):
        imported(folder, tmp_path / "folder.zip")
