"""The NEON kernels: compiled for both ARM systems, whole vectors, every function once emulated.

Every test that asks for an `isa` also runs with them, in the emulator (emulated.py).
"""

from __future__ import annotations

import platform
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from cuda_ops import bias_act, filtered_lrelu, modulated_conv2d, upfirdn2d
from cuda_ops.cpu import build, cross, library, prebuilt
from cuda_ops.cpu.conv2d import conv2d
from cuda_ops.rgba8 import rgba8
from tests.cuda_ops.native import assert_close, normal
from tests.cuda_ops.neon import emulated

FILTER = torch.tensor([1.0, 3, 3, 1]) / 8
LIBRARY = prebuilt.FOLDER / emulated.PLATFORM / "neon.so"
# Of the sources with a product in their innermost loop: how many of whole vectors there are at
# least. A loop the compiler did not turn into vectors costs several times the time and no error.
VECTORS = {
    "conv2d": 40,
    "conv2d_weight": 20,
    "filtered_lrelu": 1000,
    "modulated_conv2d_few": 30,
    "modulated_conv2d_gemm": 16,
    "modulated_conv2d_up": 80,
    "modulated_conv2d_winograd": 30,
    "upfirdn2d": 40,
    "upfirdn2d_four": 20,
}


def _tools(target: str, platform: str) -> build.Tools:
    zig = cross.zig_path()
    assert zig is not None
    options = ("c++", "-target", target, "-Werror")
    return build.Tools(str(zig), build.find_ninja(), options, platform)


@pytest.mark.ziglang
@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("target", ["aarch64-linux-gnu.2.17", "aarch64-macos"])
def test_the_kernels_compile_for_arm(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path))
    system = {"linux": "linux", "macos": "darwin"}[target.split("-")[1]]
    library = tmp_path / "neon.so"
    build.build("neon", _tools(target, f"{system}-aarch64"), library)
    content = library.read_bytes()
    assert content.startswith({"linux": b"\x7fELF", "darwin": b"\xcf\xfa\xed\xfe"}[system])
    for name in _exported():
        assert name.encode() in content


