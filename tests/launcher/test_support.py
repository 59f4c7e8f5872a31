"""An unsupported Python or system gets one sentence, before anything else happens."""

import ast
import subprocess
import sys

import pytest

from explorer.launcher.requirements import PROJECT_DIR
from explorer.launcher.support import NEWEST_PYTHON, unsupported_reason

MAIN = PROJECT_DIR / "main.py"
GOOD = {
    "version": (3, 12),
    "system": "Linux",
    "machine": "x86_64",
    "is_64bit": True,
    "implementation": "cpython",
    "libc": "glibc",
    "free_threaded": False,
}


def test_the_python_that_runs_the_tests_is_supported():
    assert unsupported_reason() is None


@pytest.mark.parametrize(
    "system, machine",
    [
        ("Linux", "x86_64"),
        ("Linux", "aarch64"),
        ("Darwin", "arm64"),
        ("Windows", "AMD64"),
    ],
)
def test_supported_systems(system, machine):
    assert unsupported_reason(**GOOD | {"system": system, "machine": machine}) is None


@pytest.mark.parametrize(
    "change, word",
    [
        ({"version": (3, 10)}, "this is 3.10"),
        ({"version": (NEWEST_PYTHON[0], NEWEST_PYTHON[1] + 1)}, "3.11 to 3.14"),
        ({"system": "Darwin", "machine": "x86_64"}, "Apple silicon"),
        ({"system": "Windows", "machine": "ARM64"}, "x86-64"),
        ({"machine": "armv7l"}, "armv7l"),
        ({"is_64bit": False}, "64-bit"),
        ({"implementation": "pypy"}, "pypy"),
        ({"libc": "other"}, "glibc"),
        ({"system": "FreeBSD"}, "FreeBSD"),
        ({"free_threaded": True}, "free-threaded"),
    ],
)
def test_the_rest_gets_one_sentence(change, word):
    reason = unsupported_reason(**GOOD | change)

    assert reason is not None
    assert word in reason
    assert "\n" not in reason


def test_main_can_be_read_by_old_pythons():
    ast.parse(MAIN.read_text("utf-8"), feature_version=(3, 6))


def test_main_names_the_version_it_needs_and_the_one_it_got():
    script = (
        "import runpy, sys\n"
        "sys.version_info = (3, 8, 10, 'final', 0)\n"
        f"runpy.run_path({str(MAIN)!r}, run_name='__main__')\n"
    )

    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "3.11 or newer is needed, this is 3.8" in result.stderr
