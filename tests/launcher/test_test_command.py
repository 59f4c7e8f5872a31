"""`python main.py test`: what it installs, what it starts, what is left out and what CI refuses."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.cli import test as command
from explorer.launcher import system_packages
from explorer.launcher.system_packages import Part, provide_test_parts

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
INI = """
[pytest]
addopts = --strict-markers
markers =
  cuda: x
  avx512: x
  platform: x
  slow: x
"""


def run_pytest(folder: Path, source: str, *options: str, ci: bool) -> tuple[int, str]:
    """Run a test file with this project's conftest."""
    (folder / "conftest.py").write_text(CONFTEST.read_text("utf-8"), "utf-8")
    (folder / "pytest.ini").write_text(INI)
    (folder / "test_it.py").write_text("import pytest\n" + source)
    environ = {name: value for name, value in os.environ.items() if name != "CI"}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env=environ | ({"CI": "true"} if ci else {}),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return result.returncode, result.stdout


def marked(marker: str) -> str:
    return f"@pytest.mark.{marker}\ndef test_marked(): pass\ndef test_plain(): pass\n"


@pytest.mark.parametrize("ci", [False, True])
def test_what_a_marker_leaves_out_is_listed_and_passes(tmp_path, ci):
    exit_code, output = run_pytest(tmp_path, marked('platform("beos")'), ci=ci)

    assert exit_code == 0
    assert "left out" in output
    assert "needs beos, this is" in output
    assert "  test_it.py::test_marked" in output
    assert "1 passed, 1 skipped" in output.splitlines()[-1]


@pytest.mark.parametrize(
    "source",
    [
        "def test_a(): pytest.skip('not today')\ndef test_plain(): pass\n",
        "@pytest.mark.skipif(True, reason='not today')\ndef test_a(): pass\ndef test_b(): pass\n",
        "pytest.skip('not today', allow_module_level=True)\n",
    ],
)
def test_any_other_skip_fails_ci(tmp_path, source):
    (tmp_path / "test_other.py").write_text("def test_other(): pass\n")

    assert run_pytest(tmp_path, source, ci=False)[0] == 0
    exit_code, output = run_pytest(tmp_path, source, ci=True)

    assert exit_code == 1
    assert "not today" in output
    assert "ERROR: 1 of these could not run" in output


@pytest.mark.parametrize(
    "options, ci, runs",
    [
        ([], False, False),
        (["--slow"], False, True),
        ([], True, True),
        (["--quick"], True, False),
    ],
)
def test_slow_tests_run_in_ci_or_when_asked_for(tmp_path, options, ci, runs):
    exit_code, output = run_pytest(tmp_path, marked("slow"), *options, ci=ci)

    assert exit_code == 0
    assert ("2 passed" in output) is runs
    assert ("run it with --slow" in output) is not runs


@pytest.fixture
def apt(monkeypatch):
    """A Debian where libEGL is missing until apt-get has run; returns the calls."""
    calls = []
    part = Part("libEGL", ("libegl1", "libegl-mesa0"), lambda: len(calls) == 2)
    monkeypatch.setattr(system_packages.sys, "platform", "linux")
    monkeypatch.setattr(system_packages, "_is_debian", lambda: True)
    monkeypatch.setattr(system_packages, "missing_parts", lambda: [] if part.present() else [part])
    monkeypatch.setattr(
        system_packages, "_apt_get", lambda arguments, environ: calls.append(arguments)
    )
    return calls


def test_root_on_debian_gets_the_packages(apt, monkeypatch):
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 0, raising=False)

    assert provide_test_parts() is None
    assert apt[0][0] == "update"
    assert apt[1][0] == "install"
    assert apt[1][-2:] == ["libegl1", "libegl-mesa0"]


def test_others_are_told_the_command(apt, monkeypatch):
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 1000, raising=False)

    assert "sudo apt-get install -y libegl1 libegl-mesa0" in (provide_test_parts() or "")
    assert apt == []


def test_elsewhere_the_names_are_said(apt, monkeypatch):
    monkeypatch.setattr(system_packages, "_is_debian", lambda: False)

    assert "libEGL" in (provide_test_parts() or "")


@pytest.mark.parametrize("ci, started", [(False, True), (True, False)])
def test_what_is_missing_stops_ci_only(ci, started, monkeypatch, capsys):
    commands = []

    class Process:
        def __init__(self, command, **options):
            commands.append(command)

        def wait(self):
            return 5

    monkeypatch.setattr(command, "provide_test_parts", lambda: "libEGL is missing.")
    monkeypatch.setattr(command.subprocess, "Popen", Process)
    monkeypatch.setenv("CI", "true") if ci else monkeypatch.delenv("CI", raising=False)
    arguments = argparse.Namespace(slow=True, quick=False, rest=["-k", "name"])

    assert command.run(arguments) == (5 if started else 1)
    assert "libEGL is missing." in capsys.readouterr().err
    expected = [[sys.executable, "-m", "pytest", "--slow", "-k", "name"]]
    assert commands == (expected if started else [])
