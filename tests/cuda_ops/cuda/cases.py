"""What the emulated kernels are called with, and what they are held against.

Run as a program, `python -m tests.cuda_ops.cuda.cases`, it computes them on the emulated GPU; see
main.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import cuda_ops
from cuda_ops import reference, reference_conv
from cuda_ops.cuda import bias_act, filtered_lrelu, modulated_conv2d, upfirdn2d
from cuda_ops.cuda.self_check import differing_case, differing_layout
from tests.cuda_ops.emulator import device
from tests.golden import golden_error, load_golden

TOLERANCE = {torch.float32: 1e-5, torch.float16: 4e-3}  # of the largest value
LAYOUTS = ("contiguous", "channels_last", "sliced")


@dataclass(frozen=True)
class Case:
    """One call. inputs: differentiated through; options: the rest, tensors in float32."""

    name: str
    native: Callable[..., Tensor]
    expected: Callable[..., Tensor]
    inputs: dict[str, Tensor]
    options: dict[str, Any] = field(default_factory=dict)
    blocks: int | None = None


def normal(*shape: int, seed: int = 0) -> Tensor:
    """Return N(0, 1) numbers, float32."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def laid_out(x: Tensor, layout: str) -> Tensor:
    """Return x with the same values in memory of another layout."""
    if layout == "channels_last":
        return x.contiguous(memory_format=torch.channels_last)
    if layout == "sliced":
        wide = x.new_full([*x.shape[:-1], x.shape[-1] * 2 + 1], float("nan"))
        wide[..., 1::2] = x
        return wide[..., 1::2]
    if layout == "misaligned":
        return torch.cat([x.new_zeros(1), x.flatten()])[1:].reshape(x.shape)
    return x


def cases(dtype: torch.dtype) -> Iterator[Case]:
    """List all calls in one dtype."""
    yield from _bias_act(dtype)
    yield from _scale_bias_act(dtype)
    yield from _upfirdn2d(dtype)
    yield from _filtered_lrelu(dtype)
    yield from _modulated_conv2d(dtype)


def _bias_act(dtype: torch.dtype) -> Iterator[Case]:
    acts: list[dict[str, Any]] = [
        {"act": "linear", "alpha": 0.0, "gain": 1.0, "clamp": None},
        {"act": "lrelu", "alpha": 0.2, "gain": math.sqrt(2), "clamp": 0.9},
        {"act": "relu", "alpha": 0.0, "gain": -1.3, "clamp": None},
        {"act": "lrelu", "alpha": 0.0, "gain": 1.0, "clamp": None},
    ]
    for i, act in enumerate(acts):
        for shape, dim, layout, biased in [
            ((2, 5, 6, 7), 1, LAYOUTS[i % 3], True),
            ((2, 5, 6, 7), 3 - i, LAYOUTS[i % 2], True),
            ((3, 8, 1, 4), 1, "channels_last", True),
            ((1, 3, 5, 1), 1, "channels_last", False),
            ((41, 30), 1, "misaligned" if i % 2 else "contiguous", True),
            ((37,), 0, "contiguous", i == 1),
        ]:
            inputs = {"x": laid_out(normal(*shape).to(dtype), layout)}
            if biased:
                inputs["b"] = normal(shape[dim], seed=1).to(dtype)
            name = f"bias_act {list(shape)} {layout} dim {dim} {act['act']}"
            options = {"dim": dim, **act} | ({} if biased else {"b": None})
            yield Case(name, bias_act.bias_act, reference.bias_act, inputs, options)
    inputs = {"x": normal(5, 2000).to(dtype), "b": normal(2000, seed=1).to(dtype)}
    options = {"dim": 1, **acts[1]}
    name = "bias_act with few blocks"
    yield Case(name, bias_act.bias_act, reference.bias_act, inputs, options, blocks=2)


def _expected_epilogue(
    x: Tensor,
    scale: Tensor | None = None,
    noise: Tensor | None = None,
    b: Tensor | None = None,
    **act: Any,
) -> Tensor:
    x = x if scale is None else x * scale[:, :, None, None]
    x = x if noise is None else x + noise
    return reference.bias_act(x, b, dim=1, **act)


