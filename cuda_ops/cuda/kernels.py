"""Every exported kernel: its name, what it is made from, and how it is launched.

A kernel is one line of C++ under src/*.cu, written here, so that this table is the list of what
exists: it is what is compiled for a GPU, what the tests compile for every architecture, and what
they hold the emulated cases against.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cuda_ops.cuda.args import BiasActArgs, FilteredLreluArgs, Upfirdn2dArgs

SOURCE_DIR = Path(__file__).parent / "src"
TYPES = {"f32": "float", "f16": "Half"}
THREADS = 256


@dataclass(frozen=True)
class Kernel:
    """One exported kernel.

    name:         as in the compiled module.
    source:       a file of src/.
    args:         its only argument.
    body:         the C++ statement it consists of.
    shared_bytes: of dynamic shared memory per block; below 48 KiB, which needs no asking.
    tile:         the C++ type whose THREADS and BYTES the launch relies on; "" = none.

    All run in blocks of THREADS threads.
    """

    name: str
    source: str
    args: type[ctypes.Structure]
    body: str
    shared_bytes: int = 0
    tile: str = ""

    @property
    def text(self) -> str:
        """The lines that define it, behind its source file's text."""
        args = self.args.__name__
        lines = [f"static_assert(sizeof({args}) == {ctypes.sizeof(self.args)}, {_DIFFER});"]
        if self.tile:
            lines.append(f"static_assert({self.tile}::BYTES == {self.shared_bytes}, {_DIFFER});")
            lines.append(f"static_assert({self.tile}::THREADS == {THREADS}, {_DIFFER});")
        lines.append(f"KERNEL({self.name}, {args}, {THREADS}, {self.body})")
        return "\n".join(lines) + "\n"


_DIFFER = '"Python and C++ differ"'


@dataclass(frozen=True)
class ResampleTile:
    """A case of upfirdn2d with a square filter of `taps` and one factor for both axes.

    width, height, channels: of the result per block.
    """

    up: int
    down: int
    taps: int
    width: int
    height: int
    channels: int

    @property
    def name(self) -> str:
        last = "_channels_last" if self.channels > 1 else ""
        return f"upfirdn2d_up{self.up}_down{self.down}{last}"

    @property
    def shared_bytes(self) -> int:
        phase_taps = self.taps // self.up + (self.up > 1)
        samples_x = (self.width - 1) * self.down // self.up + phase_taps
        samples_y = (self.height - 1) * self.down // self.up + phase_taps
        return samples_x * samples_y * self.channels * 4

    def cpp(self, element: str) -> str:
        numbers = (self.up, self.down, self.taps, self.width, self.height, self.channels)
        return f"ResampleTile<{element}, {', '.join(map(str, numbers))}>"


@dataclass(frozen=True)
class FusedTile:
    """A case of filtered_lrelu that runs as one kernel.

    taps_up, taps_down:     of the filters, along each axis.
    radial_up, radial_down: whether the filter is 2-D instead of separable.
    width, height:          of the result per block.
    """

    up: int
    down: int
    taps_up: int
    taps_down: int
    radial_up: bool
    radial_down: bool
    width: int
    height: int

    @property
    def name(self) -> str:
        radial = "_radial_up" if self.radial_up else "_radial_down" if self.radial_down else ""
        return f"filtered_lrelu_up{self.up}_down{self.down}{radial}"

    @property
    def shared_bytes(self) -> int:
        mid_w, mid_h = self._mid(self.width), self._mid(self.height)
        in_w, in_h = (mid // self.up + self.taps_up // self.up for mid in (mid_w, mid_h))
        inputs = in_h * (in_w | 1)
        values = max(mid_h * (mid_w | 1), 0 if self.radial_up else inputs)
        up_pass = inputs if self.radial_up else in_h * (mid_w | 1)
        down_pass = 0 if self.radial_down else mid_h * (self.width | 1)
        filters = self.radial_up * self.taps_up**2 + self.radial_down * self.taps_down**2
        return (values + max(up_pass, down_pass) + filters) * 4

    def _mid(self, pixels: int) -> int:
        needed = (pixels - 1) * self.down + self.taps_down + self.up - 1
        return -(-needed // 8) * 8

    def cpp(self, element: str) -> str:
        numbers = (self.up, self.down, self.taps_up, self.taps_down)
        radial = ("true" if r else "false" for r in (self.radial_up, self.radial_down))
        return (
            f"FusedTile<{element}, {', '.join(map(str, numbers))}, {', '.join(radial)}, "
            f"{self.width}, {self.height}>"
        )


# StyleGAN2's filters have 4 taps; a factor of 2 on the way there is one of 2 on the way back.
RESAMPLE_TILES = tuple(
    ResampleTile(up, down, 4, *size)
    for up, down in ((1, 1), (2, 1), (1, 2))
    for size in ((32, 32, 1), (4, 8, 32))
)
# StyleGAN3's layers, and what gradients go back through: the same with up and down exchanged.
FUSED_TILES = (
    FusedTile(2, 2, 12, 12, False, False, 32, 32),
    FusedTile(4, 2, 24, 12, False, False, 32, 32),
    FusedTile(2, 4, 12, 24, False, False, 16, 16),
    FusedTile(2, 2, 12, 12, False, True, 32, 32),
    FusedTile(4, 2, 24, 12, False, True, 32, 32),
    FusedTile(2, 2, 12, 12, True, False, 32, 32),
    FusedTile(2, 4, 12, 24, True, False, 16, 16),
)


def _kernels() -> Iterable[Kernel]:
    for suffix, element in TYPES.items():
        yield Kernel(
            f"bias_act_{suffix}", "bias_act.cu", BiasActArgs, f"bias_act<{element}, false>(args)"
        )
        yield Kernel(
            f"bias_act_gradient_{suffix}",
            "bias_act.cu",
            BiasActArgs,
            f"bias_act<{element}, true>(args)",
        )
        yield Kernel(
            f"upfirdn2d_{suffix}", "upfirdn2d.cu", Upfirdn2dArgs, f"upfirdn2d<{element}>(args)"
        )
        for tile in RESAMPLE_TILES:
            cpp = tile.cpp(element)
            name = f"{tile.name}_{suffix}"
            body = f"{cpp}::run(args)"
            yield Kernel(name, "upfirdn2d.cu", Upfirdn2dArgs, body, tile.shared_bytes, cpp)
        for tile in FUSED_TILES:
            cpp = tile.cpp(element)
            name = f"{tile.name}_{suffix}"
            body = f"{cpp}(args).run()"
            yield Kernel(name, "filtered_lrelu.cu", FilteredLreluArgs, body, tile.shared_bytes, cpp)


KERNELS: dict[str, Kernel] = {kernel.name: kernel for kernel in _kernels()}


@cache
def source_text(name: str) -> str:
    """Return the text of a file of src/."""
    return (SOURCE_DIR / name).read_text("utf-8")


def program(kernels: Iterable[Kernel]) -> str:
    """Return one CUDA C++ source, without includes, that exports these kernels."""
    kernels = list(kernels)
    files = ["prelude.cu", *dict.fromkeys(kernel.source for kernel in kernels)]
    parts = [f'#line 1 "{name}"\n{source_text(name)}' for name in files]
    return "".join([*parts, '#line 1 "kernels.py"\n', *(kernel.text for kernel in kernels)])
