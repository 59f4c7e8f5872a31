"""filtered_lrelu's kernels against the reference: factors, filters, tiles, both derivatives."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import Tensor

from cuda_ops import filtered_lrelu
from cuda_ops.cpu import separable
from cuda_ops.cpu.separable import separate
from networks.config import StyleGAN3Config
from networks.stylegan3_filters import layer_filters
from networks.stylegan3_schedule import compute_layers
from tests.cuda_ops.native import TOLERANCE, assert_close, error, isa, normal
from tests.golden import load_golden

__all__ = ["isa"]

# Filters: of the 6 taps per phase that have passes of their own, shorter, longer, absent, in two
# dimensions. Pads: around, crossing, and cropping.
FACTORS = [(2, 2), (4, 2), (2, 4), (1, 2), (2, 1), (1, 1), (3, 2), ((2, 1), (1, 4)), (1, (3, 2))]
TAPS_U = ["six", 5, None, (7, 4)]
TAPS_D = ["six", 3, None, (12, 12)]
PADS = [[9, 8, 10, 7], [-2, 17, 15, -3], [12, 12, 12, 12]]


def _filter(taps: Any, factor: Any, seed: int) -> Tensor | None:
    if taps is None:
        return None
    if taps == "six":
        taps = 6 * (factor if isinstance(factor, int) else factor[0])
    f = normal(*((taps,) if isinstance(taps, int) else taps), seed=seed)
    return f / f.abs().sum().sqrt()


def _to_second_order(
    x: Tensor, fu: Tensor | None, fd: Tensor | None, b: Tensor | None, **options: Any
) -> list[Tensor]:
    varied = [x.clone().requires_grad_(), *([] if b is None else [b.clone().requires_grad_()])]
    y = filtered_lrelu(varied[0], fu, fd, *varied[1:], **options)
    gy = normal(*y.shape, seed=5).to(x.dtype).requires_grad_()
    grads = torch.autograd.grad(y, varied, gy, create_graph=True)
    loss = sum((g * normal(*g.shape, seed=6).to(x.dtype)).sum() for g in grads)
    assert isinstance(loss, Tensor)
    return [t.detach() for t in (y, *grads, *torch.autograd.grad(loss, [gy]))]


def _compare(x: Tensor, fu: Tensor | None, fd: Tensor | None, b: Tensor, **options: Any) -> None:
    exact = _to_second_order(x.double(), fu, fd, b.double(), **options)
    native = _to_second_order(x, fu, fd, b, impl="native", **options)
    assert_close(native, [t.float() for t in exact])
    with torch.no_grad():  # without a mask it is another kernel
        alone = filtered_lrelu(x, fu, fd, b, impl="native", **options)
    assert torch.equal(alone, native[0])


@pytest.mark.parametrize("factors", FACTORS)
def test_it_is_the_reference_to_second_order(isa: str, factors: tuple[Any, Any]):
    up, down = factors
    for index, (taps_u, taps_d) in enumerate(itertools.product(TAPS_U, TAPS_D)):
        height, width = (14, 21) if index % 2 else (11, 38)
        _compare(
            normal(2, 9, height, width),
            _filter(taps_u, up, 1),
            _filter(taps_d, down, 2),
            normal(9, seed=3),
            up=up,
            down=down,
            padding=PADS[index % 3],
            clamp=(None, 0.8, 256.0)[(index // 2) % 3],
            slope=(0.2, 0.0, 1.0, 0.5)[index % 4],
            flip_filter=index % 5 == 0,
        )


@pytest.mark.parametrize("rows", [12, 6])
def test_filters_the_same_upwards_and_downwards(isa: str, rows: int):
    half = normal(rows // 2, 12, seed=2) / 9
    fd = torch.cat([half, half.flip(0)])
    mirrored = separate(fd).mirrored
    assert mirrored is not None
    assert torch.equal(mirrored, fd)
    b = normal(5, seed=3)
    for up, size, pads in ((2, (30, 80), [9, 8, 9, 8]), (4, (11, 9), [-6, 9, 20, -4])):
        fu = _filter("six", up, 1)
        for flip in (False, True):
            options = {"up": up, "down": 2, "padding": pads, "clamp": 0.7, "flip_filter": flip}
            _compare(normal(1, 5, *size), fu, fd, b, **options)


@pytest.mark.parametrize("size", [(2, 3, 90, 170), (1, 33, 5, 80), (1, 1, 70, 6)])
def test_tiles_meet_without_a_seam(isa: str, size: tuple[int, ...]):
    fu, fd = _filter("six", 2, 1), _filter("six", 2, 2)
    b = normal(size[1], seed=3)
    _compare(normal(*size), fu, fd, b, up=2, down=2, padding=[9, 8, 9, 8], clamp=0.7)


def test_the_smallest_outputs(isa: str):
    fu, fd = _filter("six", 2, 1), _filter("six", 2, 2)
    for size, pads in (((1, 1), [11, 10, 11, 10]), ((6, 11), [0, 1, 5, 6])):
        _compare(normal(1, 2, *size), fu, fd, normal(2, seed=3), up=2, down=2, padding=pads)


@pytest.mark.parametrize("pads", [0, [-1, -2, 3, 4], [-3, -1, -2, -2]])
@pytest.mark.parametrize("slope", [1.0, 0.2])
def test_without_filters_it_is_bias_and_activation(isa: str, pads: Any, slope: float):
    options: dict[str, Any] = {"padding": pads, "clamp": 1.5, "gain": 1.2, "slope": slope}
    _compare(normal(2, 3, 14, 13), None, None, normal(3, seed=1), **options)


@pytest.mark.parametrize("index", range(26, 33))
def test_golden_numbers_to_second_order(isa: str, index: int):
    golden = load_golden("pytorch/ops.npz")
    case = dict(golden["cases_json"][index])
    assert case.pop("kind") == "filtered_lrelu"
    case["padding"] = case.pop("padding_x0x1y0y1")
    prefix = f"{index}/in/"
    inputs = {
        key[len(prefix) :]: torch.tensor(value).float()
        for key, value in golden.items()
        if key.startswith(prefix)
    }

    def right(name: str) -> Tensor:
        return torch.tensor(golden[f"{index}/{name}"]).float()

    x, b = inputs["x"].requires_grad_(), inputs["b"].requires_grad_()
    y = filtered_lrelu(x, inputs.get("fu"), inputs.get("fd"), b, impl="native", **case)
    gy = right("gy").requires_grad_()
    gx, gb = torch.autograd.grad((y * gy).sum(), [x, b], create_graph=True)
    (ggy,) = torch.autograd.grad((gx * right("ggw")).sum(), [gy])
    assert_close(
        [y.detach(), gx.detach(), gb.detach(), ggy],
        [right(name) for name in ("y", "grad/x", "grad/b", "gradgrad/gy")],
    )


def test_a_filter_is_the_sum_of_its_terms():
    ramp = torch.outer(torch.arange(1.0, 7), torch.ones(5)) + torch.outer(torch.ones(6), normal(5))
    for f, terms in ((normal(6), 1), (torch.outer(normal(6), normal(5)), 1), (ramp, 2)):
        fx, fy, mirrored = separate(f)
        assert mirrored is None
        assert len(fx) == len(fy) == terms
        whole = torch.outer(f, f) if f.ndim == 1 else f
        assert error((fy[:, :, None] * fx[:, None, :]).sum(0), whole) < 1e-6


def test_radial_filters_take_few_terms_and_lose_nothing():
    layers = compute_layers(StyleGAN3Config(resolution=256, use_radial_filters=True))
    radial = [layer_filters(layer)[1] for layer in layers if not layer.is_critically_sampled]
    for f in radial:
        assert f is not None
        fx, fy, mirrored = separate(torch.from_numpy(f))
        assert 2 <= len(fx) <= 4
        assert error((fy[:, :, None] * fx[:, None, :]).sum(0), torch.from_numpy(f)) < 2e-6
        assert mirrored is not None


def test_terms_are_kept_until_the_filter_changes():
    f = normal(4, 4)
    before = separate(f)
    assert separate(f) is before
    f.mul_(2)
    assert error(separate(f)[0], before[0] * 2**0.5) < 1e-5
    with torch.inference_mode():  # tensors made there do not know whether they changed
        made = normal(4, 4)
        assert error(separate(made)[0], before[0]) < 1e-5
        made.mul_(2)
        assert error(separate(made)[0], before[0] * 2**0.5) < 1e-5


def test_a_filter_written_to_meanwhile_is_taken_apart_again(monkeypatch: pytest.MonkeyPatch):
    f = normal(4, 4)

    def slow(taps: Tensor) -> separable.Terms:
        terms = work_out(taps)
        f.mul_(2)  # as another thread may
        return terms

    work_out = separable._separate
    monkeypatch.setattr(separable, "_separate", slow)
    before = separate(f)
    monkeypatch.undo()
    assert error(separate(f)[0], before[0] * 2**0.5) < 1e-5


def test_what_the_kernels_do_not_have_runs_the_reference():
    x, f = normal(1, 2, 9, 9), normal(6)
    options: dict[str, Any] = {"up": 2, "down": 2, "padding": 6}
    for gain in (0.0, -1.0):
        native, reference = (
            filtered_lrelu(x, f, f, gain=gain, impl=impl, **options)
            for impl in ("native", "reference")
        )
        assert torch.equal(native, reference)
    trained = f.clone().requires_grad_()
    filtered_lrelu(x, trained, f, impl="native", **options).sum().backward()
    assert trained.grad is not None


def test_nan_and_infinity_go_through(isa: str):
    for value, clamp in itertools.product((float("nan"), float("inf")), (None, 2.0)):
        x = normal(1, 3, 20, 40)
        x[0, 1, 9, 17] = value
        native, reference = (
            filtered_lrelu(
                x, torch.ones(12), torch.ones(12), up=2, down=2, padding=11, clamp=clamp, impl=impl
            )
            for impl in ("native", "reference")
        )
        assert torch.equal(native.isfinite(), reference.isfinite())
        assert torch.equal(native.isnan(), reference.isnan())


def test_strided_inputs_are_taken_as_they_are(isa: str):
    x, b = normal(2, 8, 12, 19).transpose(2, 3)[:, ::2], normal(8, seed=1)[::2]
    f = normal(12, 12)[::2, ::2]
    options: dict[str, Any] = {"up": 2, "down": 2, "padding": 7}
    native, reference = (
        _to_second_order(x, f, f, b, impl=impl, **options) for impl in ("native", "reference")
    )
    assert_close(native, reference)


def test_bits_do_not_depend_on_threads_or_batch(isa: str):
    x, b, f = normal(3, 21, 40, 90), normal(21, seed=1), normal(12, seed=2) / 4
    options: dict[str, Any] = {
        "up": 2,
        "down": 2,
        "padding": [9, 8, 9, 8],
        "clamp": 1.0,
        "impl": "native",
    }
    before = torch.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            results.append(_to_second_order(x, f, f, b, **options))
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))
    assert torch.equal(filtered_lrelu(x[1:2], f, f, b, **options), results[0][0][1:2])


def test_derivatives_keep_two_bits_a_sample_and_no_activations():
    x = normal(2, 16, 30, 30).requires_grad_()
    f, kept = normal(12), {}

    def remember(tensor: Tensor) -> Tensor:
        kept[tensor.data_ptr()] = tensor.nbytes
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(remember, lambda tensor: tensor):
        filtered_lrelu(x, f, f, up=2, down=2, padding=[9, 8, 9, 8], impl="native")
    samples = 2 * 16 * (30 * 2 + 17 - 11) ** 2
    assert sum(kept.values()) <= samples / 4 + 4 * f.nbytes


def test_empty_batches_stay_empty(isa: str):
    f = torch.ones(4)
    y, gx, gb, _ = _to_second_order(
        normal(0, 3, 8, 8), f, f, normal(3), up=2, down=2, padding=3, impl="native"
    )
    assert y.shape == (0, 3, 8, 8)
    assert gx.shape == (0, 3, 8, 8)
    assert torch.equal(gb, torch.zeros(3))


def test_the_gradient_of_no_pixels_has_none(isa: str):
    f = torch.ones(6)
    x = torch.zeros(1, 2, 0, 4, requires_grad=True)
    y = filtered_lrelu(x, f, f, up=2, down=2, padding=10, impl="native")
    assert torch.equal(y, torch.zeros(1, 2, 5, 9))
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.shape == (1, 2, 0, 4)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 3, 3), ()])
def test_filters_without_taps_or_with_other_dimensions_are_refused(shape: tuple[int, ...]):
    x, f, fine = normal(1, 1, 8, 8), torch.ones(shape), torch.ones(1)
    for name, filters in (("fu", (f, fine)), ("fd", (fine, f))):
        with pytest.raises(ValueError, match=rf"{name} must have one or two dim.* a tap at least"):
            filtered_lrelu(x, *filters, padding=4)


def test_operators_are_registered_as_torch_wants_them():
    x, b, f = normal(1, 3, 9, 9).requires_grad_(), normal(3).requires_grad_(), normal(1, 4)
    geometry = [2, 2, 2, 2, 3, 3, 0, 0, 19, 19, 8, 8]
    ops = torch.ops.latent_explorer
    checks = ("test_schema", "test_autograd_registration", "test_faketensor")
    arguments = (x, b, f, f, f, f, None, geometry, 1.0, 0.2, 1.0, False, True)
    torch.library.opcheck(ops.filtered_lrelu.default, arguments, test_utils=checks)
    mask = ops.filtered_lrelu(*arguments)[1]
    arguments = (x, mask, f, f, f, f, geometry, 1.0, 0.2, False)
    torch.library.opcheck(ops.filtered_lrelu_masked.default, arguments, test_utils=checks)
    torch.library.opcheck(ops.channel_sums.default, (x,), test_utils=checks)


def test_tolerance_is_far_from_what_rounding_gives(isa: str):
    x, f = normal(1, 16, 30, 30), normal(12) / 4
    y = filtered_lrelu(x, f, f, up=2, down=2, padding=9, impl="native")
    exact = filtered_lrelu(x.double(), f, f, up=2, down=2, padding=9).float()
    assert error(y, exact) < TOLERANCE / 20
