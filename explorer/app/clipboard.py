"""Putting a picture on the system's clipboard, without a library for it."""

from __future__ import annotations

import ctypes
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import UserError

_TIMEOUT_SECS = 5
_CF_DIB = 8
_GMEM_MOVEABLE = 2


class ClipboardError(UserError):
    """The picture could not be copied; the text says what would make it possible."""


def copy_picture(rgba: NDArray[np.uint8], png: bytes) -> None:
    """Put a picture on the clipboard; takes tens of milliseconds, so call it in a thread.

    Args:
        rgba: [H, W, 4], the pixels.
        png:  the same picture as a PNG file.

    Raises ClipboardError.
    """
    try:
        if sys.platform == "win32":
            _copy_windows(rgba, png)
        elif sys.platform == "darwin":
            _copy_macos(png)
        else:
            _copy_linux(png)
    except (OSError, subprocess.SubprocessError) as error:
        raise ClipboardError(f"The clipboard did not take the picture: {error}") from error


def linux_command() -> list[str] | None:
    """Return the program that takes a PNG on its input, None if none is installed."""
    if os.environ.get("WAYLAND_DISPLAY") and shutil.which("wl-copy"):
        return ["wl-copy", "--type", "image/png"]
    if os.environ.get("DISPLAY") and shutil.which("xclip"):
        return ["xclip", "-selection", "clipboard", "-t", "image/png", "-i"]
    return None


def _copy_linux(png: bytes) -> None:
    command = linux_command()
    if command is None:
        raise ClipboardError("Copying pictures needs wl-clipboard (Wayland) or xclip (X11)")
    # Both programs stay in the background to serve the clipboard: they must not hold our pipes.
    with tempfile.TemporaryFile() as file:
        file.write(png)
        file.seek(0)
        subprocess.run(
            command,
            stdin=file,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECS,
            check=True,
        )


def _copy_macos(png: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(png)
        file.flush()
        script = f'set the clipboard to (read (POSIX file "{file.name}") as «class PNGf»)'
        subprocess.run(
            ["osascript", "-e", script], capture_output=True, timeout=_TIMEOUT_SECS, check=True
        )


def dib(rgba: NDArray[np.uint8]) -> bytes:
    """Return pixels as Windows' device-independent bitmap: 32 bits, bottom row first, B G R A."""
    height, width = rgba.shape[:2]
    rows = np.ascontiguousarray(rgba[::-1, :, [2, 1, 0, 3]])
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 32, 0, rows.nbytes, 2835, 2835, 0, 0)
    return header + rows.tobytes()


def _copy_windows(rgba: NDArray[np.uint8], png: bytes) -> None:
    windll: Any = ctypes.windll  # type: ignore[attr-defined] # only exists on Windows
    user32, kernel32 = windll.user32, windll.kernel32
    kernel32.GlobalAlloc.restype = ctypes.c_void_p
    kernel32.GlobalAlloc.argtypes = [ctypes.c_uint, ctypes.c_size_t]
    kernel32.GlobalLock.restype = ctypes.c_void_p
    kernel32.GlobalLock.argtypes = [ctypes.c_void_p]
    kernel32.GlobalUnlock.argtypes = [ctypes.c_void_p]
    kernel32.GlobalFree.argtypes = [ctypes.c_void_p]
    user32.OpenClipboard.argtypes = [ctypes.c_void_p]
    user32.SetClipboardData.restype = ctypes.c_void_p
    user32.SetClipboardData.argtypes = [ctypes.c_uint, ctypes.c_void_p]
    user32.RegisterClipboardFormatW.argtypes = [ctypes.c_wchar_p]
    if not user32.OpenClipboard(None):
        raise ClipboardError("Another program holds the clipboard, try again")
    try:
        user32.EmptyClipboard()
        # Programs that know "PNG" keep the transparency, the others take the bitmap.
        _set_windows_data(user32, kernel32, user32.RegisterClipboardFormatW("PNG"), png)
        _set_windows_data(user32, kernel32, _CF_DIB, dib(rgba))
    finally:
        user32.CloseClipboard()


def _set_windows_data(user32: Any, kernel32: Any, form: int, data: bytes) -> None:
    """Hand a copy of `data` to the clipboard, which owns it from then on."""
    handle = kernel32.GlobalAlloc(_GMEM_MOVEABLE, len(data))
    if not handle:
        raise ClipboardError("There is not enough memory to copy the picture")
    address = kernel32.GlobalLock(handle)
    ctypes.memmove(address, data, len(data))
    kernel32.GlobalUnlock(handle)
    if not user32.SetClipboardData(form, handle):
        kernel32.GlobalFree(handle)
        raise ClipboardError("The clipboard did not take the picture")
