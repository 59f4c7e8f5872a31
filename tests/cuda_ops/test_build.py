"""Kernels that are built on the user's machine, and those that cannot be."""

from __future__ import annotations

import ctypes
import os
import shutil
from pathlib import Path

import pytest

from cuda_ops.cpu import build, library, prebuilt

pytestmark = pytest.mark.skipif(
    build.find_tools() is None or not library.supported(), reason="no C++ compiler or kernels here"
)


def _answer(library: Path) -> int:
    return ctypes.CDLL(str(library)).answer()


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder of small sources that is built in place of the kernels'."""
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "answer.h").write_text("#define ANSWER 41\n")
    (folder / "answer.cpp").write_text(
        '#include "answer.h"\n'
        'extern "C" __attribute__((visibility("default"))) int answer() { return ANSWER; }\n'
    )
    monkeypatch.setattr(build, "SOURCE_DIR", folder)
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path / "a home"))
    return folder


def _build(target: Path) -> Path:
    tools = build.find_tools()
    assert tools is not None
    build.build(next(iter(build.ISA_FLAGS[build.machine()])), tools, target)
    return target


def test_folders_may_have_any_name(sources: Path, monkeypatch: pytest.MonkeyPatch):
    named = shutil.copytree(sources, sources.parent / "it's $5 here")
    monkeypatch.setattr(build, "SOURCE_DIR", named)
    assert _answer(_build(named / "one.so")) == 41


def test_sources_that_are_older_than_their_objects_are_compiled(sources: Path, tmp_path: Path):
    _build(tmp_path / "one.so")
    header = sources / "answer.h"
    header.write_text("#define ANSWER 42\n")
    os.utime(header, (10**9, 10**9))  # as an archive unpacks it
    assert _answer(_build(tmp_path / "two.so")) == 42


def test_a_prebuilt_library_that_cannot_be_loaded_is_built(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"not for this system")
    monkeypatch.setattr(prebuilt, "FOLDER", tmp_path)
    monkeypatch.setattr(prebuilt, "find", lambda isa: broken)
    with library.using("auto") as kernels:
        assert kernels.handle is not None
        assert kernels.reason.endswith("built on this machine.")


def test_a_library_that_was_cut_short_is_named(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(prebuilt, "find", lambda isa: None)
    cut = build.built_path(library.supported()[0])
    cut.parent.mkdir(parents=True)
    cut.write_bytes(b"")
    with library.using("auto") as kernels:
        assert kernels.handle is None
        assert str(cut) in kernels.reason
        assert kernels.reason.endswith("delete it to have it built again.")


def test_without_a_home_folder_plain_pytorch_runs(monkeypatch: pytest.MonkeyPatch):
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(prebuilt, "find", lambda isa: None)
    monkeypatch.setattr(build, "cache_dir", no_home)
    with library.using("auto") as kernels:
        assert kernels.handle is None
        assert kernels.reason.startswith("The kernels could not be built: Could not determine")


def test_kernels_used_for_a_while_are_not_those_of_the_process(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(library, "_current", None)
    with library.using("reference") as kernels:
        assert library.current() is kernels
    assert library.current() is not kernels


def test_what_was_patched_when_other_kernels_were_asked_for_does_not_stay(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(library, "_current", None)
    with monkeypatch.context() as patched:
        patched.setattr(prebuilt, "find", lambda isa: None)
        with library.using("auto") as kernels:
            assert kernels.handle is not None
    assert library._current is None
