"""The numbers of tests/fixtures: what a copy without the golden files can be held against.

Unlike parity, which the golden files show, this shows that nothing has changed since.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from networks import Model, load_model
from tests.fixtures import make
from tests.fixtures.recipes import FOLDER, RECIPES, inputs_of, layers_of, make_model, measure
from tests.golden import golden_error

TOLERANCE = 1e-5  # of the largest value: float32 sums in another order stay below a tenth of it
MAX_BYTES = 600_000
DB_TOLERANCE = 0.05
DB_CEILING = 100.0  # above it only float32 rounding is measured
# torch draws normal numbers with vector instructions here, elsewhere without: other last bits.
DRAWS_THE_SAME_BITS = torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")

each_network = pytest.mark.parametrize("name", RECIPES)


@functools.cache
def kept(name: str) -> dict[str, np.ndarray]:
    """Return the kept numbers of one network."""
    with np.load(FOLDER / f"{name}.npz") as file:
        return dict(file)


@functools.cache
def computed(name: str) -> tuple[Model, dict[str, np.ndarray]]:
    """Return the network, read from its file alone, and what it gives now."""
    model = load_model(FOLDER / f"{name}.safetensors")
    return model, measure(name, model, kept(name))


@each_network
def test_every_number_is_reproduced(name: str):
    found = computed(name)[1]
    errors = {key: golden_error(found[key], kept(name)[key]) for key in found if "_db" not in key}
    assert max(errors.values()) < TOLERANCE, {k: e for k, e in errors.items() if e >= TOLERANCE}


@each_network
def test_nothing_kept_is_left_unread(name: str):
    model, found = computed(name)
    assert set(found) | set(inputs_of(name, model)) == set(kept(name))
    assert len(layers_of(name, model)) == len(RECIPES[name].layers)
    assert all(
        np.isfinite(value).all() and value.std() > 0 for value in found.values() if value.ndim
    )


@each_network
def test_one_sample_alone_is_that_of_the_batch(name: str):
    model, _ = computed(name)
    for sample in range(2):
        ws = torch.tensor(kept(name)["ws"][sample : sample + 1])
        img = model.generator.synthesis(ws)
        assert golden_error(img[0], kept(name)["img"][sample]) < TOLERANCE


@pytest.mark.parametrize("name", [name for name in RECIPES if name.startswith("stylegan3")])
@pytest.mark.parametrize("key", ["eq_t_db", "eq_t_frac_db", "eq_r_db"])
def test_equivariance(name: str, key: str):
    found, expected = (min(float(v[key]), DB_CEILING) for v in (computed(name)[1], kept(name)))
    assert found == pytest.approx(expected, abs=DB_TOLERANCE)


@each_network
def test_making_them_again_gives_the_same(name: str, tmp_path: Path):
    make.write(name, tmp_path)
    (old_config, old), (new_config, new) = (contents(f, name) for f in (FOLDER, tmp_path))
    assert new_config == old_config
    assert new.keys() == old.keys()
    for key, weight in new.items():
        if DRAWS_THE_SAME_BITS:
            assert torch.equal(weight, old[key]), key
        else:
            assert golden_error(weight, old[key]) < 1e-6, key
    with np.load(tmp_path / f"{name}.npz") as file:
        again = dict(file)
    assert again.keys() == kept(name).keys()
    for key in inputs_of(name, make_model(name)):
        assert np.array_equal(again[key], kept(name)[key]), key
    for key in again.keys() - {"eq_t_db", "eq_t_frac_db", "eq_r_db"}:
        assert golden_error(again[key], kept(name)[key]) < TOLERANCE, key


def contents(folder: Path, name: str) -> tuple[dict, dict[str, torch.Tensor]]:
    """Return header and tensors of a model file, without the code that writes it."""
    with safe_open(folder / f"{name}.safetensors", "pt") as file:
        header = {key: json.loads(text) for key, text in file.metadata().items()}
        return header, {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118


def test_they_stay_small_and_say_where_they_come_from():
    files = [path for path in FOLDER.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MAX_BYTES
    text = (FOLDER / "README.md").read_text("utf-8")
    assert "python -m tests.fixtures.make" in text
    assert {path.stem for path in files if path.suffix in (".npz", ".safetensors")} == set(RECIPES)
    assert all(f"| {name} |" in text for name in RECIPES)
