"""The clipboard's formats, and what is said where no program takes a picture."""

from __future__ import annotations

import struct
import subprocess

import numpy as np
import pytest

from explorer.app import clipboard

RGBA = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def test_a_bitmap_is_bottom_up_and_blue_first():
    data = clipboard.dib(RGBA)

    size, width, height, planes, bits = struct.unpack_from("<IiiHH", data)
    assert (size, width, height, planes, bits) == (40, 3, 2, 1, 32)
    assert tuple(data[40:44]) == (14, 13, 12, 15)  # the lower left pixel is 12 13 14 15
    assert len(data) == 40 + RGBA.nbytes


@pytest.mark.platform("linux")
def test_without_a_program_the_sentence_names_two(monkeypatch):
    monkeypatch.setattr(clipboard.shutil, "which", lambda _: None)

    with pytest.raises(clipboard.ClipboardError, match="xclip"):
        clipboard.copy_picture(RGBA, b"png")


@pytest.mark.platform("linux")
def test_the_program_gets_the_file_on_its_input(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(clipboard.shutil, "which", lambda name: f"/usr/bin/{name}")
    got: list[tuple[list[str], bytes]] = []

    def run(command, *, stdin, **_):
        got.append((command, stdin.read()))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(clipboard.subprocess, "run", run)
    clipboard.copy_picture(RGBA, b"png bytes")

    assert got == [(["xclip", "-selection", "clipboard", "-t", "image/png", "-i"], b"png bytes")]
