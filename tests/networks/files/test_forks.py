"""Files of other projects in the same container: refused by name, with what they say shown."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from explorer.cli import main
from networks.checkpoint import load_model, read_model
from networks.errors import ModelFileError, UnsafeFileError, UnsupportedModelError
from networks.files.bounds import LIMITS
from tests.networks.files.assembly import call, name, pickle_of
from tests.networks.files.fixture_writer import Saved, dumps, snapshot
from tests.networks.files.fixtures import small_model


def foreign(module: str, class_name: str, **state: Any) -> nn.Module:
    """An instance of a class that this project does not have."""
    instance = type(class_name, (nn.Module,), {"__module__": module})()
    instance.__dict__.update(state)
    return instance


def stylegan_xl() -> dict[str, Any]:
    """StyleGAN3 with labels embedded by a table and projected, and a mean latent per class."""
    saved = snapshot(small_model("stylegan3-t", c_dim=3))
    mapping = saved["G_ema"].state["_modules"]["mapping"].state
    mapping["_modules"]["embed"] = nn.Embedding(3, 5)
    projection = {"weight": nn.Parameter(torch.ones(8, 5)), "bias": nn.Parameter(torch.ones(8))}
    mapping["_modules"]["embed_proj"] = Saved(
        "FullyConnectedLayer", {"_parameters": projection, "_buffers": {}, "_modules": {}}
    )
    mapping["_buffers"]["w_avg"] = torch.zeros(3, 8)
    saved["D"] = foreign("pg_modules.discriminator", "ProjectedDiscriminator")
    return saved


def eg3d() -> dict[str, Any]:
    """A StyleGAN2 backbone that makes three planes, and a volume renderer saved without source."""
    backbone = snapshot(small_model("stylegan2"))["G_ema"]
    renderer = foreign("training.volumetric_rendering.renderer", "ImportanceRenderer", near=0.5)
    modules = {"backbone": backbone, "renderer": renderer, "decoder": nn.Sequential(nn.Softplus())}
    state = {
        "_parameters": {},
        "_buffers": {},
        "_modules": modules,
        "neural_rendering_resolution": 64,
    }
    state["_init_kwargs"] = {"z_dim": 512, "rendering_kwargs": {"far": float("inf")}}
    return {"G_ema": Saved("TriPlaneGenerator", state), "training_set_kwargs": {"resolution": 512}}


FORKS = {
    "StyleGAN-XL": (stylegan_xl, "Generator", "its generator is a Generator of StyleGAN-XL"),
    "EG3D": (eg3d, "TriPlaneGenerator", "its generator is a TriPlaneGenerator"),
}


@pytest.mark.parametrize("fork", FORKS)
def test_forks_are_refused_by_name(fork: str, tmp_path: Path, capsys) -> None:
    make, class_name, sentence = FORKS[fork]
    path = tmp_path / "model.pkl"
    path.write_bytes(dumps(make()))
    with pytest.raises(UnsupportedModelError) as caught:
        load_model(path)
    assert str(caught.value).startswith(f"model.pkl: {sentence}")
    assert caught.value.class_name == class_name
    assert caught.value.metadata["G_ema"]["class"] == class_name

    assert main(["inspect", str(path)]) == 1
    shown = capsys.readouterr()
    assert f"class: {class_name}" in shown.out
    assert "source_sha256: " in shown.out
    assert shown.err.splitlines()[-1] == str(caught.value)


def test_what_inspect_prints_of_a_fork_is_valid_json(tmp_path: Path, capsys) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(dumps(eg3d()))
    assert main(["inspect", str(path), "--json"]) == 1

    def refuse(word: str) -> None:
        pytest.fail(f"{word} is not JSON")

    refused = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert refused["class"] == "TriPlaneGenerator"
    arguments = refused["metadata"]["G_ema"]["arguments"]
    assert arguments == {"z_dim": 512, "rendering_kwargs": {"far": "inf"}}
    assert refused["metadata"]["training_set_kwargs"] == {"resolution": 512}


def test_a_contradiction_still_shows_what_the_file_says(tmp_path: Path, capsys) -> None:
    saved = snapshot(small_model("stylegan2"))
    saved["G_ema"].state["z_dim"] = 9
    path = tmp_path / "model.pkl"
    path.write_bytes(dumps(saved))
    assert main(["inspect", str(path)]) == 1
    shown = capsys.readouterr()
    assert "class_name: training.dataset.ImageFolderDataset" in shown.out
    assert "generator Generator: it contradicts itself: z_dim is 8 and 9" in shown.err


def test_tensors_too_many_show_what_the_file_says(tmp_path: Path) -> None:
    saved = snapshot(small_model("stylegan3-t"))
    saved["G_ema"].state["_modules"]["mapping"].state["_buffers"]["scale"] = torch.zeros(3)
    path = tmp_path / "model.pkl"
    path.write_bytes(dumps(saved))
    with pytest.raises(UnsupportedModelError, match=r"mapping\.scale") as caught:
        load_model(path)
    assert caught.value.metadata["G_ema"]["class"] == "Generator"


def test_a_projected_discriminator_does_not_stop_its_generator(tmp_path: Path) -> None:
    other = foreign("pg_modules.discriminator", "ProjectedDiscriminator")
    other.add_module("backbone", foreign("timm.models.efficientnet", "EfficientNet"))
    path = tmp_path / "model.pkl"
    path.write_bytes(dumps(snapshot(small_model("stylegan2"), D=other)))
    found = read_model(path)
    assert found.discriminator is None
    assert found.ignored["D"].endswith("pg_modules.discriminator.ProjectedDiscriminator")


@pytest.mark.parametrize(
    "module, attribute",
    [
        ("training.networks", "Generator"),
        ("timm.models", "create_model"),
        ("torch.nn.modules.module", "_load"),
        ("training", "x"),
        ("training.dataset\\x", "y"),
    ],
)
def test_names_of_forks_cannot_be_called(module: str, attribute: str, tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle_of(call(name(module, attribute))))
    with pytest.raises(UnsafeFileError):
        load_model(path)


def test_a_sentence_that_quotes_the_file_stays_short() -> None:
    assert len(str(ModelFileError("x" * LIMITS.header_bytes, file_name="model.pkl"))) < 500