@pytest.mark.ziglang
@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", VECTORS)
def test_the_products_are_whole_vectors(name: str, tmp_path: Path):
    tools = _tools(cross.TARGETS[emulated.PLATFORM], emulated.PLATFORM)
    listing = tmp_path / "listing.s"
    source = build.SOURCE_DIR / f"{name}.cpp"
    flags = [*tools.options, *build.COMMON_FLAGS.split(), "-Wno-error"]
    command = [tools.compiler, *flags, "-S", str(source), "-o", str(listing)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = listing.read_text("utf-8", errors="replace")  # with the contents of tables
    assert len(re.findall(r"\tfml[as]\tv\d+\.4s, ", text)) >= VECTORS[name]
    assert len(re.findall(r"\tfn?m(add|sub)\ts", text)) <= 2  # upfirdn2d's rows of any factor


def test_the_library_that_comes_along_runs_on_older_systems():
    content = LIBRARY.read_bytes()
    versions = {
        tuple(map(int, found.split(b"."))) for found in re.findall(rb"GLIBC_([\d.]+)", content)
    }
    assert versions == {(2, 17)}
    assert set(re.findall(rb"lib\w+\.so\.\d", content)) <= {b"libc.so.6", b"libpthread.so.0"}
    assert b"GLIBCXX" not in content


@pytest.mark.parametrize("name", ["aarch64", "arm64"])
def test_an_arm_machine_takes_it(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(platform, "machine", lambda: name)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    loaded: list[str] = []
    monkeypatch.setattr(library.ctypes, "CDLL", loaded.append)
    assert library.supported() == ["neon"]
    with library.using("auto") as kernels:
        assert kernels.isa == "neon"
    assert loaded == [str(LIBRARY)]


def _bias_act(impl: str) -> list[Tensor]:
    x, b = normal(2, 3, 5, 7).requires_grad_(), normal(3, seed=1).requires_grad_()
    y = bias_act(x, b, act="lrelu", clamp=0.7, impl=impl)
    return [y, *torch.autograd.grad(y, [x, b], normal(*y.shape, seed=2))]


def _upfirdn2d(impl: str) -> list[Tensor]:
    x = normal(1, 2, 9, 13).requires_grad_()
    y = upfirdn2d(x, FILTER, up=2, padding=[2, 1, 2, 1], impl=impl)
    return [y, *torch.autograd.grad(y, [x], normal(*y.shape, seed=2))]


def _filtered_lrelu(impl: str) -> list[Tensor]:
    x, b = normal(1, 3, 14, 21).requires_grad_(), normal(3, seed=1).requires_grad_()
    f = normal(12, seed=2) / 4
    y = filtered_lrelu(x, f, f, b, up=2, down=2, padding=[9, 8, 9, 8], clamp=0.8, impl=impl)
    return [y, *torch.autograd.grad(y, [x, b], normal(*y.shape, seed=3))]


def _modulated_conv2d(impl: str) -> list[Tensor]:
    results = []
    with torch.no_grad():
        for size, out, taps, up in MODULATED.values():
            x, styles = normal(2, 9, size, size), normal(2, 9, seed=1)
            weight = normal(out, 9, taps, taps, seed=2)
            results.append(
                modulated_conv2d(
                    x,
                    weight,
                    styles,
                    demodulate=out > 4,
                    up=up,
                    padding=0 if up else taps // 2,
                    f=FILTER if up else None,
                    b=normal(out, seed=3),
                    act="lrelu",
                    impl=impl,
                )
            )
    return results


def _rgba8(impl: str) -> list[Tensor]:
    return [rgba8(normal(3, 7, 9), impl=impl)]


def _conv2d(impl: str) -> list[Tensor]:
    x, weight = normal(2, 5, 9, 11).requires_grad_(), normal(7, 5, 3, 3, seed=1).requires_grad_()
    if impl == "native":
        y = conv2d(x, weight, 1)
    else:
        y = torch.nn.functional.conv2d(x, weight, padding=1)
    return [y, *torch.autograd.grad(y, [x, weight], normal(*y.shape, seed=2))]


# How modulated_conv2d computes a layer -> width, outputs, taps and up of one that takes it.
MODULATED = {
    "KIND_1X1": (8, 7, 1, False),
    "KIND_DIRECT": (4, 7, 3, False),
    "KIND_WINOGRAD": (12, 7, 3, False),
    "KIND_UP2": (5, 7, 3, True),
    "KIND_UP4": (17, 7, 3, True),
    "KIND_FEW": (8, 3, 1, False),
}
# The exported functions, by what calls all of them.
CALLS: dict[Callable[[str], list[Tensor]], set[str]] = {
    _bias_act: {"le_bias_act", "le_bias_act_backward", "le_channel_sums"},
    _upfirdn2d: {"le_upfirdn2d"},
    _filtered_lrelu: {"le_filtered_lrelu", "le_channel_sums"},
    _modulated_conv2d: {
        "le_modulated_conv2d_plan",
        "le_modulated_conv2d_prepare",
        "le_modulated_conv2d",
    },
    _rgba8: {"le_rgba8"},
    _conv2d: {"le_conv2d", "le_conv2d_weight"},
}


def _exported() -> set[str]:
    text = "".join(path.read_text("utf-8") for path in build.SOURCE_DIR.glob("*.cpp"))
    return set(re.findall(r"^OPS_API \w+ \*?(\w+)\(", text, re.MULTILINE))


def test_every_exported_function_and_kind_of_layer_is_called_here():
    """Whoever adds a function or a kind adds a call of it above."""
    assert set().union(*CALLS.values()) == _exported()
    header = (build.SOURCE_DIR / "modulated_conv2d.h").read_text("utf-8")
    assert set(MODULATED) == set(re.findall(r"^ +(KIND_\w+) =", header, re.MULTILINE))


@pytest.mark.qemu
@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__.lstrip("_"))
def test_every_function_gives_what_the_reference_gives(call: Callable[[str], list[Tensor]]):
    machine = emulated.machine()
    machine.called.clear()
    with emulated.using("neon"):
        native = call("native")
    assert machine.called == CALLS[call]
    results = (native, call("reference"))
    assert_close(*([t.detach().float() for t in tensors] for tensors in results))
