"""A trained model as its users see it: the same seed gives the same picture as the reference."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.arrays import ArrayStore
from explorer.cli import main
from explorer.png import result_pixels
from explorer.render.torch_engine import TorchEngine
from explorer.request import request_from
from explorer.settings import Compute, Settings, Truncation, seed_latent
from networks import load_model
from tests.golden import TOLERANCE, golden_error, load_golden, require_trained

GOLDEN = "../models/toon64-stylegan2.npz"
PSI = 0.7


@pytest.fixture(scope="module")
def pictures():
    """Render seeds 0-63 by the path of the window: (results by seed, golden arrays)."""
    before = torch.get_num_threads()
    engine = TorchEngine(ArrayStore())
    ref = engine.library.load(str(require_trained())).ref
    settings = Settings(
        model=ref, truncation=Truncation(psi=PSI), compute=Compute(device="cpu", threads=1)
    )
    results = {}
    for seed in range(64):
        request = request_from(replace(settings, latent=seed_latent(seed)))
        results[seed] = engine.render(request, lambda: True)
    torch.set_num_threads(before)
    return results, load_golden(GOLDEN)


def test_pictures_of_seeds_equal_the_references(pictures):
    results, golden = pictures
    assert golden["img"].shape == (8, 3, 64, 64)
    for seed, expected in enumerate(golden["img"]):
        assert golden_error(results[seed].img, expected) < TOLERANCE, seed


def test_pixels_are_within_one_level_of_the_references(pictures):
    results, golden = pictures
    assert len(golden["img_uint8"]) == 64
    for seed, expected in enumerate(golden["img_uint8"]):
        found = result_pixels(results[seed]).astype(int)
        if expected.shape[0] == 3:
            expected = expected.transpose(1, 2, 0)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= 1, seed


def test_converting_it_changes_no_pixel(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path / "home"))
    path, safe = str(require_trained()), str(tmp_path / "safe.safetensors")
    assert main(["convert", path, safe]) == 0
    assert os.path.getsize(safe) < os.path.getsize(path)
    words = ["--seeds", "0-3", "--psi", str(PSI), "--threads", "1", "--no-session"]
    before = torch.get_num_threads()
    for model, out in ((path, "a"), (safe, "b")):
        assert main(["render", "--model", model, *words, "--out", str(tmp_path / out)]) == 0
    torch.set_num_threads(before)
    for seed in range(4):
        name = f"seed{seed:04d}.png"
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    golden = load_golden(GOLDEN)["img"][3]
    with Image.open(tmp_path / "b" / "seed0003.png") as picture:
        shown = np.asarray(picture).astype(int).transpose(2, 0, 1)
    assert np.abs(shown - np.clip(127.5 * golden + 128, 0, 255).astype(int)).max() <= 1


def test_inspect_tells_all_of_it(capsys):
    assert main(["inspect", str(require_trained()), "--json"]) == 0
    described = json.loads(capsys.readouterr().out)
    sizes = {name: described[name] for name in ("resolution", "z_dim", "w_dim", "num_ws", "c_dim")}
    assert sizes == {"resolution": 64, "z_dim": 128, "w_dim": 128, "num_ws": 10, "c_dim": 0}
    assert described["notes"] == []
    assert described["networks"]["generator"]["config"]["mapping"]["num_layers"] == 4
    model = load_model(require_trained())
    assert described["parameters"] == sum(p.numel() for p in model.generator.parameters())
