"""Files that change and folders that are listed, seen from a thread of their own."""

from __future__ import annotations

import os
import time

from explorer.app.folder_watch import (
    FileChanged,
    FolderListed,
    FolderWatch,
    file_stamp,
    folder_entries,
)

INTERVAL_SECS = 0.05


def events_within(watch: FolderWatch, secs: float) -> list[FileChanged | FolderListed]:
    found: list[FileChanged | FolderListed] = []
    end = time.monotonic() + secs
    while time.monotonic() < end:
        found += watch.poll()
        time.sleep(0.01)
    return found


def test_a_change_is_reported_once_when_it_has_ended(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(b"one")
    woken: list[bool] = []
    watch = FolderWatch(lambda: woken.append(True), interval_secs=INTERVAL_SECS)
    stamp = file_stamp(str(path))
    assert stamp is not None
    watch.watch(str(path), stamp)
    watch.start()
    try:
        assert events_within(watch, 4 * INTERVAL_SECS) == []
        end = time.monotonic() + 8 * INTERVAL_SECS
        size = 3
        while time.monotonic() < end:  # growing all the time
            size += 1
            path.write_bytes(b"x" * size)
            time.sleep(INTERVAL_SECS / 5)
        events = events_within(watch, 8 * INTERVAL_SECS)
    finally:
        watch.close()

    assert [type(event) for event in events] == [FileChanged]
    assert events[0].stamp[1] == size
    assert woken


def test_a_file_that_vanishes_is_not_a_change(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(b"one")
    watch = FolderWatch(lambda: None, interval_secs=INTERVAL_SECS)
    stamp = file_stamp(str(path))
    assert stamp is not None
    watch.watch(str(path), stamp)
    watch.start()
    os.unlink(path)
    try:
        assert events_within(watch, 4 * INTERVAL_SECS) == []
    finally:
        watch.close()


def test_a_folder_is_listed_again_when_a_model_arrives(tmp_path):
    watch = FolderWatch(lambda: None, interval_secs=INTERVAL_SECS)
    watch.start()
    watch.list_folder(str(tmp_path))
    try:
        assert events_within(watch, 3 * INTERVAL_SECS) == [FolderListed(str(tmp_path), ())]
        (tmp_path / "a.pkl").write_bytes(b"1234")
        events = events_within(watch, 4 * INTERVAL_SECS)
    finally:
        watch.close()

    listed = events[-1]
    assert isinstance(listed, FolderListed)
    assert [(entry.name, entry.size_bytes) for entry in listed.entries] == [("a.pkl", 4)]


def test_folders_come_first_and_other_files_are_left_out(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / ".cache").mkdir()
    for name in ("B.pkl", "a.safetensors", "notes.txt"):
        (tmp_path / name).write_bytes(b"")

    assert [entry.name for entry in folder_entries(str(tmp_path))] == [
        "runs",
        "a.safetensors",
        "B.pkl",
    ]
    assert folder_entries(str(tmp_path / "nowhere")) == ()
