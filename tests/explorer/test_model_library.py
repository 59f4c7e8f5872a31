"""Models are found by what they hold, wherever they are."""

import hashlib
import os
from types import SimpleNamespace

import pytest
from torch import nn

from explorer.errors import UserError
from explorer.model_files import MissingModelError
from explorer.render.device import available_devices, recorded, thread_count
from explorer.render.model_library import ModelLibrary
from explorer.settings import ModelRef
from tests.fakes import tiny_info


class Desk:
    """A folder of files, and a library whose loader counts."""

    def __init__(self, folder, **options):
        self.folder = folder
        self.loads = []
        self.library = ModelLibrary(lambda: [str(folder)], load=self._load, **options)

    def _load(self, path):
        self.loads.append(os.path.basename(path))
        return SimpleNamespace(info=tiny_info(), generator=nn.Linear(10, 10), discriminator=None)

    def file(self, name, content=b"one"):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_a_file_is_read_once_and_named_by_its_hash(desk):
    loaded = desk.library.load(desk.file("a.pkl"))
    assert loaded.ref.sha256 == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    assert loaded.ref.name == "a.pkl"
    assert loaded.info.source.sha256 == loaded.ref.sha256
    assert loaded.stamp == (os.stat(loaded.ref.path).st_mtime, 3)
    assert desk.library.get(loaded.ref).model is loaded.model
    assert desk.library.load(desk.file("copy.pkl")).ref.name == "copy.pkl"
    assert desk.loads == ["a.pkl"]


def test_a_file_that_was_overwritten_is_another_model(desk):
    first = desk.library.load(desk.file("a.pkl"))
    second = desk.library.load(desk.file("a.pkl", b"another"))
    assert first.ref.sha256 != second.ref.sha256
    assert desk.loads == ["a.pkl", "a.pkl"]


def test_a_file_overwritten_while_it_is_read_is_named_by_what_was_read(desk):
    path = desk.file("a.pkl")
    load = desk.library._load

    def load_slowly(path):
        if not desk.loads:
            desk.file("a.pkl", b"another")
        return load(path)

    desk.library._load = load_slowly
    loaded = desk.library.load(path)
    assert desk.loads == ["a.pkl", "a.pkl"]
    assert loaded.ref.sha256 == hashlib.sha256(b"another").hexdigest()
    assert loaded.stamp[1] == len(b"another")


def test_a_file_that_keeps_growing_is_said_to_be_in_writing(desk):
    path = desk.file("a.pkl")
    load = desk.library._load

    def load_slowly(path):
        desk.file("a.pkl", b"x" * (len(desk.loads) + 10))
        return load(path)

    desk.library._load = load_slowly
    with pytest.raises(UserError, match=r"a\.pkl is being written"):
        desk.library.load(path)


def test_a_file_that_changes_while_it_is_hashed_has_a_hash_all_the_same(desk):
    path = desk.file("a.pkl", b"x" * (2**24 + 1))
    steps = desk.library.hash_steps(path)
    next(steps)
    os.utime(path, (1, 1))
    assert next(steps) == (2**24 + 1, 2**24 + 1)
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == hashlib.sha256(b"x" * (2**24 + 1)).hexdigest()


def test_a_model_that_moved_is_found_by_content(desk, tmp_path):
    desk.file("decoy.pkl", b"decoy")
    path = desk.file("new-name.safetensors")
    sha256 = desk.library.files.file_hash(path)
    loaded = desk.library.get(ModelRef("old.pkl", sha256, "/nowhere/old.pkl"))
    assert loaded.ref.path == path
    assert desk.loads == ["new-name.safetensors"]


def test_a_path_that_now_holds_something_else_is_not_used(desk):
    ref = ModelRef("a.pkl", "12" * 32, desk.file("a.pkl"))
    with pytest.raises(MissingModelError, match=r"a\.pkl \(121212121212\) was not found"):
        desk.library.get(ref)
    assert desk.loads == []


def test_least_recently_used_models_leave_the_memory(tmp_path):
    desk = Desk(tmp_path, budget_bytes=2 * 440)
    refs = [desk.library.load(desk.file(f"{k}.pkl", b"x" * k)).ref for k in (1, 2)]
    desk.library.get(refs[0])
    desk.library.load(desk.file("3.pkl", b"xxx"))
    desk.library.get(refs[0])
    assert desk.loads == ["1.pkl", "2.pkl", "3.pkl"]
    desk.library.get(refs[1])
    assert desk.loads[-1] == "2.pkl"


def test_hashing_reports_how_far_it_is(desk, monkeypatch):
    monkeypatch.setattr("explorer.model_files._CHUNK", 4)
    path = desk.file("a.pkl", b"0123456789")
    assert list(desk.library.hash_steps(path)) == [(4, 10), (8, 10), (10, 10)]
    assert list(desk.library.hash_steps(path)) == []


def test_a_missing_file_is_an_error_of_the_system(desk):
    with pytest.raises(FileNotFoundError):
        desk.library.load("/nowhere/a.pkl")


def test_what_is_recorded_with_a_picture():
    environment = recorded("cpu", "reference", 3)
    assert environment["threads"] == 3
    assert environment["torch"].startswith("2.")
    assert all(environment[key] for key in ("cpu", "version"))
    assert available_devices()[:2] == ("auto", "cpu")
    assert thread_count(0) >= 1
    assert thread_count(2) == 2
