"""From a kernel's name and arguments to its run on torch's current stream."""

from __future__ import annotations

import ctypes
import threading
from functools import cache

import torch

from cuda_ops.cuda import cubins, driver, nvrtc
from cuda_ops.cuda.args import Strides
from cuda_ops.cuda.kernels import KERNELS, THREADS, program

DTYPES = {torch.float32: "f32", torch.float16: "f16"}
INDICES = 2**31  # kernels count elements in int32

_functions: dict[tuple[int, str], ctypes.c_void_p] = {}
_loading = threading.Lock()


@cache
def compiler() -> nvrtc.Nvrtc:
    """Return NVRTC, loaded once; see nvrtc.find."""
    return nvrtc.find()


@cache
def gpu_driver() -> driver.Driver:
    """Return the driver, loaded once; see driver.find."""
    return driver.find()


def launch(
    name: str, args: ctypes.Structure, blocks: int, device: torch.device, shared_bytes: int = 0
) -> None:
    """Queue a kernel on torch's current stream of a device, compiling it the first time.

    Args:
        name:         a key of KERNELS.
        args:         of the kernel's type; pointers in it are to memory of that device.
        blocks:       >= 1, of THREADS threads each.
        shared_bytes: 0; any other value replaces the kernel's own, for tests.
    """
    kernel = KERNELS[name]
    assert type(args) is kernel.args
    # In whatever thread this is, which may be one of autograd's.
    with torch.cuda.device(device):
        index = torch.cuda.current_device()
        gpu_driver().ensure_context(index)
        gpu_driver().launch(
            _function(name, index),
            name,
            args,
            blocks=blocks,
            threads=THREADS,
            shared_bytes=shared_bytes or kernel.shared_bytes,
            stream=torch.cuda.current_stream().cuda_stream,
        )


def _function(name: str, device: int) -> ctypes.c_void_p:
    found = _functions.get((device, name))
    if found is not None:
        return found
    with _loading:
        if (device, name) not in _functions:
            major, minor = torch.cuda.get_device_capability(device)
            image = cubin(name, major * 10 + minor)
            _functions[device, name] = gpu_driver().function(image, name)
        return _functions[device, name]


def cubin(name: str, capability: int) -> bytes:
    """Return a kernel compiled for a GPU of compute capability 75 (= 7.5) or newer."""
    nvrtc_ = compiler()
    target = nvrtc_.target(capability)
    if target is None:
        raise nvrtc.NvrtcError(f"NVRTC {nvrtc_.version} has no code for sm_{capability}")
    text = program([KERNELS[name]])
    version = f"nvrtc {nvrtc_.version} {nvrtc.OPTIONS}"
    return cubins.compiled(text, target, version, lambda: nvrtc_.compile(text, target).image)


def allocate(
    shape: list[int], like: torch.Tensor, *, dtype: torch.dtype | None = None
) -> torch.Tensor:
    """Return uninitialised memory for a result; all results of kernels come from here."""
    return empty(shape, like, dtype=dtype)


def empty(
    shape: list[int], like: torch.Tensor, *, dtype: torch.dtype | None = None
) -> torch.Tensor:
    """Return an empty tensor of the type and device of `like`, channels-last where that is."""
    last = len(shape) == 4 and is_channels_last(like)
    return torch.empty(
        shape,
        dtype=dtype or like.dtype,
        device=like.device,
        memory_format=torch.channels_last if last else torch.contiguous_format,
    )


def is_channels_last(x: torch.Tensor) -> bool:
    """Return whether a tensor's memory runs along c first, and not also along x."""
    return (
        x.ndim == 4 and not x.is_contiguous() and x.is_contiguous(memory_format=torch.channels_last)
    )


def dense(x: torch.Tensor) -> torch.Tensor:
    """Return x itself if it is contiguous or channels-last, else a contiguous copy."""
    return x if is_channels_last(x) else x.contiguous()


def strides(x: torch.Tensor) -> Strides:
    """Return the strides of an [N, C, H, W] tensor."""
    return Strides(*x.stride())


def pointer(x: torch.Tensor | None) -> int | None:
    """Return a tensor's address, None = a null pointer."""
    return None if x is None else x.data_ptr()


def runs_natively(*tensors: torch.Tensor | None) -> bool:
    """Return whether kernels take these tensors: float32 or float16, all of one type, indexable."""
    given = [t for t in tensors if t is not None]
    return (
        given[0].dtype in DTYPES
        and all(t.dtype == given[0].dtype for t in given)
        and all(0 < t.numel() < INDICES for t in given)
    )
