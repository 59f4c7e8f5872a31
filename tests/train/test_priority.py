"""A run gives way to whatever else the machine does."""

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
