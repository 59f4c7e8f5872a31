"""From a kernel's text to its result: NVRTC, cache, driver; what is said where one is absent."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from cuda_ops import cuda
from cuda_ops.cuda import cubins, driver, launch, nvrtc, self_check
from cuda_ops.cuda.kernels import KERNELS
from tests.cuda_ops.cuda.cases import TOLERANCE
from tests.cuda_ops.emulator.build import build
from tests.cuda_ops.emulator.device import STREAM

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.nvrtc
@pytest.mark.platform("linux")
def test_compiled_loaded_launched_and_right_and_compiled_once(tmp_path: Path):
    kernels = [KERNELS[f"filtered_lrelu_up2_down2_{suffix}"] for suffix in ("f32", "f16")]
    library = build(kernels, tmp_path)
    command = [sys.executable, "-m", "tests.cuda_ops.cuda.launch_path", str(library)]
    environment = {**os.environ, "LATENT_EXPLORER_HOME": str(tmp_path / "home")}
    for compiled in (2, 0):  # the second process finds the cubins of the first
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["compiled"] == compiled
        assert answer["kernels"] == [kernels[0].name] * 2 + [kernels[1].name] * 2
        assert max(answer["errors"][:2]) < TOLERANCE[torch.float32]
        assert max(answer["errors"][2:]) < TOLERANCE[torch.float16]
        assert answer["stream"] == STREAM


def test_cubins_survive_damage_and_a_disk_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path))
    made = []

    def compile() -> bytes:
        made.append(1)
        return b"cubin"

    def compiled(source: str = "text", target: str = "sm_86", version: str = "13.0") -> int:
        assert cubins.compiled(source, target, version, compile) == b"cubin"
        return len(made)

    assert (compiled(), compiled()) == (1, 1)
    assert compiled(source="other") == 2
    assert compiled(target="sm_90") == 3
    assert compiled(version="13.1") == 4
    for path in tmp_path.rglob("*.cubin"):
        path.write_bytes(path.read_bytes()[:-1])
    assert (compiled(), compiled()) == (5, 5)
    assert list(tmp_path.rglob("*.tmp")) == []

    (tmp_path / "file").touch()
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path / "file"))
    assert (compiled(), compiled()) == (6, 7)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Forget what was found out about this machine, before and after."""
    monkeypatch.delenv("LATENT_EXPLORER_OPS", raising=False)
    remembered = (cuda.available, launch.compiler, launch.gpu_driver)
    for function in remembered:
        function.cache_clear()
    yield monkeypatch
    for function in remembered:
        function.cache_clear()


def test_what_is_missing_is_said_in_a_sentence(fresh: pytest.MonkeyPatch):
    fresh.setattr(torch.cuda, "is_available", lambda: False)
    assert cuda.available() == (False, "torch finds no NVIDIA GPU.")

    cuda.available.cache_clear()
    fresh.setattr(torch.cuda, "is_available", lambda: True)
    fresh.setattr(nvrtc, "_candidates", lambda: iter(["no such library"]))
    assert cuda.available() == (
        False,
        "NVRTC, which compiles the kernels, was not found: python -m pip install "
        "nvidia-cuda-nvrtc, then start again.",
    )

    cuda.available.cache_clear()
    fresh.setenv("LATENT_EXPLORER_OPS", "reference")
    assert cuda.available() == (False, "LATENT_EXPLORER_OPS=reference asks for plain PyTorch.")


@pytest.mark.nvrtc
def test_a_gpu_that_is_too_old_or_has_no_driver_runs_plain_pytorch(fresh: pytest.MonkeyPatch):
    fresh.setattr(torch.cuda, "is_available", lambda: True)
    fresh.setattr(torch.cuda, "device_count", lambda: 1)

    def absent(name: str) -> ctypes.CDLL:
        raise OSError(name)

    fresh.setattr(driver.ctypes, "CDLL", absent)
    fresh.setattr(launch, "compiler", lambda: compiler)
    compiler = nvrtc.Nvrtc.__new__(nvrtc.Nvrtc)
    compiler.capabilities, compiler.version = (75, 86), "13.0"
    assert cuda.available() == (
        False,
        "The CUDA driver (libcuda.so.1) was not found: install NVIDIA's driver.",
    )

    fresh.setattr(launch, "gpu_driver", lambda: None)
    fresh.setattr(self_check, "differing_case", lambda device: None)
    for capability, expected in (((6, 1), False), ((7, 5), True), ((12, 0), True)):
        cuda.available.cache_clear()
        fresh.setattr(torch.cuda, "get_device_capability", lambda i, found=capability: found)
        available, reason = cuda.available()
        assert available is expected
        assert reason.endswith(".")
        assert ("6.1" in reason) is not expected

    cuda.available.cache_clear()
    fresh.setattr(self_check, "differing_case", lambda device: "bias_act in float16")
    available, reason = cuda.available()
    assert not available
    assert reason.startswith("The CUDA kernel of bias_act in float16 failed its self-check")


def test_the_layout_of_half_precision_is_checked_and_said(monkeypatch: pytest.MonkeyPatch):
    def said(*, native: bool = True, major: int = 8, layout: object = None) -> tuple[bool, str]:
        def check(device: torch.device) -> object:
            assert device == torch.device("cuda", 1)
            if isinstance(layout, Exception):
                raise layout
            return layout

        monkeypatch.setattr(cuda, "available", lambda: (native, ""))
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda index: (major, 1))
        monkeypatch.setattr(self_check, "differing_layout", check)
        cuda.channels_last.cache_clear()
        return cuda.channels_last(1)

    start = "Half precision: in planes, "
    try:
        assert said() == (
            True,
            "Half precision: channels-last where layers have 32 channels or a multiple of it.",
        )
        assert said(native=False) == (False, f"{start}since the CUDA kernels do not run.")
        assert said(major=6) == (False, f"{start}compute capability 6.1 has no tensor cores.")
        for layout in ("3x3 is wrong", RuntimeError("3x3 is wrong.\nmore")):
            assert said(layout=layout) == (
                False,
                f"{start}since channels-last failed its check: 3x3 is wrong.",
            )
    finally:
        cuda.channels_last.cache_clear()


def test_asking_whether_there_is_a_gpu_loads_no_compiler():
    script = (
        "import sys, cuda_ops, cuda_ops.cuda\n"
        "assert not cuda_ops.cuda.available()[0]\n"
        "loaded = [name for name in sys.modules if name.startswith('cuda_ops.cuda.')]\n"
        "assert loaded == [], loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
