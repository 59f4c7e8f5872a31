"""Open a hidden window in a process of its own and say on one line how far that got.

    python -I -S display_probe.py GLFW_LIBRARY [headless]

Prints `ok`, or `STAGE: what GLFW or the loader said` with STAGE one of library, init, window.
It stands alone: no package is imported, so it starts in milliseconds, and a driver that aborts
takes only this process along.
"""

import ctypes
import os
import sys

_NULL_PLATFORM = (0x00050003, 0x00060005)  # GLFW_PLATFORM, GLFW_PLATFORM_NULL
_EGL = (0x0002200B, 0x00036002)  # GLFW_CONTEXT_CREATION_API, GLFW_EGL_CONTEXT_API
_WINDOW_HINTS = (
    (0x00020004, 0),  # GLFW_VISIBLE
    (0x00022002, 3),  # GLFW_CONTEXT_VERSION_MAJOR
    (0x00022003, 3),  # GLFW_CONTEXT_VERSION_MINOR
    (0x00022006, 1),  # GLFW_OPENGL_FORWARD_COMPAT, for macOS
    (0x00022008, 0x00032001),  # GLFW_OPENGL_PROFILE: core
)


def probe(library: str, headless: bool) -> str:
    """Return `ok` or `STAGE: reason`."""
    try:
        if sys.platform == "linux":
            ctypes.CDLL("libX11.so.6")  # the window code is linked against these two
            ctypes.CDLL("libXext.so.6")
        glfw = ctypes.CDLL(library)
    except OSError as error:
        return f"library: {error}"
    glfw.glfwCreateWindow.restype = ctypes.c_void_p
    if headless:
        glfw.glfwInitHint(*_NULL_PLATFORM)
    if not glfw.glfwInit():
        return f"init: {_last_error(glfw)}"
    for hint in (*_WINDOW_HINTS, *([_EGL] if headless else [])):
        glfw.glfwWindowHint(*hint)
    if not glfw.glfwCreateWindow(64, 64, b"probe", None, None):
        return f"window: {_last_error(glfw)}"
    return "ok"


def _last_error(glfw: ctypes.CDLL) -> str:
    text = ctypes.c_char_p()
    glfw.glfwGetError(ctypes.byref(text))
    return (text.value or b"no reason given").decode("utf-8", "replace")


if __name__ == "__main__":
    print(probe(sys.argv[1], sys.argv[2:] == ["headless"]).replace("\n", " "), flush=True)
    os._exit(0)  # the answer is out: tearing the driver down only costs time
