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
from tests.golden import golden_dir, require_golden

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [
    pytest.mark.platform("linux"),  # the emulator's fibres
    pytest.mark.timeout(900),  # half a minute; more where others use the processor too
]

FUSED = "fused up 2 taps (12,) (12,) size (14, 42)"
# What the self-check runs, in float32.
CHECKED = (
    "bias_act",
    "bias_act_gradient",
    "upfirdn2d_up2_down1",
    "upfirdn2d_up1_down2",
    "filtered_lrelu_up2_down2",
)
ROWS = "            up_rows();\n            __syncthreads();\n"
FILL = "        __syncthreads();\n\n        const int c = "
# Kernels, cases, the piece of text that is replaced and by what, and what may be reported.
FAULTS: dict[str, tuple[str, str, str, str, tuple[str, ...]]] = {
    "a missing barrier in filtered_lrelu": (
        "filtered_lrelu_up2_down2",
        FUSED,
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
        FUSED,
        ROWS,
        ROWS.replace("  __sync", "  if (threadIdx.x < 128) __syncthreads();\n__sync"),
        ("divergent barrier",),
    ),
    "a dropped tap": (
        "filtered_lrelu_up2_down2",
        FUSED,
        "for (int j = 0; j < TAPS_DOWN; j++) sums[k] += taps[j]",
        "for (int j = 1; j < TAPS_DOWN; j++) sums[k] += taps[j]",
        ("is off by",),
    ),
    "a missing bound of the result": (
        "filtered_lrelu_up2_down2",
        FUSED,
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
        FUSED,
        "const int first = (m_y + shift_y) / 4;",
        "const int first = m_y / 4;",
        ("is off by", "a second global write", "global access"),
    ),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Everything this file looks at, from one process: importing torch takes seconds."""
    emulated = build(KERNELS.values(), tmp_path_factory.mktemp("emulated"))
    jobs: dict[str, dict[str, Any]] = {
        "all": {"library": str(emulated), "mode": "cases"},
        "short": {"library": str(emulated), "mode": "cases", "only": FUSED, "short": 8},
        "self-check": {"library": str(emulated), "mode": "self-check"},
        "registry": {"library": str(emulated), "mode": "registry"},
    }
    for fault, (kernels, cases, before, after, _) in FAULTS.items():
        with_fault = [KERNELS[f"{kernel}_f32"] for kernel in kernels.split()]
        library = build(with_fault, tmp_path_factory.mktemp("fault"), (before, after))
        jobs[fault] = {"library": str(library), "mode": "cases", "only": cases, "float32": True}
    kernels = [KERNELS[f"{name}_f32"] for name in CHECKED]
    wrong = build(kernels, tmp_path_factory.mktemp("wrong"), FAULTS["a dropped tap"][2:4])
    jobs["self-check of a wrong kernel"] = {"library": str(wrong), "mode": "self-check"}
    if golden_dir() is not None:
        jobs["golden"] = {"library": str(emulated), "mode": "golden"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.cuda_ops.cuda.cases"],
        cwd=ROOT,
        env={**os.environ, "LATENT_EXPLORER_HOME": str(tmp_path_factory.mktemp("home"))},
        input=json.dumps(list(jobs.values())),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(jobs, map(json.loads, done.stdout.splitlines()), strict=True))


def test_every_kernel_agrees_with_the_reference_to_second_order(answers: dict[str, Any]):
    answer = answers["all"]

    assert answer["failed"] == {}
    assert answer["cases"] > 100
    assert answer["kernels"] == sorted(KERNELS)  # a kernel that no case runs is not verified


def test_the_public_operators_match_the_golden_numbers(answers: dict[str, Any]):
    require_golden()
    answer = answers["golden"]

    assert answer["failed"] == {}
    assert answer["cases"] == 33
    assert {name.split("_up")[0] for name in answer["kernels"]} == {
        "bias_act_f32",
        "bias_act_gradient_f32",
        "upfirdn2d_f32",
        "upfirdn2d",
        "filtered_lrelu",
    }


def test_less_shared_memory_than_needed_is_found(answers: dict[str, Any]):
    answer = answers["short"]

    assert answer["cases"] == len(answer["failed"]) == 2
    for wrong in answer["failed"].values():
        assert "shared word" in wrong[0]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str, answers: dict[str, Any]):
    assert answers[fault]["failed"]
    reports = [text for wrong in answers[fault]["failed"].values() for text in wrong]
    assert any(word in text for text in reports for word in FAULTS[fault][4]), reports


def test_the_operators_are_what_torch_was_told(answers: dict[str, Any]):
    assert answers["registry"] == {"cases": 18, "failed": {}}


def test_the_self_check_passes_and_finds_a_wrong_kernel(answers: dict[str, Any]):
    assert answers["self-check"] == {"wrong": None, "layout": None}
    assert answers["self-check of a wrong kernel"]["wrong"] == "filtered_lrelu in float32"
