"""Every CUDA kernel on the emulated GPU, through the program's own launches, in a process apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cuda_ops.cuda.kernels import KERNELS
from tests.cuda_ops.emulator.build import build
from tests.golden import require_golden

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [
    pytest.mark.platform("linux"),  # the emulator's fibres
    pytest.mark.timeout(900),  # half a minute; more where others use the processor too
]

ROWS = "            up_rows();\n            __syncthreads();\n"
FILL = "        __syncthreads();\n\n        const int c = "
# Kernels, cases, the piece of text that is replaced and by what, and what may be reported.
FAULTS: dict[str, tuple[str, str, str, str, tuple[str, ...]]] = {
    "a missing barrier in filtered_lrelu": (
        "filtered_lrelu_up2_down2",
        "fused up 2 taps (12,) (12,) size (14, 42)",
        ROWS,
        "            up_rows();\n",
        ("shared race", "before it is written"),
    ),
    "a missing barrier in upfirdn2d": (
        "upfirdn2d_up1_down1",
        "4x4 up (1, 1) down (1, 1)",
        FILL,
        "        const int c = ",
        ("shared race", "before it is written"),
    ),
    "a barrier for half of the threads": (
        "filtered_lrelu_up2_down2",
        "fused up 2 taps (12,) (12,) size (14, 42)",
        ROWS,
        ROWS.replace("  __sync", "  if (threadIdx.x < 128) __syncthreads();\n__sync"),
        ("divergent barrier",),
    ),
    "a dropped tap": (
        "filtered_lrelu_up2_down2",
        "fused up 2 taps (12,) (12,) size (14, 42)",
        "for (int j = 0; j < TAPS_DOWN; j++) sums[k] += taps[j]",
        "for (int j = 1; j < TAPS_DOWN; j++) sums[k] += taps[j]",
        ("is off by",),
    ),
    "a missing bound of the result": (
        "filtered_lrelu_up2_down2",
        "fused up 2 taps (12,) (12,) size (14, 42)",
        "            if (tile_y + y + k < p.out_h)\n",
        "",
        ("global access", "a second global write"),
    ),
    "a missing bound of the input": (
        "bias_act bias_act_gradient",
        "bias_act [41, 30] contiguous",
        "if (p.vectorised && next + 4 <= p.count)",
        "if (p.vectorised)",
        ("global access",),
    ),
    "a mask written at the wrong place": (
        "filtered_lrelu_up2_down2",
        "fused up 2 taps (12,) (12,) size (14, 42)",
        "const int first = (m_y + shift_y) / 4;",
        "const int first = m_y / 4;",
        ("is off by", "a second global write", "global access"),
    ),
}


def run(arguments: list[str], home: Path) -> list[dict[str, Any]]:
    """Run cases.py in a process of its own; one answer per library."""
    command = [sys.executable, "-m", "tests.cuda_ops.cuda.cases", *arguments]
    environment = {**os.environ, "LATENT_EXPLORER_HOME": str(home)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(KERNELS.values(), tmp_path_factory.mktemp("emulated"))


def test_every_kernel_agrees_with_the_reference_to_second_order(emulated: Path, tmp_path: Path):
    (answer,) = run([str(emulated)], tmp_path)

    assert answer["failed"] == {}
    assert answer["cases"] > 100
    assert answer["kernels"] == sorted(KERNELS)  # a kernel that no case runs is not verified


def test_the_public_operators_match_the_golden_numbers(emulated: Path, tmp_path: Path):
    require_golden()

    (answer,) = run(["--golden", str(emulated)], tmp_path)

    assert answer["failed"] == {}
    assert {name.split("_up")[0] for name in answer["kernels"]} == {
        "bias_act_f32",
        "bias_act_gradient_f32",
        "upfirdn2d_f32",
        "upfirdn2d",
        "filtered_lrelu",
    }


def test_less_shared_memory_than_needed_is_found(emulated: Path, tmp_path: Path):
    cases = "fused up 2 taps (12,) (12,) size (14, 42)"
    (answer,) = run(["--short", "8", f"{emulated}={cases}"], tmp_path)

    assert answer["cases"] == len(answer["failed"]) == 2
    for wrong in answer["failed"].values():
        assert "shared word" in wrong[0]


def test_faults_are_found(tmp_path: Path):
    libraries = []
    for i, (kernels, cases, before, after, _) in enumerate(FAULTS.values()):
        folder = tmp_path / str(i)
        folder.mkdir()
        with_fault = [KERNELS[f"{kernel}_f32"] for kernel in kernels.split()]
        libraries.append(f"{build(with_fault, folder, (before, after))}={cases}")

    answers = run(["--float32", *libraries], tmp_path)

    for fault, answer in zip(FAULTS, answers, strict=True):
        assert answer["failed"], fault
        reports = [text for wrong in answer["failed"].values() for text in wrong]
        assert any(word in text for text in reports for word in FAULTS[fault][4]), (fault, reports)


def test_the_self_check_passes_and_finds_a_wrong_kernel(emulated: Path, tmp_path: Path):
    fault = FAULTS["a dropped tap"]
    kernels = [k for k in KERNELS.values() if "_f32" in k.name and "radial" not in k.name]
    wrong = build(kernels, tmp_path, (fault[2], fault[3]))

    answers = run(["--self-check", str(emulated), str(wrong)], tmp_path)

    assert [answer["wrong"] for answer in answers] == [None, "filtered_lrelu in float32"]
