"""`render` end to end on small models: files, options, sessions, sentences."""

import argparse
import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from cuda_ops.cpu import library
from explorer.arrays import ArrayStore
from explorer.cli import main
from explorer.cli.progress import time_text
from explorer.cli.render_options import OptionError, class_choice, mix_source, noise_choice
from explorer.png import read_session, write_png
from explorer.render import device
from explorer.session import session_from_json, session_to_json
from explorer.settings import ClassChoice, Noise
from networks import create_model, load_model, save_model
from tests.fakes import tiny_info
from tests.networks.files.fixtures import small_pickle

pytestmark = pytest.mark.usefixtures("command_home")

FIELDS = {"z_dim": 8, "w_dim": 8, "channel_base": 64, "channel_max": 8, "map_depth": 2}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for name, fields in (("stylegan2", {"c_dim": 3}), ("stylegan3-t", {})):
        model = create_model(name, resolution=16, randomise=True, **FIELDS, **fields)
        save_model(model, folder / f"{name}.safetensors")
    return folder


def render(*words):
    return main(["render", *map(str, words)])


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture).copy()


def by_hand(img):
    return np.trunc(np.clip(127.5 * img.numpy() + 128, 0, 255)).astype(int).transpose(1, 2, 0)


def test_seeds_become_files_with_the_pictures_of_the_network(models, tmp_path, capsys):
    path = models / "stylegan2.safetensors"
    out = tmp_path / "deep" / "out"
    words = ["--psi", "0.7", "--cutoff", 3, "--noise", "random:4", "--class", 2, "--mix", "9:0-1"]
    assert render("--model", path, "--seeds", "0-1, 7", "--out", out, *words) == 0
    assert sorted(os.listdir(out)) == ["seed0000.png", "seed0001.png", "seed0007.png"]
    assert "Rendering 3/3" in capsys.readouterr().err

    generator = load_model(path).generator
    c = torch.eye(3)[2][None]

    def ws(seed):
        z = torch.from_numpy(np.random.RandomState(seed).randn(1, 8).astype(np.float32))
        return generator.mapping(z, c, psi=0.7, cutoff=3)

    mixed = torch.cat([ws(9)[:, :2], ws(7)[:, 2:]], dim=1)
    img = generator.synthesis(mixed, noise="random", noise_seed=4)[0]
    assert np.abs(pixels(out / "seed0007.png") - by_hand(img)).max() <= 1


def test_transform_is_forward_in_widths_and_degrees(models, tmp_path):
    path = models / "stylegan3-t.safetensors"
    words = ["--translate", "-0.125,0.25", "--rotate", "-90"]
    assert render("--model", path, "--seeds", 3, "--out", tmp_path / "a", *words) == 0
    generator = load_model(path).generator
    z = torch.from_numpy(np.random.RandomState(3).randn(1, 8).astype(np.float32))
    forward = np.array([[0, -1, -0.125], [1, 0, 0.25], [0, 0, 1]])
    img = generator.synthesis(generator.mapping(z), input_transform=np.linalg.inv(forward))[0]
    assert np.abs(pixels(tmp_path / "a" / "seed0003.png") - by_hand(img)).max() <= 1


def test_a_sheet_holds_every_picture_at_its_place(models, tmp_path, capsys):
    words = ("--model", models / "stylegan2.safetensors", "--seeds", "3-7", "--out", tmp_path)
    assert render(*words, "--sheet", "2") == 0
    sheet = pixels(tmp_path / "sheet.png")
    assert sheet.shape == (48, 32, 3)
    assert (sheet[16:32, 16:32] == pixels(tmp_path / "seed0006.png")).all()
    assert (sheet[32:, :16] == pixels(tmp_path / "seed0007.png")).all()
    assert render(*words, "--sheet", "0") == 1
    assert "--sheet must be a number of columns" in capsys.readouterr().err


