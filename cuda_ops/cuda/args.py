"""The kernels' arguments, field by field as the structures of the same names in src/*.cu.

kernels.py has the compiler compare their sizes.
"""

from __future__ import annotations

import ctypes

ACTS = {"linear": 0, "relu": 1, "lrelu": 2}


class Strides(ctypes.Structure):
    """Elements from one index to the next along each dimension of an [N, C, H, W] tensor."""

    _fields_ = [(name, ctypes.c_int) for name in ("n", "c", "y", "x")]


class BiasActArgs(ctypes.Structure):
    """See src/bias_act.cu."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("x", "y", "scale", "noise", "b", "out")),
        *((name, ctypes.c_int) for name in ("count", "channels", "channel_step")),
        *((name, ctypes.c_int) for name in ("pixels", "pixel_step", "sample_size")),
        *((name, ctypes.c_int) for name in ("noise_stride", "act")),
        *((name, ctypes.c_float) for name in ("alpha", "gain", "clamp")),
        ("vectorised", ctypes.c_int),
    ]


class Upfirdn2dArgs(ctypes.Structure):
    """See src/upfirdn2d.cu."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("x", "f", "y")),
        *((name, Strides) for name in ("x_strides", "y_strides")),
        *((name, ctypes.c_int) for name in ("n", "c", "in_h", "in_w", "out_h", "out_w")),
        *((name, ctypes.c_int) for name in ("up_x", "up_y", "down_x", "down_y")),
        *((name, ctypes.c_int) for name in ("pad_x", "pad_y", "taps_x", "taps_y")),
        *((name, ctypes.c_int) for name in ("flip", "channels_last")),
        ("gain", ctypes.c_float),
    ]


class FilteredLreluArgs(ctypes.Structure):
    """See src/filtered_lrelu.cu."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("x", "fu", "fd", "b", "mask", "y")),
        *((name, Strides) for name in ("x_strides", "y_strides")),
        *((name, ctypes.c_int) for name in ("n", "c", "in_h", "in_w", "out_h", "out_w")),
        *((name, ctypes.c_int) for name in ("pad_x", "pad_y")),
        *((name, ctypes.c_int) for name in ("mask_w", "mask_h", "mask_rows", "mask_shift")),
        *((name, ctypes.c_int) for name in ("mask_x", "mask_y", "mode", "flip")),
        *((name, ctypes.c_float) for name in ("up_gain", "gain", "slope", "clamp")),
    ]