def _scale_bias_act(dtype: torch.dtype) -> Iterator[Case]:
    act = {"act": "lrelu", "alpha": 0.2, "gain": 1.5, "clamp": 2.0}
    plain = {"act": "linear", "alpha": 0.0, "gain": 1.0, "clamp": None}
    for layout in LAYOUTS:
        for n, noise, options in ((3, (4, 5), act), (2, (2, 1, 4, 5), act), (2, None, plain)):
            inputs = {"x": laid_out(normal(n, 6, 4, 5).to(dtype), layout)}
            inputs["scale"] = normal(n, 6, seed=1)
            if noise is not None:
                inputs["noise"] = normal(*noise, seed=2)
                inputs["b"] = normal(6, seed=3).to(dtype)
            name = f"scale_bias_act {layout} noise {noise} {options['act']}"
            yield Case(name, bias_act.scale_bias_act, _expected_epilogue, inputs, options)


def _upfirdn2d(dtype: torch.dtype) -> Iterator[Case]:
    for i, (up, down, pad) in enumerate(
        [
            ((1, 1), (1, 1), (1, 2, 3, 0)),
            ((2, 2), (1, 1), (2, 1, 3, -1)),
            ((2, 2), (1, 1), (-3, 6, 2, 2)),
            ((1, 1), (2, 2), (1, 1, -2, 3)),
        ]
    ):
        for layout in LAYOUTS:
            # More than a tile of 4x8 and 32 channels; for one layout, than one of 32x32.
            shape = (2, 37, 7, 6) if layout == "channels_last" else (2, 2, 41, 37)
            if layout == "sliced":
                shape = (1, 3, 9, 8)
            x = laid_out(normal(*shape).to(dtype), layout)
            options = {"up": up, "down": down, "padding": pad, "flip_filter": i % 2 == 0}
            options |= {"f": normal(4, 4, seed=1), "gain": 1.5}
            name = f"upfirdn2d 4x4 up {up} down {down} pad {pad} {layout}"
            yield Case(name, upfirdn2d.upfirdn2d, reference.upfirdn2d, {"x": x}, options)
    for up, down, taps, pad, flip in [
        ((2, 1), (1, 3), (3, 5), (4, 2, 1, 3), True),
        ((3, 2), (2, 3), (4, 4), (2, 3, -1, 4), False),
        ((1, 1), (2, 2), (8,), (4, 3, 4, 3), False),
        ((2, 2), (1, 1), (12,), (6, 5, 6, 5), True),
        ((2, 2), (1, 1), None, (1, 0, 2, 1), False),
    ]:
        for layout in LAYOUTS:
            x = laid_out(normal(2, 3, 9, 8).to(dtype), layout)
            options = {"up": up, "down": down, "padding": pad, "flip_filter": flip, "gain": 0.7}
            options["f"] = None if taps is None else normal(*taps, seed=1)
            name = f"upfirdn2d {taps} up {up} down {down} pad {pad} {layout}"
            blocks = 1 if layout == "sliced" else None
            yield Case(name, upfirdn2d.upfirdn2d, reference.upfirdn2d, {"x": x}, options, blocks)


