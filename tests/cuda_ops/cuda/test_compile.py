"""NVIDIA's compilers take every kernel for every architecture, and keep it in registers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from cuda_ops.cuda import nvrtc
from cuda_ops.cuda.kernels import KERNELS, program

# The oldest and the newest always, what lies between where time does not matter.
QUICK, SLOW = (75, 120), (80, 86, 89, 90, 100)
CAPABILITIES = [*QUICK, *(pytest.param(c, marks=pytest.mark.slow) for c in SLOW)]
_ENTRY = re.compile(r"Compiling entry function '(\w+)' for 'sm_(\d+)'")
_SPILLS = re.compile(r"(\d+) bytes spill stores, (\d+) bytes spill loads")


def compiled_without_spills(log: str) -> set[tuple[str, int]]:
    """Return which kernels the assembler reports for which capability; fail for one that spills."""
    found = set()
    for part in log.split("ptxas info    : Compiling entry")[1:]:
        entry, spills = _ENTRY.search("Compiling entry" + part), _SPILLS.search(part)
        assert entry is not None
        assert spills is not None, part
        assert spills.groups() == ("0", "0"), f"{entry[1]} for sm_{entry[2]}: {spills[0]}"
        found.add((entry[1], int(entry[2])))
    return found


@pytest.mark.nvrtc
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_nvrtc_compiles_every_kernel_without_spills(capability: int):
    code = nvrtc.find().compile(program(KERNELS.values()), f"sm_{capability}", "--ptxas-options=-v")

    assert compiled_without_spills(code.log) == {(name, capability) for name in KERNELS}
    assert code.image.startswith(b"\x7fELF")
    assert all(name.encode() in code.image for name in KERNELS)


@pytest.mark.nvcc
@pytest.mark.parametrize("capabilities", [QUICK, pytest.param(SLOW, marks=pytest.mark.slow)])
def test_nvcc_compiles_every_kernel_without_spills(capabilities: tuple[int, ...], tmp_path: Path):
    (tmp_path / "kernels.cu").write_text(program(KERNELS.values()), "utf-8")
    targets = ",".join(f"sm_{c}" for c in capabilities)
    command = ["nvcc", "-std=c++17", "-fatbin", "-Xptxas", "-v", "-Werror", "all-warnings"]
    command += ["-gencode", f"arch=compute_75,code=[{targets}]", "kernels.cu"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    reported = compiled_without_spills(done.stdout + done.stderr)
    assert reported == {(name, c) for name in KERNELS for c in capabilities}


@pytest.mark.nvrtc
def test_ptx_is_compiled_for_gpus_that_nvrtc_does_not_know():
    compiler = nvrtc.find()
    newest, oldest = compiler.capabilities[-1], compiler.capabilities[0]

    assert compiler.target(newest + 1) == f"compute_{newest}"
    assert compiler.target(oldest) == f"sm_{oldest}"
    assert compiler.target(oldest - 1) is None
    ptx = compiler.compile(program([KERNELS["bias_act_f32"]]), f"compute_{newest}").image
    assert ptx.lstrip().startswith(b"//")
    assert b".entry bias_act_f32" in ptx


@pytest.mark.nvrtc
def test_a_kernel_that_does_not_compile_says_where():
    with pytest.raises(nvrtc.NvrtcError, match=r"cannot compile for sm_75:\n.*error"):
        nvrtc.find().compile("not a kernel", "sm_75")