def test_a_layer(models, tmp_path):
    path = models / "stylegan2.safetensors"
    words = ["--seeds", 3, "--class", 0, "--out", tmp_path / "a", "--layer", "b8.conv1"]
    assert render("--model", path, *words) == 0
    generator = load_model(path).generator
    z = torch.from_numpy(np.random.RandomState(3).randn(1, 8).astype(np.float32))
    layer = generator.capture(generator.mapping(z, torch.eye(3)[:1]), "b8.conv1")[0, :3]
    assert np.abs(pixels(tmp_path / "a" / "seed0003.png") - by_hand(layer)).max() <= 1


def test_a_picture_renders_again_with_identical_pixels(models, tmp_path, capsys):
    path = models / "stylegan2.safetensors"
    words = ["--psi", "0.6", "--noise", "random:3", "--mix", "12:0,2@0.25", "--threads", 1]
    assert render("--model", path, "--seeds", 5, "--out", tmp_path / "a", *words) == 0
    first = tmp_path / "a" / "seed0005.png"
    capsys.readouterr()
    words = ["--session", first, "--model", path, "--out", tmp_path / "b"]
    assert render(*words) == 0
    assert "identical pixels expected" in capsys.readouterr().err
    second = tmp_path / "b" / "seed0005.png"
    assert first.read_bytes() == second.read_bytes()
    for place in (str(models), str(tmp_path)):
        assert place not in read_session(first)


def test_another_model_is_said_and_nothing_is_promised_of_its_pixels(models, tmp_path, capsys):
    words = ["--seeds", 5, "--class", 0, "--out", tmp_path]
    assert render("--model", models / "stylegan2.safetensors", *words) == 0
    capsys.readouterr()
    words = ["--session", tmp_path / "seed0005.png", "--out", tmp_path / "b"]
    assert render(*words, "--model", models / "stylegan3-t.safetensors") == 0
    said = capsys.readouterr().err
    assert "stylegan3-t.safetensors is not the model the session was made with" in said
    assert "expected" not in said
    assert "level" not in said


def test_a_converted_model_is_the_same_model(models, tmp_path, capsys):
    original = tmp_path / "model.pkl"
    original.write_bytes(small_pickle("stylegan3-t"))
    assert main(["convert", str(original), str(tmp_path / "safe.safetensors")]) == 0
    words = ["--seeds", 5, "--rotate", 20, "--psi", "0.5", "--out", tmp_path / "a"]
    assert render("--model", original, *words) == 0
    capsys.readouterr()
    picture = tmp_path / "a" / "seed0005.png"
    words = ["--session", picture, "--out", tmp_path / "b"]
    assert render(*words, "--model", tmp_path / "safe.safetensors") == 0
    assert "identical pixels expected" in capsys.readouterr().err
    assert np.array_equal(pixels(picture), pixels(tmp_path / "b" / "seed0005.png"))


@pytest.mark.parametrize("name, extra", [("stylegan2", ["--class", 0]), ("stylegan3-t", [])])
def test_another_number_of_threads_is_at_most_one_level_off(name, extra, models, tmp_path, capsys):
    model = ["--model", models / f"{name}.safetensors"]
    words = [*model, "--seeds", 5, *extra, "--threads", 1, "--out", tmp_path / "a"]
    assert render(*words) == 0
    capsys.readouterr()
    words = [*model, "--session", tmp_path / "a" / "seed0005.png", "--out", tmp_path / "b"]
    assert render(*words, "--threads", 2) == 0
    assert "at most one level off: recorded with threads 1 (here 2)" in capsys.readouterr().err
    one, two = (pixels(tmp_path / out / "seed0005.png").astype(int) for out in "ab")
    assert np.abs(one - two).max() <= 1


def test_another_machine_is_said_to_be_one_level_off(models, tmp_path, capsys, monkeypatch):
    path = models / "stylegan2.safetensors"
    with monkeypatch.context() as patch:
        patch.setattr(device, "cpu_name", lambda: "Another Processor")
        assert render("--model", path, "--seeds", 5, "--out", tmp_path) == 0
    capsys.readouterr()
    assert render("--session", tmp_path / "seed0005.png", "--model", path, "--out", tmp_path) == 0
    said = capsys.readouterr().err
    assert "at most one level off: recorded with cpu Another Processor (here " in said