def _filtered_lrelu(dtype: torch.dtype) -> Iterator[Case]:
    sqrt2 = math.sqrt(2)
    for i, (up, taps_u, fd, size, pad) in enumerate(
        [
            # Two tiles and a rest in one direction, phases other than 0, both signs of padding.
            (2, (12,), (12,), (14, 42), (11, 10, 9, 8)),
            (2, (12,), (12,), (36, 12), (8, 13, 12, 9)),
            (4, (24,), (12,), (21, 12), (21, 20, 18, 19)),
            (4, (24,), (12,), (9, 30), (-3, 24, 23, 16)),
            (2, (12,), (12, 12), (15, 40), (10, 11, 11, 10)),
            (4, (24,), (12, 12), (23, 11), (19, 22, 20, 21)),
        ]
    ):
        inputs = {
            "x": laid_out(normal(2, 2, *size).to(dtype), LAYOUTS[i % 3]),
            "b": normal(2, seed=1).to(dtype),
        }
        options = {
            "fu": normal(*taps_u, seed=2) / 4,
            "fd": normal(*fd, seed=3) / (4 if len(fd) == 1 else 12),
            "up": (up, up),
            "down": (2, 2),
            "padding": pad,
            "gain": sqrt2,
            "slope": 0.2,
            "clamp": None if i % 3 == 2 else 1.5,
            "flip_filter": i % 2 == 1,
        }
        name = f"filtered_lrelu fused up {up} taps {taps_u} {fd} size {size} {LAYOUTS[i % 3]}"
        yield Case(name, filtered_lrelu.filtered_lrelu, reference.filtered_lrelu, inputs, options)
    for up, down, taps_u, fd, pad, slope in [
        ((1, 1), (1, 1), None, None, (0, 0, 0, 0), 1.0),
        ((1, 1), (2, 2), None, (6,), (3, 2, 3, 2), 0.2),
        ((2, 2), (1, 1), (4, 4), None, (-1, 3, 2, 2), 0.0),
        ((2, 1), (1, 2), (12,), (3, 5), (5, 4, 3, 6), 0.2),
    ]:
        # float16 between the passes: no value may lie so near a bend that rounding decides.
        inputs = {"x": normal(1, 3, 8, 9, seed=5).to(dtype), "b": normal(3, seed=1).to(dtype)}
        options = {
            "fu": None if taps_u is None else normal(*taps_u, seed=2) / 3,
            "fd": None if fd is None else normal(*fd, seed=3) / 3,
            "up": up,
            "down": down,
            "padding": pad,
            "gain": sqrt2,
            "slope": slope,
            "clamp": 1.2,
            "flip_filter": False,
        }
        name = f"filtered_lrelu by parts up {up} down {down} taps {taps_u} {fd}"
        yield Case(name, filtered_lrelu.filtered_lrelu, reference.filtered_lrelu, inputs, options)


def _expected_convolution(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    b: Tensor,
    *,
    demodulate: bool,
    up: bool,
    padding: int,
    input_gain: Tensor | None,
    f: Tensor | None,
    noise: Tensor | None,
    **act: Any,
) -> Tensor:
    x = reference_conv.modulated_conv2d(
        x, weight, styles, demodulate=demodulate, up=up, padding=padding, input_gain=input_gain
    )
    if f is not None:
        options: dict[str, Any] = {"up": (1, 1), "down": (1, 1), "padding": (1, 1, 1, 1)}
        x = reference.upfirdn2d(x, f, flip_filter=False, gain=4, **options)
    x = x if noise is None else x + noise
    return reference.bias_act(x, b, dim=1, **act)


