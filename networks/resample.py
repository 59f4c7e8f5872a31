"""Band-limited translation and rotation of pictures (arXiv 2106.12423, appendix E).

Matrices are [3, 3] in the coordinates of StyleGAN3's input: the picture covers [-0.5, 0.5], x to
the right, y down.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from cuda_ops import upfirdn2d

LANCZOS = 3  # lobes of all windows


def rotation_matrix(angle: float) -> np.ndarray:
    """Return the [3, 3] matrix of a rotation by angle radians."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])


def translation_matrix(x: float, y: float) -> np.ndarray:
    """Return the [3, 3] matrix of a translation by x, y image widths."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def translate_pixels(img: Tensor, x: int, y: int) -> tuple[Tensor, Tensor]:
    """Move pictures by whole pixels; zeros come in.

    Returns the moved pictures and a mask, 1 where they are known; both shaped like img.
    """
    if max(abs(x), abs(y)) >= img.shape[-1]:
        return torch.zeros_like(img), torch.zeros_like(img)
    padding = [x, -x, y, -y]
    return F.pad(img, padding), F.pad(torch.ones_like(img), padding)


def translate(img: Tensor, x: float, y: float) -> tuple[Tensor, Tensor]:
    """Move pictures by x, y pixels with a separable Lanczos filter; zeros come in.

    Returns the moved pictures and a mask, 1 where every tap of the filter saw the picture.
    """
    if max(abs(x), abs(y)) >= img.shape[-1]:
        return torch.zeros_like(img), torch.zeros_like(img)
    mask = torch.ones_like(img)
    for axis, shift in ((0, x), (1, y)):
        whole = math.floor(shift)
        taps = np.arange(2 * LANCZOS) - (LANCZOS - 1) - (shift - whole)
        f = np.sinc(taps) * np.sinc(taps / LANCZOS)
        kernel = torch.from_numpy(f / f.sum()).to(img)
        kernel = kernel[None, :] if axis == 0 else kernel[:, None]
        before, after = LANCZOS + whole, LANCZOS - 1 - whole
        padding = [before, after, 0, 0] if axis == 0 else [0, 0, before, after]
        img = upfirdn2d(img, kernel, padding=padding)
        seen = upfirdn2d(torch.ones_like(mask), torch.ones_like(kernel), padding=padding)
        mask = mask * (seen > 2 * LANCZOS - 0.5).to(mask)
    return img, mask


def affine_filter(matrix: np.ndarray, *, up: int, amax: int = 2 * LANCZOS) -> np.ndarray:
    """Design the low-pass filter for resampling by an affine map.

    Both the input's and the output's pixel grid limit the band: the filter is the convolution of
    their two ideal filters (sinc in either coordinates), under the convolution of two Lanczos
    windows. Convolutions are circular on a grid of +-64 pixels.

    Args:
        matrix: [3, 3] or [2, 2], input-to-output; only its linear part matters.
        up:     taps per input pixel.
        amax:   half the filter's length in input pixels.

    Returns float64 [2 amax up - 1] squared; each of the up^2 phases sums to 1 / up^2.
    """
    half = 64 * up - 1
    position = np.fft.ifftshift(np.arange(-half, half + 1)) / up
    yi, xi = np.meshgrid(position, position, indexing="ij")
    linear = np.asarray(matrix, np.float64)[:2, :2]
    xo = linear[0, 0] * xi + linear[0, 1] * yi
    yo = linear[1, 0] * xi + linear[1, 1] * yi
    ideal = _convolve(np.sinc(xi) * np.sinc(yi), np.sinc(xo) * np.sinc(yo))
    window = _convolve(_lanczos(xi) * _lanczos(yi), _lanczos(xo) * _lanczos(yo))
    f = np.fft.fftshift(ideal * window)
    keep = amax * up - 1
    f = f[half - keep : half + keep + 1, half - keep : half + keep + 1]
    size = 2 * keep + 1
    padded = np.pad(f, [(0, 1), (0, 1)]).reshape(2 * amax, up, 2 * amax, up)
    padded = padded / padded.sum(axis=(0, 2), keepdims=True) / up**2
    return padded.reshape(size + 1, size + 1)[:-1, :-1]


def _lanczos(x: np.ndarray) -> np.ndarray:
    return np.sinc(x / LANCZOS) * (np.abs(x) < LANCZOS)


def _convolve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.fft.irfft2(np.fft.rfft2(a) * np.fft.rfft2(b), s=a.shape)


def transform(img: Tensor, matrix: np.ndarray, *, up: int = 4) -> tuple[Tensor, Tensor]:
    """Resample pictures so that what was at p comes to matrix p, without aliasing.

    Args:
        img:    [N, C, H, W], H = W.
        matrix: [3, 3], input-to-output, invertible.
        up:     pixels are looked up in a picture upsampled this many times.

    Returns the moved pictures and a mask, 1 where the filter saw only the picture.
    Raises ValueError if the matrix has no inverse.
    """
    matrix = np.asarray(matrix, np.float64)
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-9:
        raise ValueError("the matrix must be [3, 3], finite and invertible")
    f = torch.from_numpy(affine_filter(matrix, up=up)).to(img)
    margin = f.shape[0] // 2
    before = margin + (f.shape[0] + up - 1) // 2
    after = margin + (f.shape[0] - up) // 2
    fine = upfirdn2d(img, f, up=up, padding=[before, after, before, after], gain=up**2)

    # Input sample u of the picture lies at pixel up u + first of the upsampled one.
    first = before - margin
    size = img.shape[-1]
    pixels = (np.arange(size) + 0.5) / size - 0.5
    y, x = np.meshgrid(pixels, pixels, indexing="ij")
    inverse = np.linalg.inv(matrix)
    source = np.stack([x, y, np.ones_like(x)], axis=-1) @ inverse[:2].T  # [H, W, 2]
    index = ((source + 0.5) * size - 0.5) * up + first
    grid = torch.from_numpy((index + 0.5) * 2 / fine.shape[-1] - 1).to(img)
    grid = grid.expand(len(img), -1, -1, -1)
    moved = F.grid_sample(fine, grid, mode="bilinear", align_corners=False)

    edge = 2 * margin + 1
    inside = torch.zeros_like(fine)
    inside[:, :, edge:-edge, edge:-edge] = 1
    mask = F.grid_sample(inside, grid, mode="nearest", align_corners=False)
    return moved, mask


def untransform(img: Tensor, matrix: np.ndarray) -> Tensor:
    """Undo an input transform on the picture it gave: a perfectly equivariant one stands still.

    Args:
        img:    [N, C, H, W].
        matrix: [3, 3], the input_transform that img was made with.

    Returns [N, C, H, W]; 0 where img shows nothing. Raises ValueError if there is no inverse.
    """
    return transform(img, matrix)[0]


def pseudo_rotate(img: Tensor, angle: float) -> tuple[Tensor, Tensor]:
    """Limit the band of an already rotated picture as rotating it would have.

    Returns the filtered pictures and a mask, 1 where the filter saw only the picture.
    """
    f = torch.from_numpy(affine_filter(rotation_matrix(-angle), up=1)).to(img)
    margin = f.shape[0] // 2
    mask = torch.zeros_like(img)
    mask[:, :, margin:-margin, margin:-margin] = 1
    return upfirdn2d(img, f, padding=margin), mask
