"""Files that are no models: each gets a sentence that says what it is and what to do."""

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest
import torch

from networks.checkpoint import load_model
from networks.errors import DamagedFileError, ModelFileError, UnsupportedModelError
from networks.files import formats
from networks.files.formats import open_file
from tests.networks.files.assembly import name, pickle_of
from tests.networks.files.fixtures import small_pickle


def torch_saved(*, new: bool) -> bytes:
    stream = io.BytesIO()
    torch.save({"g_ema": {}}, stream, _use_new_zipfile_serialization=new)
    return stream.getvalue()


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", "b")
    return stream.getvalue()


FILES = {
    "empty": (b"", "empty"),
    "page": (b"<!DOCTYPE html><html><body>Quota exceeded</body></html>", "web page"),
    "page with a byte order mark": (b"\xef\xbb\xbf\n<html>", "web page"),
    "xml error": (b"<?xml version='1.0'?><Error>AccessDenied</Error>", "web page"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
    "gzip": (gzip.compress(b"x"), "gzip"),
    "zip": (zipped(), ".zip archive"),
    "new torch.save": (torch_saved(new=True), "torch.save"),
    "old torch.save": (torch_saved(new=False), "torch.save"),
    "picture": (b"\x89PNG\r\n\x1a\n", "picture"),
    "text": (b"hello", "neither"),
    "one byte": (b"\x80", "neither"),
    "pickle of protocol 0": (b"(dp0\n.", "neither"),
    "pickle of a number": (pickle_of(b"N"), "instead of networks"),
    "pickle of a dict": (pickle_of(b"}"), "no generator"),
    "TensorFlow": (pickle_of(name("dnnlib.tflib.network", "Network")), "TensorFlow"),
    "old TensorFlow": (pickle_of(name("tfutil", "Network")), "TensorFlow"),
}


@pytest.mark.parametrize("kind", FILES)
def test_other_files_are_refused_with_what_they_are(kind: str, tmp_path: Path) -> None:
    content, word = FILES[kind]
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        load_model(path)
    assert word in str(caught.value)
    assert str(caught.value).startswith("model.pkl: ")


def test_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="folder"):
        load_model(tmp_path)
    with pytest.raises(ModelFileError, match=r"no\.pkl: it cannot be read"):
        load_model(tmp_path / "no.pkl")
    with pytest.raises(ModelFileError):
        load_model("a\0b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="platform: named pipes")
def test_pipes_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelFileError, match="ordinary file"):
        load_model(tmp_path / "pipe")


def test_too_large_files_are_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.pkl"
    with path.open("wb") as file:
        file.truncate(17 << 30)
    monkeypatch.setattr(formats, "kind_of", lambda _: pytest.fail("it was read"))
    with pytest.raises(DamagedFileError, match=r"17\.0 GB"):
        load_model(path)


def test_other_files_are_refused_without_reading_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "large.pkl"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(15 << 30)
    with pytest.raises(UnsupportedModelError, match="zip"):
        load_model(path)


def test_a_file_larger_than_memory_is_a_sentence(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="platform: POSIX limits")
    path = tmp_path / "large.pkl"
    with path.open("wb") as file:
        file.write(b"\x80\x04")
        file.truncate(15 << 30)
    limit = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (14 << 30, limit[1]))
    try:
        with pytest.raises(ModelFileError, match=r"15\.0 GB large, more than"):
            load_model(path)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limit)


def test_a_file_that_is_cut_off_while_it_is_open_does_no_harm(tmp_path: Path) -> None:
    """A mapped file would end the process here."""
    path = tmp_path / "model.pkl"
    path.write_bytes(small_pickle("stylegan2"))
    file = open_file(path)
    path.write_bytes(b"")
    assert file.data == small_pickle("stylegan2")
    assert file.data.readonly


def test_kinds_are_told_by_content(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(pickle_of(b"}"))
    assert open_file(path).kind == "pickle"
    with pytest.raises(UnsupportedModelError):
        load_model(path)
