"""Files of every layout the releases wrote: protocols, numpy spellings, strides, frozen layers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from networks.checkpoint import build_model, load_model, read_model, save_model
from networks.config import DiscriminatorConfig, StyleGAN2Config, StyleGAN3Config
from networks.errors import DamagedFileError, UnsupportedModelError
from networks.model import Model
from tests.networks.files.fixture_writer import Saved, dumps, snapshot
from tests.networks.files.fixtures import ARCHITECTURES, GOLDEN, golden_pickle, small_model
from tests.networks.files.oracle import stored_tensors


def write(folder: Path, value: object, protocol: int = 4, *, old_numpy: bool = False) -> Path:
    path = folder / "model.pkl"
    path.write_bytes(dumps(value, protocol, old_numpy=old_numpy))
    return path


def assert_same_tensors(actual: Model, expected: Model) -> None:
    for role in ("generator", "discriminator"):
        ours, theirs = getattr(actual, role).state_dict(), getattr(expected, role).state_dict()
        assert set(ours) == set(theirs)
        for name, tensor in theirs.items():
            assert torch.equal(ours[name], tensor), name


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("old_numpy", [False, True])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_protocol_and_numpy_spelling(
    architecture: str, old_numpy: bool, protocol: int, tmp_path: Path
) -> None:
    model = small_model(architecture)
    path = write(tmp_path, snapshot(model), protocol, old_numpy=old_numpy)
    spelling = b"numpy.core" if old_numpy else b"numpy._core"
    assert spelling in path.read_bytes()
    loaded = load_model(path)
    assert_same_tensors(loaded, model)
    assert loaded.generator.config == model.generator.config
    assert loaded.info.notes == ()
    assert replace(loaded.info, source=None) == model.info


def test_channels_last_weights(tmp_path: Path) -> None:
    model = small_model("stylegan2")
    path = write(tmp_path, snapshot(model, channels_last=True))
    found = read_model(path)
    stride = found.generator.tensors["synthesis.b8.conv1.weight"].stride
    assert stride[1] == 1, "the fixture stores channels last"
    assert_same_tensors(load_model(path), model)


@pytest.mark.parametrize("freeze", [1, 3, 4])
def test_frozen_layers_are_buffers(freeze: int, tmp_path: Path) -> None:
    model = small_model("stylegan2")
    loaded = load_model(write(tmp_path, snapshot(model, freeze=freeze)))
    assert_same_tensors(loaded, model)
    assert loaded.discriminator is not None
    config = loaded.discriminator.config
    assert isinstance(config, DiscriminatorConfig)
    assert config.freeze_layers == freeze


def test_labels(tmp_path: Path) -> None:
    model = small_model("stylegan3-r", c_dim=3)
    names = ["cat", "dog", "wild"]
    loaded = load_model(write(tmp_path, snapshot(model, class_names=names)))
    assert_same_tensors(loaded, model)
    assert loaded.info.c_dim == 3
    assert loaded.info.class_names == ("cat", "dog", "wild")


def test_only_a_generator(tmp_path: Path) -> None:
    model = small_model("stylegan2")
    saved = snapshot(model)
    loaded = load_model(write(tmp_path, saved["G_ema"]))
    assert loaded.discriminator is None
    loaded = load_model(write(tmp_path, {"G": saved["G"]}))
    assert loaded.discriminator is None
    assert "G_ema" in loaded.info.notes[0]


def test_the_moving_average_is_used(tmp_path: Path) -> None:
    model = small_model("stylegan2")
    saved = snapshot(model)
    weights = saved["G"].state["_modules"]["mapping"].state["_modules"]["fc0"].state
    weights["_parameters"]["weight"].data.zero_()
    found = read_model(write(tmp_path, saved))
    assert_same_tensors(build_model(found), model)
    assert found.mapped == {"G_ema": "generator", "D": "discriminator"}
    assert set(found.ignored) == {"G", "augment_pipe", "training_set_kwargs"}


def test_folders_are_not_passed_on(tmp_path: Path) -> None:
    path = write(tmp_path, snapshot(small_model("stylegan2")))
    found = read_model(path)
    assert found.metadata["training_set_kwargs"]["path"] == "data.zip"
    assert found.source is not None
    assert found.source.name == "model.pkl"
    assert len(found.source.sha256) == 64


def test_another_forks_class_is_refused_by_name(tmp_path: Path) -> None:
    plane = Saved("TriPlaneGenerator", {"_init_kwargs": {"z_dim": 512}, "_modules": {}})
    with pytest.raises(UnsupportedModelError, match="TriPlaneGenerator") as caught:
        load_model(write(tmp_path, {"G_ema": plane, "training_set_kwargs": {"resolution": 512}}))
    assert caught.value.class_name == "TriPlaneGenerator"
    assert caught.value.metadata["G_ema"]["arguments"] == {"z_dim": 512}
    assert caught.value.metadata["training_set_kwargs"] == {"resolution": 512}


def test_extra_tensors_are_refused_by_name(tmp_path: Path) -> None:
    saved = snapshot(small_model("stylegan3-t"))
    mapping = saved["G_ema"].state["_modules"]["mapping"].state
    mapping["_buffers"]["embed_proj"] = torch.zeros(3)
    with pytest.raises(UnsupportedModelError, match=r"embed_proj"):
        load_model(write(tmp_path, saved))


def test_an_unknown_discriminator_is_left_out(tmp_path: Path) -> None:
    other = Saved("ProjectedDiscriminator", {"_modules": {}})
    found = read_model(write(tmp_path, snapshot(small_model("stylegan2"), D=other)))
    assert found.discriminator is None
    assert "ProjectedDiscriminator" in found.ignored["D"]
    assert any("ProjectedDiscriminator" in note for note in found.notes)


def test_contradictions_are_refused(tmp_path: Path) -> None:
    saved = snapshot(small_model("stylegan2"))
    saved["G_ema"].state["z_dim"] = 9
    with pytest.raises(DamagedFileError, match=r"z_dim is 8 and 9"):
        load_model(write(tmp_path, saved))


def test_other_number_formats_are_converted_and_noted(tmp_path: Path) -> None:
    model = small_model("stylegan2")
    saved = snapshot(model)
    fc0 = saved["G_ema"].state["_modules"]["mapping"].state["_modules"]["fc0"].state["_parameters"]
    exact = {"weight": torch.float16, "bias": torch.bfloat16}
    for name, dtype in exact.items():
        fc0[name] = torch.nn.Parameter(fc0[name].data.to(dtype), requires_grad=False)
    fc1 = saved["G_ema"].state["_modules"]["mapping"].state["_modules"]["fc1"].state["_parameters"]
    fc1["bias"] = torch.nn.Parameter(fc1["bias"].data.double() + 1e-12, requires_grad=False)
    loaded = load_model(write(tmp_path, saved))
    for name in exact:
        parameter = loaded.generator.mapping.get_submodule("fc0").get_parameter(name)
        assert torch.equal(parameter, fc0[name].data.float())
    assert loaded.info.notes == (
        "generator.mapping.fc1.bias is stored as f8 and rounded to float32",
    )


def test_values_that_are_not_finite_are_noted(tmp_path: Path) -> None:
    saved = snapshot(small_model("stylegan2"))
    saved["G_ema"].state["_modules"]["mapping"].state["_buffers"]["w_avg"][:2] = float("nan")
    loaded = load_model(write(tmp_path, saved))
    assert loaded.info.notes == ("generator.mapping.w_avg is not entirely made of finite numbers",)


def test_a_file_with_its_own_schedule_wins(tmp_path: Path) -> None:
    model = small_model("stylegan3-t")
    saved = snapshot(model)
    layers = saved["G_ema"].state["_modules"]["synthesis"].state["_modules"]
    name = list(layers)[3]
    layers[name].state["out_half_width"] = np.float64(1.25)
    loaded = load_model(write(tmp_path, saved))
    config = loaded.generator.config
    assert isinstance(config, StyleGAN3Config)
    assert config.layers is not None
    assert config.layers[2].out_half_width == 1.25
    assert f"{name} (out_half_width)" in loaded.info.notes[0]
    assert "filters differ" in loaded.info.notes[1]


def test_a_file_with_its_own_filters_wins(tmp_path: Path) -> None:
    saved = snapshot(small_model("stylegan3-t"))
    layers = saved["G_ema"].state["_modules"]["synthesis"].state["_modules"]
    name = list(layers)[3]
    layers[name].state["_buffers"]["up_filter"].mul_(2)
    loaded = load_model(write(tmp_path, saved))
    assert loaded.info.notes == (
        f"filters differ from the computed ones, the file's are used: {name}.up_filter",
    )
    actual = loaded.generator.synthesis.get_submodule(name).get_buffer("up_filter")
    assert torch.equal(actual, layers[name].state["_buffers"]["up_filter"])


def test_a_file_with_its_own_padding_is_drawn_with_it(tmp_path: Path) -> None:
    model = small_model("stylegan3-t")
    saved = snapshot(model)
    layers = saved["G_ema"].state["_modules"]["synthesis"].state["_modules"]
    name = list(layers)[3]
    x0, x1, y0, y1 = layers[name].state["padding"]
    layers[name].state["padding"] = [x0 + 2, x1 - 2, y0, y1]
    path = write(tmp_path, saved)
    loaded = load_model(path)
    assert loaded.info.notes == (
        f"layers differ from the computed schedule, the file's are used: {name} (padding)",
    )
    ws = torch.ones(1, model.info.num_ws, model.info.w_dim)
    img = loaded.generator.synthesis(ws)
    assert (img - model.generator.synthesis(ws)).abs().max() > 1e-3
    save_model(loaded, tmp_path / "a.safetensors")
    again = load_model(tmp_path / "a.safetensors")
    assert torch.equal(again.generator.synthesis(ws), img)
    assert again.info.notes == loaded.info.notes


def test_a_stylegan2_with_its_own_filter_is_drawn_with_it(tmp_path: Path) -> None:
    model = small_model("stylegan2")
    saved = snapshot(model)
    blocks = saved["G_ema"].state["_modules"]["synthesis"].state["_modules"]
    row = torch.tensor([0.1, 0.2, 0.3, 0.4])
    blocks["b16"].state["_buffers"]["resample_filter"] = torch.outer(row, row)
    loaded = load_model(write(tmp_path, saved))
    assert loaded.info.notes == (
        "synthesis.b16.resample_filter differs from the filter its settings name; the stored one "
        "is used",
    )
    ws = torch.ones(1, model.info.num_ws, model.info.w_dim)
    difference = loaded.generator.synthesis(ws) - model.generator.synthesis(ws)
    assert difference.abs().max() > 0.01


def test_widths_beside_the_formula_are_kept(tmp_path: Path) -> None:
    saved = snapshot(small_model("stylegan2"))
    saved["G_ema"].state["_init_kwargs"].clear()
    loaded = load_model(write(tmp_path, saved))
    config = loaded.generator.config
    assert isinstance(config, StyleGAN2Config)
    assert config.channels == (8, 8, 8)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_pickles_hold_what_is_read(name: str) -> None:
    path = golden_pickle(name)
    model = load_model(path)
    assert model.info.notes == (), "schedules and filters are as computed"
    stored = stored_tensors(path.read_bytes())
    state = {f"generator.{n}": t for n, t in model.generator.state_dict().items()}
    assert model.discriminator is not None
    state |= {f"discriminator.{n}": t for n, t in model.discriminator.state_dict().items()}
    assert set(state) == set(stored)
    for full, tensor in state.items():
        assert np.array_equal(tensor.numpy(), stored[full]), full