@pytest.mark.avx512
def test_another_instruction_set_is_said_to_be_one_level_off(models, tmp_path, capsys):
    path = models / "stylegan2.safetensors"
    with library.using("avx2"):
        assert render("--model", path, "--seeds", 5, "--out", tmp_path) == 0
    capsys.readouterr()
    words = ["--session", tmp_path / "seed0005.png", "--model", path, "--out", tmp_path]
    with library.using("avx512"):
        assert render(*words) == 0
    said = capsys.readouterr().err
    different = "recorded with implementation native avx2 (here native avx512)\n"
    assert f"at most one level off: {different}" in said


def test_a_record_without_its_instruction_set_promises_nothing():
    then = device.recorded("cpu", "native", 1)
    now = device.recorded("cpu", "native avx2", 1)
    assert device.differences(then, now) == ("implementation native (here native avx2)",)
    assert device.differences(now, now) == ()


def test_a_session_file_finds_its_model_beside_it(models, tmp_path, capsys):
    path = models / "stylegan2.safetensors"
    (tmp_path / "renamed.safetensors").write_bytes(path.read_bytes())
    assert render("--model", path, "--seeds", 5, "--out", tmp_path) == 0
    arrays = ArrayStore()
    session = session_from_json(read_session(tmp_path / "seed0005.png"), arrays)
    text = session_to_json(session.settings, session.view, arrays, keep_paths=False)
    (tmp_path / "s.json").write_text(text)
    assert render("--session", tmp_path / "s.json", "--out", tmp_path / "c") == 0
    assert "does not record" in capsys.readouterr().err
    again = pixels(tmp_path / "c" / "seed0005.png")
    assert np.array_equal(again, pixels(tmp_path / "seed0005.png"))


def test_options_replace_what_a_session_says(models, tmp_path, capsys):
    path = models / "stylegan2.safetensors"
    assert render("--model", path, "--seeds", 5, "--psi", "0.5", "--out", tmp_path / "a") == 0
    assert render("--model", path, "--seeds", 6, "--psi", "0.1", "--out", tmp_path / "b") == 0
    capsys.readouterr()
    words = ["--session", tmp_path / "a" / "seed0005.png", "--seeds", 6, "--psi", "0.1"]
    assert render(*words, "--model", path, "--out", tmp_path / "c") == 0
    assert "pixels" not in capsys.readouterr().err
    found = pixels(tmp_path / "c" / "seed0006.png")
    assert np.array_equal(found, pixels(tmp_path / "b" / "seed0006.png"))


