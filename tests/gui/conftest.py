"""Tiny models for the window, and a home of its own for every test."""

from __future__ import annotations

import sys

import pytest

from cuda_ops.cpu import build, library
from explorer.display import check_display

NARROW = {"channel_base": 512, "channel_max": 16, "z_dim": 32, "w_dim": 32}


@pytest.fixture(scope="session")
def kernels():
    """Build the native kernels once, before a test waits for a picture; return where they are."""
    library.current()
    return build.cache_dir()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, kernels):
    """Preferences, sessions and captures of a test stay in its folder; no model ships with it."""
    if kernels.is_dir() and sys.platform != "win32":
        (tmp_path / "home" / "cache").mkdir(parents=True)
        (tmp_path / "home" / "cache" / "kernels").symlink_to(kernels)
    monkeypatch.setenv("LATENT_EXPLORER_HEADLESS", "1")
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("explorer.app.opening.default_model", lambda *_: "")
    return tmp_path / "home"


@pytest.fixture(scope="session", autouse=True)
def _display():
    problem = check_display()
    if problem is not None and sys.platform == "linux":
        pytest.skip(problem)


@pytest.fixture(scope="session")
def stylegan2(tmp_path_factory) -> str:
    """A conditional StyleGAN2 of 64 pixels with random numbers everywhere."""
    return _saved(tmp_path_factory, "stylegan2", c_dim=4)


@pytest.fixture(scope="session")
def stylegan3(tmp_path_factory) -> str:
    """A StyleGAN3-R of 64 pixels with random numbers everywhere."""
    return _saved(tmp_path_factory, "stylegan3-r")


def _saved(tmp_path_factory, name: str, **fields: int) -> str:
    from networks import create_model, save_model

    model = create_model(name, resolution=64, seed=3, randomise=True, **NARROW, **fields)
    path = tmp_path_factory.mktemp("models") / f"{name}.safetensors"
    save_model(model, path)
    return str(path)
