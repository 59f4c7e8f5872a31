"""The modulated convolution's kernels against the reference in float64, on every set of kernels."""

from __future__ import annotations

import gc
import re
import shutil
import subprocess
from typing import Any

import pytest
import torch
from torch import Tensor

from cuda_ops import modulated_conv2d
from cuda_ops.cpu import library
from cuda_ops.cpu.prepared import prepared_bytes
from tests.cuda_ops.native import HERE, isa, normal

__all__ = ["isa"]

TOLERANCE = 1e-5  # of the largest value; a whole network is allowed 1e-4
FILTER = torch.outer(torch.tensor([1.0, 3, 3.5, 1]), torch.tensor([1.0, 2, 4, 1])) / 64

# (N, in, out, H, W), kernel, options
CASES: list[tuple[tuple[int, ...], int, dict[str, Any]]] = [
    # 3x3 of few pixels: directly
    ((2, 16, 8, 4, 4), 3, {"padding": 1}),
    ((1, 33, 70, 7, 5), 3, {"padding": 2}),
    # 3x3 by Winograd: tiles that do not fill rows, lanes or panels; every padding in use
    ((2, 16, 8, 16, 16), 3, {"padding": 1}),
    ((1, 40, 33, 37, 53), 3, {"padding": 2}),
    ((1, 7, 70, 9, 150), 3, {"padding": 0}),
    ((1, 130, 32, 64, 64), 3, {"padding": 1}),
    ((1, 512, 8, 40, 40), 3, {"padding": 1}),
    # 1x1, and to few channels
    ((2, 70, 130, 33, 17), 1, {}),
    ((1, 16, 3, 20, 20), 1, {"demodulate": True}),
    ((2, 7, 3, 64, 33), 1, {"demodulate": False}),
    ((1, 6, 1, 5, 5), 1, {"demodulate": False}),
    # doubling: narrow and wide, sizes that tiles do not divide, one pixel
    ((2, 16, 9, 4, 4), 3, {"up": True}),
    ((1, 40, 70, 13, 22), 3, {"up": True}),
    ((2, 16, 64, 32, 64), 3, {"up": True}),
    ((1, 40, 33, 70, 66), 3, {"up": True}),
    ((1, 300, 8, 64, 128), 3, {"up": True}),
    ((1, 3, 2, 1, 1), 3, {"up": True}),
]


def _inputs(
    sizes: tuple[int, ...], kernel: int, options: dict[str, Any]
) -> tuple[list[Tensor], dict[str, Any]]:
    """Return x, weight and styles, and everything that may follow the convolution."""
    n, cin, out, h, w = sizes
    up, pad = options.get("up", False), options.get("padding", 0)
    oh, ow = (2 * h, 2 * w) if up else (h + 2 * pad - kernel + 1, w + 2 * pad - kernel + 1)
    tensors = [
        normal(n, cin, h, w),
        normal(out, cin, kernel, kernel, seed=1),
        normal(n, cin, seed=2),
    ]
    after: dict[str, Any] = {
        "noise": normal(*((oh, ow) if n == 1 else (n, 1, oh, ow)), seed=3),
        "b": normal(out, seed=4),
        "act": "lrelu",
        "clamp": 2.0,
        "input_gain": torch.tensor(0.7),
    }
    return tensors, {**options, **({"f": FILTER} if up else {}), **after}


def _in_float64(tensors: list[Tensor], options: dict[str, Any]) -> Tensor:
    wide = {k: v.double() if isinstance(v, Tensor) else v for k, v in options.items()}
    return modulated_conv2d(*(t.double() for t in tensors), impl="reference", **wide)


def _assert_near(y: Tensor, exact: Tensor) -> None:
    assert y.shape == exact.shape
    assert y.dtype == torch.float32
    error, largest = (y - exact).abs().max().item(), exact.abs().max().item()
    assert error <= TOLERANCE * largest, f"{error:.2g} of {largest:.2g}"


@pytest.mark.parametrize("sizes, kernel, options", CASES)
def test_it_is_the_reference(
    isa: str, sizes: tuple[int, ...], kernel: int, options: dict[str, Any]
):
    tensors, everything = _inputs(sizes, kernel, options)
    y = modulated_conv2d(*tensors, impl="native", **everything)
    _assert_near(y, _in_float64(tensors, everything))

    bare = {k: everything[k] for k in ("padding", "up", "f", "demodulate") if k in everything}
    y = modulated_conv2d(*tensors, impl="native", **bare)
    _assert_near(y, _in_float64(tensors, bare))


