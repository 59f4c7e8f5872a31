"""The libraries that come with the project: made from these sources, whole, and enough alone."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cuda_ops.cpu import build, library, prebuilt
from tests.cuda_ops.test_dispatch import SCRIPT, run_script

FOLDERS = sorted(prebuilt.FOLDER.glob("*-*"))
SIZE_LIMIT = 400_000  # bytes of each library
NEWEST_GLIBC = (2, 17)


def _manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text("utf-8"))


def test_there_are_some():
    assert [folder.name for folder in FOLDERS] == ["linux-aarch64", "linux-x86_64"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_they_are_made_from_these_sources(folder: Path):
    """After a change in cuda_ops/cpu/src, `python main.py native --prebuilt` makes them again."""
    assert _manifest(folder)["sources"] == build.source_hash()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_they_are_whole_and_small(folder: Path):
    libraries = _manifest(folder)["libraries"]
    assert set(libraries) == set(build.ISA_FLAGS[folder.name.split("-")[1]])
    assert {path.stem for path in folder.glob("*.so")} == set(libraries)
    for isa, digest in libraries.items():
        content = (folder / f"{isa}.so").read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
        assert len(content) < SIZE_LIMIT


def test_a_damaged_library_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / build.platform_name()
    shutil.copytree(prebuilt.FOLDER / "linux-x86_64", folder)
    manifest = _manifest(folder) | {"sources": build.source_hash()}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    monkeypatch.setattr(prebuilt, "FOLDER", tmp_path)
    assert prebuilt.find("avx2") == folder / "avx2.so"
    with (folder / "avx2.so").open("ab") as file:
        file.write(b"\0")
    assert prebuilt.find("avx2") is None
    manifest["sources"] = "of another version"
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert prebuilt.find("avx512") is None


@pytest.mark.platform("linux")
@pytest.mark.parametrize("isa", build.ISA_FLAGS["x86_64"])
def test_they_run_on_older_systems(isa: str):
    objdump = shutil.which("objdump")
    if objdump is None:
        pytest.skip("no objdump here")
    path = prebuilt.FOLDER / "linux-x86_64" / f"{isa}.so"
    symbols = subprocess.run(
        [objdump, "-T", str(path)], capture_output=True, text=True, check=True
    ).stdout
    versions = {
        tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([\d.]+)", symbols)
    }
    assert versions
    assert max(versions) <= NEWEST_GLIBC
    assert "GLIBCXX" not in symbols
    needed = subprocess.run(
        [objdump, "-p", str(path)], capture_output=True, text=True, check=True
    ).stdout
    libraries = set(re.findall(r"NEEDED +(\S+)", needed))
    assert libraries <= {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}
    code = subprocess.run(
        [objdump, "-d", str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert code.count("%zmm" if isa == "avx512" else "%ymm") > 1000


@pytest.mark.parametrize("isa", library.supported())
def test_no_compiler_is_needed(isa: str, tmp_path: Path):
    said = run_script(SCRIPT, PATH="", LATENT_EXPLORER_HOME=str(tmp_path), LATENT_EXPLORER_OPS=isa)
    assert re.fullmatch(r"native Native kernels for [\w-]+, prebuilt\.", said)
    assert not (tmp_path / "cache").exists()
