"""inspect, convert and fuzz as they are typed."""

import json
from pathlib import Path

import pytest

from explorer.cli import main
from networks.checkpoint import load_model
from tests.networks.files.fixture_writer import Saved, dumps, snapshot
from tests.networks.files.fixtures import ARCHITECTURES, small_model, small_pickle


@pytest.fixture
def model_path(tmp_path: Path) -> Path:
    path = tmp_path / "model.pkl"
    path.write_bytes(small_pickle("stylegan3-t"))
    return path


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_inspect_says_what_the_file_holds(
    architecture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(small_pickle(architecture))
    assert main(["inspect", str(path)]) == 0
    out = capsys.readouterr().out
    info = small_model(architecture).info
    for expected in (
        f"architecture  {architecture}",
        "resolution    16 x 16, 3 channels",
        f"latent sizes  z 8, w 8 x {info.num_ws}",
        "classes       none",
        f"parameters    {info.parameters:,}",
        "G_ema: generator",
        "augment_pipe: empty",
    ):
        assert expected in out
    for layer in info.layers:
        assert f"  {layer.name} " in out


def test_inspect_json(model_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(model_path), "--json"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert described["architecture"] == "stylegan3-t"
    assert described["mapped"] == {"G_ema": "generator", "D": "discriminator"}
    assert described["networks"]["generator"]["config"]["resolution"] == 16
    assert described["source"]["name"] == "model.pkl"


def test_inspect_shows_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = snapshot(small_model("stylegan3-t"))
    layers = saved["G_ema"].state["_modules"]["synthesis"].state["_modules"]
    layers[list(layers)[2]].state["_buffers"]["up_filter"].mul_(2)
    path = tmp_path / "model.pkl"
    path.write_bytes(dumps(saved))
    assert main(["inspect", str(path)]) == 0
    assert "filters differ from the computed ones, the file's are used" in capsys.readouterr().out


def test_inspect_names_an_unknown_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(dumps({"G_ema": Saved("TriPlaneGenerator", {"_init_kwargs": {"z_dim": 5}})}))
    assert main(["inspect", str(path)]) == 1
    shown = capsys.readouterr()
    assert "z_dim: 5" in shown.out
    assert shown.err.splitlines()[-1].startswith("model.pkl: its generator is a TriPlaneGenerator")
    assert main(["inspect", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["class"] == "TriPlaneGenerator"


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04cos\nsystem\n."])
def test_bad_files_end_in_one_sentence(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    for command in (
        ["inspect", str(path)],
        ["convert", str(path), str(tmp_path / "o.safetensors")],
    ):
        assert main(command) == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        reading, sentence = shown.err.splitlines()
        assert reading == f"Reading {path}"
        assert sentence.startswith("model.pkl: ")
    assert not (tmp_path / "o.safetensors").exists()


def test_convert_writes_the_safe_format(
    model_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.safetensors"
    assert main(["convert", str(model_path), str(out)]) == 0
    assert load_model(out).info == load_model(model_path).info
    assert main(["inspect", str(out)]) == 0
    assert main(["convert", str(model_path), str(tmp_path / "out.pkl")]) == 1
    assert "must end in .safetensors" in capsys.readouterr().err
    assert main(["convert", str(out), str(out)]) == 1
    assert "is the file to read" in capsys.readouterr().err


def test_fuzz_keeps_count(model_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("resource", reason="platform: POSIX limits")
    assert main(["fuzz", str(model_path), "--count", "20"]) == 0
    out = capfd.readouterr().out
    assert "every promise kept" in out
    assert "model.pkl" in out