def test_a_missing_model_is_one_sentence(models, tmp_path, capsys):
    path = models / "stylegan2.safetensors"
    assert render("--model", path, "--seeds", 5, "--out", tmp_path) == 0
    capsys.readouterr()
    assert render("--session", tmp_path / "seed0005.png", "--out", tmp_path) == 1
    said = capsys.readouterr().err
    assert said.startswith("The model stylegan2.safetensors (")
    assert "was not found; say where it is with --model FILE" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "words, said",
    [
        (["--seeds", "0"], "--model"),
        (["--model", "M"], "--seeds"),
        (["--model", "M", "--seeds", "x"], "“x”"),
        (["--model", "M", "--seeds", "0", "--cutoff", "18"], "0 to 6, got 18"),
        (["--model", "M", "--seeds", "0", "--psi", "much"], "--psi"),
        (["--model", "M", "--seeds", "0", "--class", "3"], "0 to 2, got 3"),
        (["--model", "M", "--seeds", "0", "--noise", "loud"], "--noise"),
        (["--model", "M", "--seeds", "0", "--mix", "1:9"], "0 to 5, got 9"),
        (["--model", "M", "--seeds", "0", "--mix", "1-9"], "--mix"),
        (["--model", "M", "--seeds", "0", "--rotate", "9"], "only StyleGAN3"),
        (["--model", "M", "--seeds", "0", "--layer", "b99"], "got b99"),
        (["--model", "M", "--seeds", "0", "--device", "cuda:99"], "cuda:99"),
        (["--model", "M", "--seeds", "0", "--threads", "0"], "--threads must be 1 to 1024"),
        (["--model", "M", "--seeds", "0", "--threads", "9999"], "got 9999"),
        (["--model", "M", "--seeds", "5-1"], "5-1 counts backwards"),
        (["--model", "M", "--seeds", "0-9999999"], "more than 100,000 seeds"),
        (["--model", "M", "--seeds", "0", "--psi", "nan"], "--psi"),
        (["--model", "M", "--seeds", "0", "--translate", "1"], "only StyleGAN3"),
        (["--model", "S3", "--seeds", "0", "--translate", "1"], "must be X,Y, got 1"),
        (["--model", "S3", "--seeds", "0", "--rotate", "left"], "--rotate must be a number"),
        (["--model", "nowhere.pkl", "--seeds", "0"], "nowhere.pkl"),
        (["--session", "nowhere.json"], "nowhere.json"),
        (["--session", "plain.png"], "carries no session"),
        (["--session", "broken.json"], "broken.json"),
        (["--session", "cut.png"], "cut.png"),
        (["--session", "."], "."),
    ],
)
def test_mistakes_are_one_sentence(models, tmp_path, capsys, words, said):
    write_png(tmp_path / "plain.png", np.zeros((2, 2, 3), dtype=np.uint8))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "cut.png").write_bytes((tmp_path / "plain.png").read_bytes()[:40])
    names = {"M": "stylegan2", "S3": "stylegan3-t"}
    words = [models / f"{names[word]}.safetensors" if word in names else word for word in words]
    assert render(*words, "--out", tmp_path / "out") == 1
    shown = capsys.readouterr()
    errors = shown.err.strip().splitlines()
    assert said in errors[-1]
    assert len(errors) == 1 or errors[:-1] == [f"Reading {os.path.basename(words[1])}"]
    assert shown.out == ""
    assert not (tmp_path / "out").exists()


def test_a_place_that_can_be_no_folder_is_refused_before_reading(models, tmp_path, capsys):
    (tmp_path / "file").touch()
    path = models / "stylegan2.safetensors"
    for out, said in (("", "--out must name"), ("file", "a file"), ("file/deep", "a file")):
        assert render("--model", path, "--seeds", 0, "--out", out) == 1
        errors = capsys.readouterr().err.splitlines()
        assert len(errors) == 1
        assert said in errors[0]


def test_class_words():
    info = replace(tiny_info(4), class_names=("cat", "dog", "a:b", "bird"))
    assert class_choice("2", info) == ClassChoice("blend", ((2, 1.0),))
    assert class_choice("dog", info) == ClassChoice("blend", ((1, 1.0),))
    assert class_choice("a:b", info) == ClassChoice("blend", ((2, 1.0),))
    assert class_choice("0:0.5, dog:1.5", info) == ClassChoice("blend", ((0, 0.5), (1, 1.5)))
    for text in ("4", "-1", "fish", "0:x", "0:0", ""):
        with pytest.raises(OptionError):
            class_choice(text, info)
    with pytest.raises(OptionError, match="no classes"):
        class_choice("0", tiny_info())


def test_noise_and_mix_words():
    assert noise_choice("random", Noise(strength=2.0)) == Noise("random", 0, 2.0)
    assert noise_choice("random:7", Noise()) == Noise("random", 7)
    assert noise_choice("none", Noise()) == Noise("none")
    source = mix_source("12:0-2,5@0.5", 6)
    assert source.seed == 12
    assert source.weights == ((0, 0.5), (1, 0.5), (2, 0.5), (5, 0.5))
    with pytest.raises(OptionError):
        mix_source("12:0@1.5", 6)


@pytest.mark.parametrize(
    "secs, text",
    [(0.82, "0.8 s"), (42.4, "42 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")],
)
def test_time_text(secs, text):
    assert time_text(secs) == text


def test_help_is_complete():
    from explorer.cli import render as command

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert all(action.help for action in parser._actions)
