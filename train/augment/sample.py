"""Bilinear sampling that can be differentiated twice by the picture, as R1 needs.

PyTorch's grid_sample has no second derivative. For a fixed grid it is a linear map A of the
picture, so its gradient is the transposed map, and the gradient of that is A again.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def sample(img: Tensor, grid: Tensor) -> Tensor:
    """Read pictures [N, C, H, W] at grid [N, H', W', 2] (x, y in [-1, 1]); zeros outside.

    The grid is a constant: no gradient goes to it.
    """
    return _Sample.apply(img, grid)  # type: ignore[no-any-return]


class _Sample(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, img: Tensor, grid: Tensor) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.shape = img.shape
        return F.grid_sample(img, grid, "bilinear", "zeros", align_corners=False)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        (grid,) = ctx.saved_tensors
        return _SampleTransposed.apply(gradients[0], grid, ctx.shape), None


class _SampleTransposed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gradient: Tensor, grid: Tensor, shape: torch.Size) -> Tensor:
        ctx.save_for_backward(grid)
        # Only the shape of the picture counts; its values matter to the grid's gradient alone.
        img = torch.zeros([], dtype=gradient.dtype, device=gradient.device).expand(shape)
        result, _ = torch.ops.aten.grid_sampler_2d_backward(
            gradient.contiguous(), img.contiguous(), grid, 0, 0, False, [True, False]
        )
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        (grid,) = ctx.saved_tensors
        return _Sample.apply(gradients[0], grid), None, None
