"""Compile with NVRTC, load and launch through the emulated driver, compare; prints JSON.

`python -m tests.cuda_ops.cuda.launch_path LIBRARY`, in a process of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from cuda_ops import reference
from cuda_ops.cuda import filtered_lrelu, nvrtc
from tests.cuda_ops.emulator import device


class Counting(nvrtc.Nvrtc):
    """NVRTC that counts what it compiles."""

    compiled = 0

    def compile(self, source: str, target: str, *options: str) -> nvrtc.Code:
        self.compiled += 1
        return super().compile(source, target, *options)


def main(library: str) -> None:
    """Run a layer forward and backward in both types."""
    compiler = Counting(nvrtc.find()._library)
    driver = device.install(Path(library), compiler=compiler)
    errors = []
    for dtype in (torch.float32, torch.float16):
        x = torch.randn(1, 2, 10, 12).to(dtype).requires_grad_()
        fu, fd = torch.rand(12) / 6, torch.rand(12) / 6

        def call(op, x: torch.Tensor) -> torch.Tensor:
            filters = [f.to(x.dtype if op is reference else torch.float32) for f in (fu, fd)]  # noqa: B023
            return op.filtered_lrelu(
                x,
                *filters,
                None,
                up=(2, 2),
                down=(2, 2),
                padding=(11, 10, 11, 10),
                gain=1.4,
                slope=0.2,
                clamp=None,
                flip_filter=False,
            )

        y = call(filtered_lrelu, x)
        (gradient,) = torch.autograd.grad(y.float().sum(), x)
        exact = x.detach().double().requires_grad_()
        expected = call(reference, exact)
        (expected_gradient,) = torch.autograd.grad(expected.sum(), exact)
        for mine, wanted in ((y, expected), (gradient, expected_gradient)):
            errors.append(((mine - wanted).abs().max() / wanted.abs().max()).item())
    answer = {
        "compiled": compiler.compiled,
        "errors": errors,
        "kernels": device.launched,
        "stream": driver.emulator_last_stream(),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
