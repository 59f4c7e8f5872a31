"""A GPU that is not there: torch's view of it, and watched memory for what kernels write.

For a process of its own: nothing is put back. Kernels get tensors of the CPU. What a kernel may
touch is what the program asked the address of since the last launch, and no byte more.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from cuda_ops.cuda import bias_act, filtered_lrelu, launch, nvrtc, upfirdn2d
from cuda_ops.cuda.driver import Driver

CAPABILITY = (8, 6)
STREAM = 0x5EED
BAND = 512  # bytes before and after every result

launched: list[str] = []  # names of kernels, in order
short_by = 0  # bytes of shared memory that launches leave away
_outputs: dict[int, tuple[torch.Tensor, slice]] = {}
_allocate = launch.allocate
_launch = launch.launch
_data_ptr = torch.Tensor.data_ptr


class NoCompiler(nvrtc.Nvrtc):
    """Stands for NVRTC where only the emulated kernels matter."""

    def __init__(self) -> None:
        self.version = "0.0"
        self.capabilities = (86,)

    def compile(self, source: str, target: str, *options: str) -> nvrtc.Code:
        return nvrtc.Code(b"// " + source.encode() + b"\0", "")


def install(path: Path, *, compiler: nvrtc.Nvrtc | None = None) -> ctypes.CDLL:
    """Put the emulator under cuda_ops.cuda and return its library.

    compiler: what kernels are compiled with before the emulated driver loads them; None = nothing.
    """
    library = ctypes.CDLL(str(path))
    library.emulator_allow.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    library.emulator_last_stream.restype = ctypes.c_void_p
    driver, used = Driver(library), compiler or NoCompiler()
    cuda: Any = torch.cuda
    cuda.device = lambda device: contextlib.nullcontext()
    cuda.current_device = lambda: 0
    cuda.get_device_capability = lambda device=None: CAPABILITY
    cuda.current_stream = lambda: SimpleNamespace(cuda_stream=STREAM)
    patched: Any = launch
    patched.gpu_driver = lambda: driver
    patched.compiler = lambda: used

    launch._functions.clear()
    launched.clear()

    def watched(name: str, args: ctypes.Structure, blocks: int, device: torch.device) -> None:
        launched.append(name)
        fewer = launch.KERNELS[name].shared_bytes - short_by if short_by else 0
        try:
            _launch(name, args, blocks, device, fewer)
            _check_bands()
        finally:
            _outputs.clear()
            library.emulator_forget()

    def data_ptr(tensor: torch.Tensor) -> int:
        address = _data_ptr(tensor)
        writable = address in _outputs
        library.emulator_allow(address, _extent(tensor) * tensor.element_size(), writable)
        return address

    modules: list[Any] = [bias_act, filtered_lrelu, upfirdn2d]
    for module in modules:
        module.launch = watched
        module.allocate = allocate
    tensor_type: Any = torch.Tensor
    tensor_type.data_ptr = data_ptr
    return library


def _extent(x: torch.Tensor) -> int:
    return 1 + sum((size - 1) * step for size, step in zip(x.shape, x.stride(), strict=True))


def allocate(
    shape: list[int], like: torch.Tensor, *, dtype: torch.dtype | None = None
) -> torch.Tensor:
    """Allocate as the program does, but full of NaN (bytes: 0xAA) and between two watched bands."""
    model = _allocate(shape, like, dtype=dtype)
    if model.numel() == 0:
        return model
    band = BAND // model.element_size()
    fill = 0xAA if model.dtype == torch.uint8 else float("nan")
    memory = torch.full([model.numel() + 2 * band], fill, dtype=model.dtype)
    inside = slice(band, band + model.numel())
    result = memory[inside].as_strided(model.shape, model.stride(), band)
    _outputs[_data_ptr(result)] = (memory, inside)
    return result


def _check_bands() -> None:
    for memory, inside in _outputs.values():
        for band in (memory[: inside.start], memory[inside.stop :]):
            whole = (band == 0xAA).all() if band.dtype == torch.uint8 else band.isnan().all()
            assert whole, "a kernel wrote beyond its result"


@contextlib.contextmanager
def at_most(blocks: int | None) -> Iterator[None]:
    """Let kernels that go round for the rest do so with fewer blocks; None = as they are."""
    modules: list[Any] = [bias_act, upfirdn2d]
    before = [module._MOST_BLOCKS for module in modules]
    for module in modules:
        module._MOST_BLOCKS = blocks or module._MOST_BLOCKS
    try:
        yield
    finally:
        for module, value in zip(modules, before, strict=True):
            module._MOST_BLOCKS = value