def _modulated_conv2d(dtype: torch.dtype) -> Iterator[Case]:
    lrelu = {"act": "lrelu", "alpha": 0.2, "gain": 1.4, "clamp": None}
    linear = {"act": "linear", "alpha": 0.0, "gain": 1.0, "clamp": 4.0}
    f = torch.outer(torch.tensor([1.0, 3, 3, 1]), torch.tensor([1.0, 3, 3, 1])) / 64
    for name, n, size, k, options in [
        ("3x3", 2, 6, 3, {"noise": normal(6, 6, seed=5), **lrelu}),
        ("3x3 doubling", 2, 4, 3, {"up": True, "f": f, "noise": normal(2, 1, 8, 8), **lrelu}),
        ("3x3 of one large sample", 1, 12, 3, {"input_gain": torch.tensor(0.7), **lrelu}),
        ("1x1 to colours", 3, 4, 1, {"demodulate": False, **linear}),
    ]:
        layout = "channels_last" if "f" in options else "contiguous"
        inputs = {"x": laid_out(normal(n, 8, size, size).to(dtype), layout)}
        inputs |= {"weight": normal(5, 8, k, k, seed=1), "styles": normal(n, 8, seed=2)}
        inputs["b"] = normal(5, seed=3)
        defaults = {"demodulate": True, "up": False, "input_gain": None, "f": None, "noise": None}
        options = defaults | {"padding": 0 if "f" in options else k // 2} | options
        native: Any = modulated_conv2d.modulated_conv2d
        yield Case(f"modulated_conv2d {name}", native, _expected_convolution, inputs, options)


def failures(case: Case, dtype: torch.dtype) -> list[str]:
    """Compute a case, its first and its second derivatives; say what differs from the reference."""
    wanted = _derivatives(case.expected, case, torch.float64)
    with device.at_most(case.blocks):
        got = _derivatives(case.native, case, None)
    found = []
    for name, value in wanted.items():
        mine = got[name]
        if mine.shape != value.shape:
            found.append(f"{name} has shape {list(mine.shape)}, not {list(value.shape)}")
            continue
        error = (mine.double() - value).abs().max() / value.abs().max().clamp(min=1e-30)
        if not error < TOLERANCE[dtype]:
            found.append(f"{name} is off by {error:.2g} of the largest value")
    return found


def _derivatives(
    call: Callable[..., Tensor], case: Case, dtype: torch.dtype | None
) -> dict[str, Tensor]:
    """Return result, gradients, and gradients of the gradients' sum with random weights."""

    def converted(x: Any) -> Any:
        return x.to(dtype) if isinstance(x, Tensor) and dtype is not None else x

    inputs = {k: converted(x).detach().requires_grad_() for k, x in case.inputs.items()}
    options = {k: converted(x) for k, x in case.options.items()}
    with torch.no_grad():
        without = call(**inputs, **options)
    y = call(**inputs, **options)
    results = {"y without gradient": without, "y": y}
    element = case.inputs["x"].dtype
    gy = converted(normal(*y.shape, seed=7).to(element)).requires_grad_()
    grads = torch.autograd.grad(y, list(inputs.values()), gy, create_graph=True)
    results |= {f"gradient of {k}": g for k, g in zip(inputs, grads, strict=True)}
    total = sum(
        (g * converted(normal(*g.shape, seed=11 + i).to(g.dtype))).sum()
        for i, g in enumerate(grads)
    )
    assert isinstance(total, Tensor)
    second = torch.autograd.grad(total, [gy, *inputs.values()], allow_unused=True)
    for (k, x), g in zip({"gy": gy, **inputs}.items(), second, strict=True):
        results[f"second derivative of {k}"] = torch.zeros_like(x) if g is None else g
    return {k: v.detach() for k, v in results.items()}


def run(only: str, dtypes: list[torch.dtype]) -> dict[str, Any]:
    """Compute the cases whose name has `only`; say how many, which failed and what ran."""
    failed: dict[str, list[str]] = {}
    count = 0
    for dtype in dtypes:
        for case in cases(dtype):
            if only not in case.name:
                continue
            count += 1
            try:
                wrong = failures(case, dtype)
            except (RuntimeError, AssertionError) as error:
                wrong = [str(error)]
            if wrong:
                failed[f"{case.name} {dtype}"] = wrong
    kernels = sorted(set(device.launched))
    return {"cases": count, "failed": failed, "kernels": kernels}


def run_golden() -> dict[str, Any]:
    """Compute the golden cases, in float32, with the public operators.

    They take every tensor for one on a GPU.
    """
    tensor_type: Any = torch.Tensor
    tensor_type.is_cuda = property(lambda x: x.device.type == "cpu")
    golden = load_golden("pytorch/ops.npz")
    failed: dict[str, list[str]] = {}
    for index, case in enumerate(golden["cases_json"]):
        mine = _golden_case(index, case, golden)
        errors = {k: golden_error(v.detach(), golden[f"{index}/{k}"]) for k, v in mine.items()}
        wrong = [f"{k} is off by {e:.2g}" for k, e in errors.items() if not e < 1e-5]
        if wrong:
            failed[f"{index} {case}"] = wrong
    kernels = sorted(set(device.launched))
    return {"cases": len(golden["cases_json"]), "failed": failed, "kernels": kernels}


def _golden_case(index: int, case: dict[str, Any], golden: dict[str, Any]) -> dict[str, Tensor]:
    def tensor(name: str) -> Tensor:
        return torch.tensor(golden[f"{index}/{name}"], dtype=torch.float32)

    options = {key: value for key, value in case.items() if key != "kind"}
    if "padding_x0x1y0y1" in options:
        options["padding"] = options.pop("padding_x0x1y0y1")
    inputs: dict[str, Any] = {
        name: tensor(f"in/{name}")
        for name in ("x", "b", "f", "fu", "fd")
        if f"{index}/in/{name}" in golden
    }
    varied = {k: x.requires_grad_() for k, x in inputs.items() if k in ("x", "b")}
    if case["kind"] == "upfirdn2d":
        inputs.setdefault("f", None)
    y = getattr(cuda_ops, case["kind"])(**inputs, **options)
    gy = tensor("gy").requires_grad_()
    grads = torch.autograd.grad(y, list(varied.values()), gy, create_graph=True)
    (gradgrad,) = torch.autograd.grad((grads[0] * tensor("ggw")).sum(), [gy])
    results = {"y": y, "gradgrad/gy": gradgrad}
    return results | {f"grad/{k}": g for k, g in zip(varied, grads, strict=True)}


def run_registry() -> dict[str, Any]:
    """Have torch compare the operators with their schemas and with what they say of shapes."""
    x, f, twelve = normal(2, 3, 9, 8), normal(4, 4, seed=1), normal(12, seed=2)
    resample = ([2, 2, 1, 1], [2, 1], [18, 16], False, 1.0)
    fused = ([4, 2], [21, 20], [10, 9], False)
    mask = torch.zeros([2, 3, 9, 28], dtype=torch.uint8)
    calls: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = []
    for layout in LAYOUTS:
        x = laid_out(x, layout)
        act = ("lrelu", 0.2, 1.4, 3.0)
        calls += [
            ("bias_act", bias_act._run, (x, None, None, None, 1, *act)),
            ("bias_act_gradient", bias_act._run_gradient, (x, x, *act)),
            ("upfirdn2d", upfirdn2d._run, (x, f, *resample)),
        ]
        for keep in (False, True):
            arguments = (x, normal(24), twelve, None, *fused, 1.4, 0.2, 1.0, keep)
            calls.append(("filtered_lrelu", filtered_lrelu._run, arguments))
        masked = (x, mask, normal(24), twelve, *fused[:3], [0, 0, 0], 30, False, 16.0, 1.4, 0.2)
        calls.append(("filtered_lrelu_masked", filtered_lrelu._run_masked, masked))
    failed: dict[str, list[str]] = {}
    for name, function in {name: function for name, function, _ in calls}.items():
        torch.library.impl(f"latent_explorer::cuda_{name}", "CPU", _without_offset(function))
    for name, _, arguments in calls:
        operator = getattr(torch.ops.latent_explorer, f"cuda_{name}").default
        try:
            torch.library.opcheck(
                operator, arguments, test_utils=("test_schema", "test_faketensor")
            )
        except Exception as error:
            failed.setdefault(name, []).append(str(error))
    return {"cases": len(calls), "failed": failed}


def _without_offset(function: Callable[..., Any]) -> Callable[..., Any]:
    # A watched result lies somewhere in its memory, and no fake one does.
    def call(*arguments: Any) -> Any:
        result = function(*arguments)
        return result.clone() if isinstance(result, Tensor) else tuple(t.clone() for t in result)

    return call


def main() -> None:
    """Read jobs as JSON from standard input; print one line of JSON for each.

    A job: "library", its path; "mode", one of "cases", "registry", "self-check" and "golden" (as
    the last one, if at all); for cases also "only", text in their names, "float32" without
    float16, and "short", bytes of shared memory that launches leave away.
    """
    torch.set_num_threads(1)
    for job in json.load(sys.stdin):
        device.install(Path(job["library"]))
        device.short_by = job.get("short", 0)
        if job["mode"] == "golden":
            answer = run_golden()
        elif job["mode"] == "registry":
            answer = run_registry()
        elif job["mode"] == "self-check":
            with torch.inference_mode():
                here = torch.device("cpu")
                wrong = differing_case(here)
                answer = {"wrong": wrong, "layout": None if wrong else differing_layout(here)}
        else:
            dtypes = [torch.float32] if job.get("float32") else list(TOLERANCE)
            answer = run(job.get("only", ""), dtypes)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