@pytest.mark.parametrize("case", [1, 3, 7, 9, 12, 14])
def test_bits_do_not_depend_on_threads_or_batch(isa: str, case: int):
    sizes, kernel, options = CASES[case]
    (x, weight, styles), after = _inputs((3, *sizes[1:]), kernel, options)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        expected = modulated_conv2d(x, weight, styles, impl="native", **after)
        torch.set_num_threads(3)
        together = modulated_conv2d(x, weight, styles, impl="native", **after)
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(together, expected)
    for n in range(3):
        one = {**after, "noise": after["noise"][n]}
        one["noise"] = one["noise"][None]
        y = modulated_conv2d(x[n : n + 1], weight, styles[n : n + 1], impl="native", **one)
        assert torch.equal(y[0], expected[n])


def test_the_surroundings_of_a_picture_do_not_matter(isa: str):
    """A wrong bound reads its neighbours; here they are NaN."""
    (x, weight, styles), after = _inputs((1, 9, 5, 21, 19), 3, {"padding": 1})
    expected = modulated_conv2d(x, weight, styles, impl="native", **after)
    walled = torch.full([x.numel() + 8192], float("nan"))
    walled[4096 : 4096 + x.numel()] = x.flatten()
    inside = walled[4096 : 4096 + x.numel()].reshape(x.shape)
    assert torch.equal(modulated_conv2d(inside, weight, styles, impl="native", **after), expected)


def test_weights_that_change_are_prepared_anew(isa: str):
    x, styles = normal(1, 16, 12, 12), normal(1, 16, seed=2)
    weight = torch.nn.Parameter(normal(8, 16, 3, 3, seed=1), requires_grad=False)
    first = modulated_conv2d(x, weight, styles, padding=1, impl="native")
    weight.mul_(-1)
    turned = modulated_conv2d(x, weight, styles, padding=1, impl="native", demodulate=False)
    reference = modulated_conv2d(x, weight, styles, padding=1, impl="reference", demodulate=False)
    torch.testing.assert_close(turned, reference, atol=1e-3, rtol=0)
    assert torch.equal(modulated_conv2d(x, weight, styles, padding=1, impl="native"), -first)
    with torch.inference_mode():  # tensors made here have no version: what they hold is read anew
        fresh = weight * 1
        modulated_conv2d(x, fresh, styles, padding=1, impl="native")
        fresh.mul_(-1)
        assert torch.equal(modulated_conv2d(x, fresh, styles, padding=1, impl="native"), first)


def test_other_memory_at_the_same_address_is_prepared_anew(isa: str):
    x, styles = normal(1, 16, 12, 12), normal(1, 16, seed=2)
    weight = torch.nn.Parameter(normal(8, 16, 3, 3, seed=1), requires_grad=False)
    options: dict[str, Any] = {"padding": 1, "demodulate": False}
    modulated_conv2d(x, weight, styles, impl="native", **options)
    address = weight.data_ptr()
    for _ in range(100):  # torch counts no change when a tensor is given other memory
        weight.data = weight.data * 1.01
        if weight.data_ptr() == address:
            break
    y = modulated_conv2d(x, weight, styles, impl="native", **options)
    reference = modulated_conv2d(x, weight, styles, impl="reference", **options)
    torch.testing.assert_close(y, reference, atol=1e-3, rtol=1e-3)


def test_prepared_weights_live_as_long_as_the_weights(isa: str):
    gc.collect()
    before = prepared_bytes()
    x, styles, weight = normal(1, 64, 16, 16), normal(1, 64, seed=2), normal(64, 64, 3, 3, seed=1)
    modulated_conv2d(x, weight, styles, padding=1, impl="native")
    assert prepared_bytes() - before == 4 * (36 * 64 * 64 + 64 * 64)
    for _ in range(3):  # written to: one set is kept, not four
        weight.add_(1)
        modulated_conv2d(x, weight, styles, padding=1, impl="native")
    assert prepared_bytes() - before == 4 * (36 * 64 * 64 + 64 * 64)
    del weight
    gc.collect()
    assert prepared_bytes() == before


@pytest.mark.parametrize("isa", HERE, indirect=True)
def test_the_products_are_whole_vectors(isa: str):
    """A loop the compiler did not turn into vectors costs ten times the time and no error."""
    objdump = shutil.which("objdump")
    registers = {"avx512": "zmm", "avx2": "ymm"}
    if objdump is None or isa not in registers:
        pytest.skip("no objdump here, or not of this machine's code")
    handle = library.current().handle
    assert handle is not None
    command = [objdump, "-d", "--no-show-raw-insn", handle._name]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # The product's weights are read one number at a time, straight into all lanes.
    broadcast = {"avx512": r"vfmadd231ps .*\{1to16\}", "avx2": r"vbroadcastss .*,%ymm"}[isa]
    assert len(re.findall(broadcast, listing)) >= 8
    whole = len(re.findall(rf"vfmadd\d+ps .*%{registers[isa]}", listing))
    assert whole > 10 * len(re.findall(r"vfmadd\d+ss ", listing))


