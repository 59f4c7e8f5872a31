"""From a tensor's bytes in the file to a float32 torch tensor of its own memory."""

import numpy as np
import torch
from torch import Tensor

from networks.files.records import TensorRecord


def strided_view(record: TensorRecord) -> np.ndarray:
    """The tensor's elements where they lie in the file; bounds were checked with the record."""
    code = record.storage.dtype
    flat = np.frombuffer(record.storage.data, dtype="<u2" if code == "bf16" else "<" + code)
    if record.numel == 0:
        return np.zeros(record.shape, flat.dtype)
    strides = tuple(step * flat.itemsize for step in record.stride)
    return np.lib.stride_tricks.as_strided(
        flat[record.offset :], record.shape, strides, writeable=False
    )


def float32_tensor(record: TensorRecord) -> Tensor:
    """Copy a tensor out of the file as contiguous float32; float32 stays as it is, bit for bit."""
    view = strided_view(record)
    if record.storage.dtype == "bf16":
        wide = np.left_shift(view.astype(np.uint32), 16)
        return torch.from_numpy(np.ascontiguousarray(wide).view(np.float32).copy())
    with np.errstate(over="ignore", invalid="ignore"):
        return torch.from_numpy(np.array(view, dtype=np.float32, order="C", copy=True))


def is_exact(record: TensorRecord) -> bool:
    """Whether float32 holds every value of the tensor's type."""
    return record.storage.dtype in ("f4", "f2", "bf16", "b1", "i1", "i2", "u1", "u2")
