"""Pictures carry their session and nothing that tells where they were made."""

import io
import os

import numpy as np
import pytest
from PIL import Image

from explorer import files, png
from explorer.arrays import ArrayStore
from explorer.files import SaveError, free_path
from explorer.png import PngError, encode_png, read_session, result_pixels, write_png
from explorer.request import RenderResult, request_from
from explorer.session import session_from_json, session_to_json
from explorer.settings import LayerView
from explorer.view_state import CanvasView
from tests.fakes import TINY_REF, tiny_settings


def pixels(channels):
    shape = (5, 7) if channels == 1 else (5, 7, channels)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("channels, mode", [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_pixels_and_session_come_back(tmp_path, channels, mode):
    path = tmp_path / "a.png"
    write_png(path, pixels(channels), '{"ä": "✓"}')
    with Image.open(path) as picture:
        assert picture.mode == mode
        assert np.array_equal(np.asarray(picture), pixels(channels))
    assert read_session(path) == '{"ä": "✓"}'
    assert os.listdir(tmp_path) == ["a.png"]


@pytest.mark.parametrize(
    "channels, view, shape",
    [
        (1, LayerView(), (5, 7)),
        (3, LayerView(), (5, 7, 3)),
        (4, LayerView(), (5, 7, 4)),
        (1, LayerView(spectrum=True), (5, 7, 3)),
        (None, LayerView(layer="b8.conv1"), (5, 7, 3)),
    ],
)
def test_a_png_has_the_channels_of_its_picture(channels, view, shape):
    img = None if channels is None else np.zeros((channels, 5, 7), dtype=np.float32)
    request = request_from(tiny_settings(layer=view))
    result = RenderResult(request, rgba=pixels(4), img=img)
    held = result_pixels(result)
    assert held.shape == shape
    assert np.array_equal(
        held, pixels(4)[..., 0] if len(shape) == 2 else pixels(4)[..., : shape[2]]
    )


def test_a_picture_without_a_session(tmp_path):
    write_png(tmp_path / "a.png", pixels(3))
    assert read_session(tmp_path / "a.png") is None


def test_equal_pictures_are_equal_files():
    assert encode_png(pixels(3), "x") == encode_png(pixels(3), "x")


def test_no_home_path_in_the_file(tmp_path):
    text = session_to_json(
        tiny_settings(), CanvasView(), ArrayStore(), keep_paths=False, recorded={"cpu": "x"}
    )
    path = tmp_path / "a.png"
    write_png(path, pixels(3), text)
    inflated = read_session(path)
    assert "someone" in TINY_REF.path
    for place in (path.read_bytes(), inflated.encode()):
        assert b"/home" not in place
        assert b"someone" not in place
    session = session_from_json(inflated, ArrayStore())
    assert session.settings.model.sha256 == TINY_REF.sha256
    assert session.settings.model.path == ""
    assert session.recorded == {"cpu": "x"}


def damaged(kind):
    data = bytearray(encode_png(pixels(3), "session " * 50))
    start = data.index(b"iTXt")
    if kind == "cut":
        return bytes(data[: start + 30])
    if kind == "changed":
        data[start + 25] ^= 1
        return bytes(data)
    return b"GIF89a" + bytes(40)


@pytest.mark.parametrize("kind, word", [("cut", "damaged"), ("changed", "checksum"), ("no", "PNG")])
def test_damaged_files_are_named(tmp_path, kind, word):
    path = tmp_path / "bad.png"
    path.write_bytes(damaged(kind))
    with pytest.raises(PngError, match=word) as caught:
        read_session(path)
    assert "bad.png" in str(caught.value)


def test_a_session_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    write_png(path, pixels(3), "a" * 200_000)
    monkeypatch.setattr(png, "MAX_SESSION_BYTES", 100_000)
    with pytest.raises(PngError, match="16 MB"):
        read_session(path)


def test_text_of_other_programs_is_skipped(tmp_path):
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    chunks.add_itxt("Comment", "someone else's")
    chunks.add_text("Author", "x")
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2)).save(buffer, "PNG", pnginfo=chunks)
    path = tmp_path / "a.png"
    path.write_bytes(buffer.getvalue())
    assert read_session(path) is None


def test_full_disk_is_a_sentence_and_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SaveError, match=r"no space left on the disk for a\.png"):
        write_png(path, pixels(3))
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.png"]


def test_a_path_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SaveError, match=r"a\.png could not be written"):
        files.save_bytes(tmp_path / "file" / "a.png", b"x")


def test_free_path_never_overwrites(tmp_path):
    path = tmp_path / "seed0001.png"
    assert free_path(path, b"one") == path
    path.write_bytes(b"one")
    assert free_path(path, b"one") is None
    second = free_path(path, b"two")
    assert second == tmp_path / "seed0001-2.png"
    second.write_bytes(b"two")
    assert free_path(path, b"two") is None
    assert free_path(path, b"three") == tmp_path / "seed0001-3.png"