@pytest.mark.parametrize("up", [False, True])
def test_gradients_are_those_of_the_reference(up: bool):
    (x, weight, styles), after = _inputs((2, 4, 3, 6, 5), 3, {"up": up, "padding": int(not up)})
    results = []
    for impl in ("native", "reference"):
        varied = [t.clone().requires_grad_() for t in (x, weight, styles)]
        y = modulated_conv2d(*varied, impl=impl, **after)
        grads = torch.autograd.grad(y.square().sum(), varied, create_graph=True)
        penalty = sum(g.square().sum() for g in grads)
        assert isinstance(penalty, Tensor)
        results.append([y, *grads, *torch.autograd.grad(penalty, varied)])
    for native, reference in zip(*results, strict=True):
        scale = reference.abs().max().item()
        torch.testing.assert_close(native, reference, atol=1e-5 * scale, rtol=1e-4)


@pytest.mark.parametrize(
    "kernel, options",
    [
        (3, {"act": "swish", "padding": 1}),
        (5, {"padding": 2}),
        (3, {"up": True}),
        (3, {"up": True, "f": torch.ones(6, 6) / 36}),
        (3, {"up": True, "f": torch.eye(4)}),
        (1, {"up": True, "f": FILTER}),
    ],
)
def test_what_the_kernels_do_not_have_is_composed(kernel: int, options: dict[str, Any]):
    x, weight, styles = (
        normal(2, 4, 9, 8),
        normal(3, 4, kernel, kernel, seed=1),
        normal(2, 4, seed=2),
    )
    y = modulated_conv2d(x, weight, styles, impl="native", **options)
    _assert_near(y, _in_float64([x, weight, styles], options))


def test_a_filter_can_be_trained():
    x, weight, styles = normal(1, 4, 6, 6), normal(3, 4, 3, 3, seed=1), normal(1, 4, seed=2)
    grads = []
    for impl in ("native", "reference"):
        f = torch.tensor([1.0, 3, 3, 1]).requires_grad_()
        y = modulated_conv2d(x, weight, styles, up=True, f=f, impl=impl)
        grads.append(torch.autograd.grad(y.square().sum(), f)[0])
    torch.testing.assert_close(*grads, rtol=1e-4, atol=0)


def test_errors_say_what_is_allowed():
    x, weight, styles = normal(1, 4, 5, 5), normal(3, 4, 3, 3), normal(1, 4)
    for wrong, words in (
        ((x[0], weight, styles), r"x must have shape \[N, in, H, W\], got \[4, 5, 5\]"),
        (
            (x, weight[:0], styles),
            r"weight must have an output and a tap at least, got \[0, 4, 3, 3\]",
        ),
        (
            (x, weight[:, :2], styles),
            r"weight must have shape \[out, 4, k, k\].*got \[3, 2, 3, 3\]",
        ),
        ((x, weight, styles[:, :3]), r"styles must have shape \[1, 4\].*got \[1, 3\]"),
    ):
        with pytest.raises(ValueError, match=words):
            modulated_conv2d(*wrong)
    options: dict[str, Any]
    for options, words in (
        ({"padding": -1}, "padding must be at least 0, got -1"),
        ({"padding": 1, "up": True}, "padding must be 0 with up, got 1"),
        ({"f": FILTER}, "f filters behind up"),
        ({"act": "gelu"}, "act must be one of linear, .* got 'gelu'"),
        ({"clamp": -1.0}, "clamp must be at least 0, got -1.0"),
        ({"b": torch.zeros(1)}, r"b must have shape \[3\] to fit weight .*, got \[1\]"),
        ({"up": True, "f": torch.ones(2, 4, 4)}, r"f must have one or two dim.*got \[2, 4, 4\]"),
        ({"up": True, "f": torch.ones(0)}, r"f must have one or two .* a tap at least, got \[0\]"),
    ):
        with pytest.raises(ValueError, match=words):
            modulated_conv2d(x, weight, styles, **options)
    with pytest.raises(ValueError, match="after padding is 2 pixels, less than the 3 of weight"):
        modulated_conv2d(x[:, :, :2], weight, styles)
