"""What tests of commands share."""

import pytest
import torch


@pytest.fixture
def command_home(tmp_path, monkeypatch):
    """Work in a folder of the test's own, and leave torch's threads as they were."""
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
