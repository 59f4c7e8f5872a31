"""Small models of our own, and the golden pickles where there are any."""

import functools
from pathlib import Path

import pytest

from networks.model import Model, create_model
from tests.golden import require_golden
from tests.networks.files.fixture_writer import dumps, snapshot

ARCHITECTURES = ("stylegan2", "stylegan3-t", "stylegan3-r")
GOLDEN = (
    "stylegan2-64",
    "stylegan2-ada-cond-32",
    "stylegan2-ada-resnet-cond-32",
    "stylegan2-orig-grey-32",
    "stylegan3-r-cond-32",
    "stylegan3-t-64",
    "stylegan3-t-odd-cond-64",
)


@functools.cache
def small_model(architecture: str, c_dim: int = 0) -> Model:
    """A network of a few thousand numbers, none of them left at 0 or 1."""
    return create_model(
        architecture,
        resolution=16,
        channel_base=128,
        channel_max=8,
        z_dim=8,
        w_dim=8,
        c_dim=c_dim,
        map_depth=2,
        randomise=True,
    )


@functools.cache
def small_pickle(architecture: str, protocol: int = 4) -> bytes:
    """The small model as a snapshot."""
    return dumps(snapshot(small_model(architecture)), protocol)


def golden_pickle(name: str) -> Path:
    """One golden pickle; skips the test if there are none."""
    return require_golden() / "pytorch" / f"{name}.pkl"


def golden_or_own() -> list:
    """Test parameters: every golden pickle, and one of our own per architecture."""
    own = [pytest.param(name, id=f"own-{name}") for name in ARCHITECTURES]
    return [*own, *(pytest.param(f"golden:{name}", id=name) for name in GOLDEN)]


def content(parameter: str) -> bytes:
    """The bytes that a parameter of golden_or_own stands for."""
    if parameter.startswith("golden:"):
        return golden_pickle(parameter.removeprefix("golden:")).read_bytes()
    return small_pickle(parameter)
