"""The doctor names every file that cannot be used, and what will be done about the others."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.train.data.zoo import broken_files, fill, image, saved
from train.data.choices import ImportChoices
from train.data.doctor import examine
from train.data.report import PROBLEMS, Report
from train.data.sources import open_source
from train.errors import Cancelled, DataError

# file -> (problem, words of its reason, used)
EXPECTED = {
    "empty.png": ("truncated", "no bytes", False),
    "zeros.png": ("not-a-picture", "zeros", False),
    "text.png": ("not-a-picture", "no picture format", False),
    "page.jpg": ("not-a-picture", "web page", False),
    "vector.png": ("not-a-picture", "SVG", False),
    "notes.txt": ("not-a-picture", ".txt", False),
    "truncated.png": ("truncated", "cut off", False),
    "truncated.jpg": ("truncated", "cut off", False),
    "damaged.png": ("truncated", "damaged", False),
    "narrow.png": ("too-small", "only 3 px wide", False),
    "small.png": ("too-small", "only 12 x 12 px", False),
    "huge.png": ("too-large", "more pixels", False),
    "float.tif": ("deep", "floating-point", False),
    "blank.png": ("blank", "single colour", False),
    "good.png": ("duplicate", "copy.png", False),
    "recompressed.jpg": ("near-duplicate", "copy.png", True),
    "cmyk.jpg": ("cmyk", "printing", True),
    "animated.gif": ("animated", "2 frames", True),
    "deep.png": ("deep", "16 bits", True),
    "transparent.png": ("alpha-mismatch", "transparent", True),
    "grey.png": ("colour-mismatch", "grey", True),
    "turned.jpg": ("rotated", "turned", True),
    "wide.png": ("cropped", "300 x 64", True),
}


def report_on(what, **choices) -> Report:
    chosen = ImportChoices(**choices)
    with open_source(what, chosen) as source:
        return examine(source, chosen, threads=2)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = fill(tmp_path_factory.mktemp("zoo"), broken_files())
    return report_on(folder, resolution=64)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_problem_has_its_words(report, name):
    problem, words, used = EXPECTED[name]
    found = [item for item in report.findings if item.name == name and item.problem == problem]

    assert len(found) == 1, [item.sentence for item in report.findings if item.name == name]
    assert words in found[0].reason
    assert found[0].used == used
    assert found[0].action


def test_what_is_used_and_what_is_left_out_add_up(report):
    left_out = {item.name for item in report.findings if not item.used}

    assert left_out == {name for name, (_, _, used) in EXPECTED.items() if not used}
    assert report.usable == len(broken_files()) - len(left_out) - 1  # without .DS_Store
    assert report.total == report.usable + len(left_out)
    assert not any(item.name in ("good.jpg", ".DS_Store") for item in report.findings)


def test_every_problem_has_a_headline(report):
    assert {item.problem for item in report.findings} <= set(PROBLEMS)
    assert sum(len(found) for found in report.grouped().values()) == len(report.findings)


def test_the_report_is_plain_json_and_an_equal_one_comes_from_an_equal_folder(report, tmp_path):
    again = report_on(fill(tmp_path / report.source, broken_files()), resolution=64)

    assert again == report
    assert json.loads(json.dumps(report.to_json()))["kept"] == report.usable


def test_channels_follow_the_majority(tmp_path):
    def channels(name, pictures, **choices):
        files = {f"{i}.png": saved(picture) for i, picture in enumerate(pictures)}
        return report_on(fill(tmp_path / name, files), **choices).channels

    grey = [image(seed, channels=1) for seed in range(3)]
    colour = [image(seed) for seed in range(3, 6)]
    transparent = [image(seed, channels=4) for seed in range(6, 10)]
    assert channels("grey", grey) == 1
    assert channels("grey as rgb", [picture.convert("RGB") for picture in grey]) == 1
    assert channels("mixed", grey + colour[:1]) == 3
    assert channels("transparent", transparent + colour) == 4
    assert channels("mostly opaque", transparent[:2] + colour) == 3
    assert channels("asked", transparent, channels="grey") == 1
    assert channels("opaque", [p.convert("RGBA") for p in colour]) == 3


def test_near_duplicates_can_be_left_out_and_copies_kept(tmp_path):
    files = {
        "a.png": saved(image(1)),
        "b.png": saved(image(1)),
        "c.jpg": saved(image(1), "JPEG"),
        "d.png": saved(image(1).resize((128, 128))),
        "e.png": saved(image(2)),
    }
    folder = fill(tmp_path, files)

    assert report_on(folder).usable == 4
    assert report_on(folder, keep_near_duplicates=False).usable == 2
    assert report_on(folder, keep_duplicates=True).usable == 5
    others = {item.name: item.other for item in report_on(folder).findings}
    assert others["b.png"] == others["c.jpg"] == others["d.png"] == "a.png"


def test_different_pictures_of_the_same_layout_are_no_near_duplicates(tmp_path):
    base = np.asarray(image(1)).copy()
    files = {}
    for number in range(4):
        varied = base.copy()
        varied[20:40, 20:40] = (60 * number, 200 - 60 * number, 99)  # the face's shirt, say
        files[f"{number}.png"] = saved(Image.fromarray(varied))

    assert report_on(fill(tmp_path, files)).findings == ()


def test_the_suggested_resolution_hardly_enlarges(tmp_path):
    files = {f"{i}.png": saved(image(i, 150 + i, 200)) for i in range(10)}
    report = report_on(fill(tmp_path, files))

    assert report.suggested == report.resolution == 128
    assert report_on(tmp_path, crop="wide").suggested == 128
    assert {band.label: band.count for band in report.sizes} == {"128–255 px": 10}
    assert not report.counts()
    assert report_on(tmp_path, resolution=256).counts() == {"enlarged": 10}


def test_class_balance_and_missing_labels_are_told(tmp_path):
    files = {f"cat/{i}.png": saved(image(i)) for i in range(10)}
    files |= {"dog/1.png": saved(image(50)), "stray.png": saved(image(60))}
    report = report_on(fill(tmp_path, files))

    assert [(item.name, item.count) for item in report.classes] == [("cat", 10), ("dog", 1)]
    assert any("Unbalanced: cat has 10" in note for note in report.notes)
    assert [(item.name, item.problem) for item in report.findings] == [
        ("stray.png", "label-missing")
    ]


def test_a_copy_with_another_label_is_pointed_out(tmp_path):
    files = {
        "cat/1.png": saved(image(1)),
        "dog/1.png": saved(image(1)),
        "dog/2.png": saved(image(2)),
    }
    report = report_on(fill(tmp_path, files))

    assert "another label" in report.findings[0].reason


def test_nothing_usable_is_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"no picture that can be used: a\.png is empty"):
        report_on(fill(tmp_path, {"a.png": b""}))


def test_examining_can_be_stopped_and_tells_its_progress(tmp_path):
    folder = fill(tmp_path, {f"{i}.png": saved(image(i)) for i in range(20)})
    seen = []
    with open_source(folder) as source:
        examine(source, ImportChoices(), on_progress=seen.append)
        with pytest.raises(Cancelled):
            examine(source, ImportChoices(), cancelled=lambda: True)

    assert (seen[-1].done, seen[-1].total, seen[-1].eta_secs) == (20, 20, 0)
