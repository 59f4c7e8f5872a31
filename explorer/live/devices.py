"""Whether there can be a virtual camera here, and what to do if not."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

NEEDS_LIBRARY = "Needs pyvirtualcam: close this window and start with `python main.py --camera`"
HOW_TO_GET_ONE = (
    "There is no virtual camera here: install v4l2loopback (Debian, Ubuntu: `sudo apt install "
    "v4l2loopback-dkms`), then `sudo modprobe v4l2loopback exclusive_caps=1`"
    if sys.platform == "linux"
    else "There is no virtual camera here: install OBS Studio and start its virtual camera once"
)
_LINUX_DEVICES = Path("/sys/devices/virtual/video4linux")  # real cameras hang on a bus instead


def camera_problem(devices: Path = _LINUX_DEVICES) -> str:
    """Return one sentence of why there is no virtual camera; "" = opening one is worth a try.

    Only Linux can be asked without opening it.
    """
    if importlib.util.find_spec("pyvirtualcam") is None:
        return NEEDS_LIBRARY
    if sys.platform == "linux":
        try:
            found = any(devices.iterdir())
        except OSError:
            found = False
        return "" if found else HOW_TO_GET_ONE
    return ""
