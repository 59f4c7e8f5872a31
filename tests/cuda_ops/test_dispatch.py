"""Which implementation runs, what says so, and what happens where there are no kernels."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import cuda_ops
from cuda_ops import bias_act
from cuda_ops.cpu import build, library
from tests.cuda_ops.native import isa, normal

__all__ = ["isa"]

ROOT = Path(__file__).parents[2]
SCRIPT = """
import torch, cuda_ops
y = cuda_ops.bias_act(torch.tensor([[-1.0, 2.0]]), act="relu", gain=1)
assert y.tolist() == [[0, 2]]
status = cuda_ops.status().ops[0]
print(status.implementation, status.reason)
"""


def run_script(script: str, **environment: str) -> str:
    """Run Python lines in a process of their own; return what they print."""
    variables = {k: v for k, v in os.environ.items() if k not in ("CXX", library.VARIABLE)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, cwd=ROOT, env=variables | environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


def test_status_names_every_operator_on_every_device():
    status = cuda_ops.status()
    assert status.devices[0] == "cpu"
    assert {(op.op, op.device) for op in status.ops} >= {
        (op, device)
        for op in ("bias_act", "upfirdn2d", "filtered_lrelu", "modulated_conv2d")
        for device in status.devices
    }
    for op in status.ops:
        assert op.implementation in ("native", "reference")
        assert re.fullmatch(r"[A-Z][^\n]*\.", op.reason)


def test_status_names_the_instruction_set(isa: str):
    assert {op.variant for op in cuda_ops.status().ops if op.device == "cpu"} == {f"native {isa}"}
    with library.using("reference"):
        on_cpu = [op for op in cuda_ops.status().ops if op.device == "cpu"]
    assert {op.variant for op in on_cpu} == {"reference"}


def test_the_variable_asks_for_the_reference():
    said = run_script(SCRIPT, LATENT_EXPLORER_OPS="reference")
    assert said == "reference LATENT_EXPLORER_OPS=reference is set, so plain PyTorch runs."


def test_an_unknown_choice_is_named():
    said = run_script(SCRIPT, LATENT_EXPLORER_OPS="mmx")
    assert re.match(r"reference LATENT_EXPLORER_OPS must be one of reference, auto, .* mmx", said)


def test_without_kernels_and_compiler_the_reference_runs_and_says_what_to_install(tmp_path: Path):
    script = (
        f"import pathlib\nfrom cuda_ops.cpu import prebuilt\n"
        f"prebuilt.FOLDER = pathlib.Path({str(tmp_path)!r})\n{SCRIPT}"
    )
    said = run_script(script, PATH="", LATENT_EXPLORER_HOME=str(tmp_path))
    if library.supported():
        assert said.startswith("reference No C++ compiler and no prebuilt kernels for ")
        assert said.endswith("then start again.")
    else:
        assert said.startswith("reference ")


def test_a_compiler_that_fails_is_quoted(tmp_path: Path):
    if build.find_tools() is None:
        pytest.skip("no C++ compiler here")
    fake = tmp_path / "broken-c++"
    fake.write_text("#!/bin/sh\necho 'fatal error: no such luck' >&2\nexit 1\n")
    fake.chmod(0o755)
    script = (
        f"import pathlib\nfrom cuda_ops.cpu import prebuilt\n"
        f"prebuilt.FOLDER = pathlib.Path({str(tmp_path)!r})\n{SCRIPT}"
    )
    said = run_script(script, CXX=str(fake), LATENT_EXPLORER_HOME=str(tmp_path))
    assert said.startswith("reference The kernels could not be built: ")
    assert "no such luck" in said


def test_native_is_an_error_where_it_cannot_run():
    x = normal(2, 3)
    with pytest.raises(RuntimeError, match=r"take float32, got torch.float64; use impl='auto'"):
        bias_act(x.double(), impl="native")
    with (
        library.using("reference"),
        pytest.raises(RuntimeError, match=r"bias_act: LATENT_EXPLORER_OPS=reference is set, .*"),
    ):
        bias_act(x, impl="native")


def test_auto_takes_the_reference_for_what_the_kernels_do_not_have():
    x = normal(2, 3).double()
    assert torch.equal(bias_act(x, impl="auto"), bias_act(x, impl="reference"))
