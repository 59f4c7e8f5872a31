"""A run gives way to whatever else the machine does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from train.priority import NICE

ROOT = Path(__file__).resolve().parents[2]
SHOW = """
import os
from pathlib import Path
from train.priority import lower_priority
before = os.nice(0)
lower_priority()
group = Path("/proc/self/autogroup")
print(os.nice(0) - before, group.read_text().split()[-1] if group.exists() else "none")
"""


@pytest.mark.platform("linux", "darwin")
def test_a_detached_process_gives_way_to_other_sessions():
    shown = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, start_new_session=True, capture_output=True,
        text=True, check=True,
    ).stdout.split()  # fmt: skip
    # Where Linux groups processes by session, only the group's niceness counts between sessions.
    assert shown[0] == str(NICE)
    assert shown[1] in (str(NICE), "none")


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
