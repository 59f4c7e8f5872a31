"""The operators as CUDA kernels: compiled at run time by NVRTC, launched through the driver.

    src/*.cu     the kernels, without includes; prelude.cu goes before each
    kernels.py   the list of kernels, and the text each is compiled from
    args.py      their arguments as ctypes structures
    nvrtc.py     the compiler
    cubins.py    its results on disk
    driver.py    libcuda
    launch.py    from a kernel's name to its run on torch's current stream
    self_check.py  a first run on a GPU, before it is relied on

and one module per operator, with the arguments of reference.py.

They take float32 and float16 and add in float32. They have been compiled for every architecture
and run by an emulator, never on a GPU.
"""

from __future__ import annotations

import os
from functools import cache

import torch

from cuda_ops.cpu.library import VARIABLE


@cache
def available() -> tuple[bool, str]:
    """Say whether the kernels run on this machine's GPUs, and in one sentence why.

    The first call compiles a few kernels and holds them against plain PyTorch on every GPU.
    """
    if os.environ.get(VARIABLE) == "reference":
        return False, f"{VARIABLE}=reference asks for plain PyTorch."
    if not torch.cuda.is_available():
        return False, "torch finds no NVIDIA GPU."
    if torch.version.hip is not None:
        return False, "The kernels are for NVIDIA GPUs; AMD GPUs run plain PyTorch."
    from cuda_ops.cuda import launch
    from cuda_ops.cuda.self_check import differing_case

    try:
        compiler = launch.compiler()
        launch.gpu_driver()
        for index in range(torch.cuda.device_count()):
            major, minor = torch.cuda.get_device_capability(index)
            if compiler.target(major * 10 + minor) is None:
                return False, (
                    f"NVRTC {compiler.version} compiles for newer GPUs than one of compute "
                    f"capability {major}.{minor}, so plain PyTorch runs."
                )
            wrong = differing_case(torch.device("cuda", index))
            if wrong is not None:
                return False, (
                    f"The CUDA kernel of {wrong} failed its self-check on GPU {index}, so plain "
                    "PyTorch runs; please report this, with the GPU's name."
                )
        version = compiler.version
    except Exception as error:  # whatever is wrong with driver or compiler: PyTorch still runs
        return False, str(error).splitlines()[0]
    return (
        True,
        f"CUDA kernels compiled by NVRTC {version}; so far only emulated, not run on a GPU.",
    )


@cache
def channels_last(device: int) -> tuple[bool, str]:
    """Say whether StyleGAN2's half precision is to run channels-last on a GPU, and why.

    device: its number, as torch counts. The first call holds a few layers against plain PyTorch.
    """
    if not available()[0]:
        return False, "Half precision: in planes, since the CUDA kernels do not run."
    major, minor = torch.cuda.get_device_capability(device)
    if major < 7:
        return (
            False,
            f"Half precision: in planes, compute capability {major}.{minor} has no tensor cores.",
        )
    from cuda_ops.cuda.self_check import differing_layout

    try:
        wrong = differing_layout(torch.device("cuda", device))
    except RuntimeError as error:  # whatever cuDNN refuses: planes still run
        wrong = (str(error).splitlines() or ["it failed"])[0].rstrip(".")
    if wrong is not None:
        return False, f"Half precision: in planes, since channels-last failed its check: {wrong}."
    return True, "Half precision: channels-last where layers have 32 channels or a multiple of it."
