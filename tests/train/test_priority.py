"""A run gives way to whatever else the machine does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from train.priority import NICE, VIDEO_NICE

ROOT = Path(__file__).resolve().parents[2]
SHOW = """
import os, subprocess, sys
from pathlib import Path
from train.priority import NICE, VIDEO_NICE, lower_priority
lower_priority({nice})
group = Path("/proc/self/autogroup")
child = "import os; from train.priority import *; lower_priority({nice}); print(os.nice(0))"
said = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stdout
print(os.nice(0), said.strip(), group.read_text().split()[-1] if group.exists() else "none")
"""


@pytest.mark.platform("linux", "darwin")
@pytest.mark.parametrize("nice", [NICE, VIDEO_NICE])
def test_a_detached_process_gives_way_to_other_sessions(nice):
    command = [sys.executable, "-c", SHOW.format(nice=nice)]
    own, of_child, of_group = subprocess.run(
        command, cwd=ROOT, start_new_session=True, capture_output=True, text=True, check=True
    ).stdout.split()
    assert int(own) == max(nice, os.nice(0))
    assert of_child == own  # each process of a queue starts the next one
    # Where Linux groups processes by session, only the group's niceness counts between sessions.
    assert of_group in (str(nice), "none")


def test_a_video_comes_before_training_and_after_the_window():
    assert 0 < VIDEO_NICE < NICE


@pytest.mark.platform("linux")
def test_threads_of_a_run_that_wait_for_one_another_leave_the_processor_to_others():
    """What torch's threading library says of itself when it is loaded."""
    environment = {**os.environ, "OMP_DISPLAY_ENV": "true"}
    environment.pop("OMP_WAIT_POLICY", None)
    shown = subprocess.run(
        [sys.executable, "-c", "from train.priority import lower_priority as f; f(); import torch"],
        cwd=ROOT, env=environment, start_new_session=True,
        capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in shown
