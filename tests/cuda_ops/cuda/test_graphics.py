"""What ctypes says of the driver's graphics calls is what NVIDIA's headers say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cuda_ops.cpu.build import find_tools
from cuda_ops.cuda.graphics import Copy2d

FIELDS = {
    "src_x_bytes": "srcXInBytes",
    "src_y": "srcY",
    "src_kind": "srcMemoryType",
    "src_host": "srcHost",
    "src_device": "srcDevice",
    "src_array": "srcArray",
    "src_pitch": "srcPitch",
    "dst_x_bytes": "dstXInBytes",
    "dst_y": "dstY",
    "dst_kind": "dstMemoryType",
    "dst_host": "dstHost",
    "dst_device": "dstDevice",
    "dst_array": "dstArray",
    "dst_pitch": "dstPitch",
    "width_bytes": "WidthInBytes",
    "height": "Height",
}
# What is called, under the name of the library's symbol, with the types ctypes gives.
CALLS = """
CUresult (*a)(CUgraphicsResource*, unsigned, unsigned, unsigned) = cuGraphicsGLRegisterImage;
CUresult (*b)(CUgraphicsResource) = cuGraphicsUnregisterResource;
CUresult (*c)(unsigned, CUgraphicsResource*, CUstream) = cuGraphicsMapResources;
CUresult (*d)(unsigned, CUgraphicsResource*, CUstream) = cuGraphicsUnmapResources;
CUresult (*e)(CUarray*, CUgraphicsResource, unsigned, unsigned)
    = cuGraphicsSubResourceGetMappedArray;
CUresult (*f)(const CUDA_MEMCPY2D*) = cuMemcpy2D_v2;
CUresult (*g)(CUcontext) = cuCtxPushCurrent_v2;
CUresult (*h)(CUcontext*) = cuCtxPopCurrent_v2;
CUresult (*i)(unsigned*, CUdevice*, unsigned, CUGLDeviceList) = cuGLGetDevices_v2;
CUresult (*j)(CUcontext*, CUdevice) = cuDevicePrimaryCtxRetain;
static_assert(sizeof(CUdevice) == 4 && sizeof(CUGLDeviceList) == 4, "int");
static_assert(CU_GL_DEVICE_LIST_ALL == 1 && CU_GRAPHICS_REGISTER_FLAGS_WRITE_DISCARD == 2, "");
static_assert(CU_MEMORYTYPE_DEVICE == 2 && CU_MEMORYTYPE_ARRAY == 3, "");
"""


@pytest.mark.nvcc
@pytest.mark.platform("linux")
def test_structures_and_calls_are_those_of_the_headers(tmp_path: Path):
    assert [name for name, *_ in Copy2d._fields_] == list(FIELDS)
    offsets = [
        f"static_assert(offsetof(CUDA_MEMCPY2D, {theirs}) == {getattr(Copy2d, ours).offset}, "
        f'"{theirs}");'
        for ours, theirs in FIELDS.items()
    ]
    size = f'static_assert(sizeof(CUDA_MEMCPY2D) == {Copy2d.height.offset + 8}, "size");'
    (tmp_path / "GL").mkdir()
    (tmp_path / "GL" / "gl.h").write_text("typedef unsigned GLuint, GLenum;\n")
    source = tmp_path / "check.cpp"
    lines = ["#include <cstddef>", "#include <cudaGL.h>", *offsets, size, CALLS]
    source.write_text("\n".join(lines))
    nvcc, tools = shutil.which("nvcc"), find_tools()
    assert nvcc is not None
    assert tools is not None, "this needs a C++ compiler: install g++ or clang++"
    headers = _headers(Path(nvcc))
    command = [tools.compiler, "-std=c++17", "-fsyntax-only", f"-I{tmp_path}", f"-I{headers}"]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _headers(nvcc: Path) -> Path:
    """Return the folder of cuda.h that the compiler itself uses."""
    told = subprocess.run(
        [str(nvcc), "--dryrun", "-x", "cu", "/dev/null"], capture_output=True, text=True
    ).stderr
    top = next(line.partition("TOP=")[2] for line in told.splitlines() if "TOP=" in line)
    return Path(top) / "include"
