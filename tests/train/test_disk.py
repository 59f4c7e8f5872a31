"""Disks that fill up or become read-only, each on a tmpfs in a mount namespace of its own."""

import os
import shlex
import subprocess
import sys

import pytest

from tests.train.tiny import ROOT, make_run, write_zip
from train import checkpoint
from train.layout import CHECKPOINTS, LOG, RESERVE, numbered
from train.runs import read_status

pytestmark = pytest.mark.platform("linux")

WORK = """
import sys
from pathlib import Path
from train.worker import work
{before}
sys.exit(work(Path({run!r})))
"""
READ_ONLY_AT_THE_FOURTH = """
import subprocess
from train.trainer import Trainer
step = Trainer.step
def broken(self, shards):
    step(self, shards)
    if self.cur_nimg == 16:
        subprocess.run({command}, check=True)
Trainer.step = broken
"""


class Disk:
    """A tmpfs: commands see it, this process only sees what `keep` copies from it.

    folder: where it is mounted, within the namespace of `run_on`.
    """

    def __init__(self, tmp_path):
        self.folder, self._kept = tmp_path / "disk", tmp_path / "kept"
        self.folder.mkdir()
        self._kept.mkdir()
        self.run = self.folder / "run"
        self._lines = ["set -e", f"cd {ROOT}", "export OMP_NUM_THREADS=1"]

    def mount(self, size):
        self._lines.append(f"mount -t tmpfs -o size={size} tmpfs {self.folder}")

    def remount(self, option):
        self._lines.append(shlex.join(self.remounting(option)))

    def remounting(self, option):
        return ["mount", "-o", f"remount,{option}", str(self.folder)]

    def put(self, run):
        self._lines.append(f"cp -r {run} {self.run}")

    def python(self, code, name):
        """Run Python there; its exit code and output are kept under a name."""
        out = self._kept / f"{name}.txt"
        command = shlex.join([sys.executable, "-c", code])
        self._lines.append(f"code=0; {command} > {out} 2>&1 || code=$?; echo exit $code >> {out}")

    def work(self, name, before=""):
        """Work on the run; see `python`."""
        self.python(WORK.format(before=before, run=str(self.run)), name)

    def keep(self, name):
        """Keep the run as it is now under a name."""
        self._lines.append(f"cp -r {self.run} {self._kept / name}")

    def play(self):
        """Do all of it; returns the folder of what is kept."""
        subprocess.run(
            ["unshare", "-m", "sh", "-c", "\n".join(self._lines)], check=True, timeout=200
        )
        return self._kept


@pytest.fixture
def disk(tmp_path):
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"]).returncode:
        pytest.skip("needs the right to mount: run it as root")
    return Disk(tmp_path)


def test_a_full_disk_ends_the_run_in_order(tmp_path, disk):
    """Checkpoints pile up until it is full; with space it goes on."""
    run = make_run(tmp_path, kimg=100.0, checkpoint_kimg=0.008, keep_checkpoints=500, tick_kimg=0.4)
    disk.mount("4000k")
    disk.put(run)
    disk.work("full")
    disk.keep("then")
    disk.remount("size=40m")
    disk.python(
        f"from pathlib import Path\nfrom train import runs, start\nrun = Path({str(disk.run)!r})\n"
        "kimg = runs.read_status(run).cur_kimg + 0.1\nstart.change_run(run, {'kimg': kimg})",
        "change",
    )
    disk.work("more")
    disk.keep("after")
    kept = disk.play()

    status = read_status(kept / "then")
    assert status.state == "failed"
    assert status.reason.startswith("The disk is full. Everything up to the last checkpoint")
    found = numbered(kept / "then" / CHECKPOINTS)
    assert len(found) > 2
    checkpoint.read(found[-1][1])
    assert not (kept / "then" / RESERVE).exists()
    assert (kept / "then" / LOG).read_text().endswith(f"failed: {status.reason}\n")
    assert read_status(kept / "after").state == "finished", (kept / "more.txt").read_text()
    log = (kept / "after" / LOG).read_text()
    assert "bit-exact" in log
    assert "cannot be used" not in log


@pytest.mark.slow
def test_a_disk_that_becomes_read_only_loses_nothing_before(tmp_path, disk):
    """Not even the reason can be written any more: readers see that the process is gone."""
    run = make_run(tmp_path, kimg=0.04, checkpoint_kimg=0.008, tick_kimg=0.008)
    before = READ_ONLY_AT_THE_FOURTH.format(command=disk.remounting("ro"))
    disk.mount("20m")
    disk.put(run)
    disk.work("then", before)
    disk.keep("then")
    disk.remount("rw")
    disk.work("after")
    disk.keep("after")
    kept = disk.play()

    said = (kept / "then.txt").read_text()
    assert said.endswith("exit 1\n")
    assert "Read-only file system" in said
    assert read_status(kept / "then").state == "crashed"
    last, newest = numbered(kept / "then" / CHECKPOINTS)[-1]
    assert last == 8
    checkpoint.read(newest)
    status = read_status(kept / "after")
    assert (status.state, status.cur_kimg) == ("finished", 0.04)
    assert "Continued at 0.0 kimg, bit-exact." in (kept / "after" / LOG).read_text()


@pytest.mark.slow
def test_checkpoints_that_become_read_only_are_a_reason(tmp_path, disk):
    """What can still be written says why."""
    run = make_run(tmp_path, kimg=0.04, checkpoint_kimg=0.008, tick_kimg=0.008)
    folder = str(disk.run / CHECKPOINTS)
    command = ["sh", "-c", f"mount --bind {folder} {folder}; mount -o remount,bind,ro {folder}"]
    disk.mount("20m")
    disk.put(run)
    disk.work("then", READ_ONLY_AT_THE_FOURTH.format(command=command))
    disk.keep("then")
    kept = disk.play()

    status = read_status(kept / "then")
    assert status.state == "failed"
    assert "checkpoint-000000000016.safetensors cannot be written: Read-only file" in status.reason
    assert [number for number, _ in numbered(kept / "then" / CHECKPOINTS)] == [8]


def test_a_read_only_folder_at_the_start_is_one_sentence(tmp_path, disk):
    run = make_run(tmp_path, kimg=0.04)
    data = write_zip(tmp_path / "d.zip")
    disk.mount("20m")
    disk.put(run)
    disk.remount("ro")
    disk.work("work")
    words = ["train", "--data", str(data), "--batch", "4", "--outdir", str(disk.folder / "runs")]
    for name, line in (("new", words), ("resume", ["train", "--resume", str(disk.run)])):
        disk.python(f"import sys\nfrom explorer import cli\nsys.exit(cli.main({line!r}))", name)
    disk.keep("then")
    disk.python(f"import os\nprint(os.listdir({str(disk.folder)!r}))", "left")
    kept = disk.play()

    for name, word in (("work", "written"), ("new", "used"), ("resume", "used")):
        *_, sentence, code = (kept / f"{name}.txt").read_text().splitlines()
        assert code == "exit 1"
        assert f"cannot be {word}: Read-only file system" in sentence
        assert "Traceback" not in (kept / f"{name}.txt").read_text()
    assert (kept / "left.txt").read_text().splitlines()[0] == "['run']"
    assert read_status(kept / "then").state == "new"
