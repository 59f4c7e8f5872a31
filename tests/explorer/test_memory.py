"""The program does not grow with the number of pictures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.explorer.many_requests import COUNTED

ROOT = Path(__file__).resolve().parents[2]
BYTES_A_REQUEST = 1000


@pytest.mark.slow
@pytest.mark.platform("linux")
def test_five_thousand_requests_take_less_than_a_kilobyte_each(tmp_path):
    command = [sys.executable, "-m", "tests.explorer.many_requests", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["previews"] > 5, found  # the faster the machine, the fewer are worth it
    assert found["growth"] < COUNTED * BYTES_A_REQUEST, found
