"""What the user reads while pip works, and when it fails."""

import io
import subprocess
from pathlib import Path

import pytest

from explorer.errors import LauncherError
from explorer.launcher import installer
from explorer.launcher.progress import Progress, package_line
from explorer.launcher.torch_build import TorchBuild


@pytest.mark.parametrize(
    "line, expected",
    [
        (
            "Downloading torch-2.13.0%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl (191.8 MB)",
            "torch 2.13.0+cpu  191.8 MB",
        ),
        (
            "  Using cached numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl (16.9 MB)",
            "numpy 2.4.6  16.9 MB (already on this machine)",
        ),
        (
            "Processing /wheels/sympy-1.14.0-py3-none-any.whl (from torch==2.13.0)",
            "sympy 1.14.0   (already on this machine)",
        ),
        ("Downloading scipy-1.17.1-cp311-cp311-linux_x86_64.whl.metadata (62 kB)", None),
        ("Collecting torch==2.13.0", None),
        ("Requirement already satisfied: glfw in ./lib", None),
    ],
)
def test_a_package_is_one_line_with_its_size(line, expected):
    assert package_line(line.strip()) == expected


def test_off_a_terminal_progress_is_plain_lines(tmp_path):
    stream = io.StringIO()
    progress = Progress(stream)
    progress.line("Downloading glfw-2.11.0-py3-none-any.whl (248 kB)\n")
    progress.tick(tmp_path)
    progress.line("Installing collected packages: glfw\n")

    assert stream.getvalue() == "  glfw 2.11.0  248 kB\n  unpacking\n"


def test_on_a_terminal_progress_counts_what_has_arrived(tmp_path):
    stream = io.StringIO()
    stream.isatty = lambda: True
    (tmp_path / "torch.whl").write_bytes(bytes(3_000_000))
    progress = Progress(stream)
    progress.line("Downloading torch-2.13.0-cp311-cp311-any.whl (500 MB)")
    progress.tick(tmp_path)

    assert "torch, 3 MB here" in stream.getvalue()


@pytest.mark.parametrize(
    "output, words",
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("SSLError: CERTIFICATE_VERIFY_FAILED", "PIP_CERT"),
        (
            "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 "
            "(from versions: none)\nERROR: No matching distribution found for torch==2.13.0",
            "index cannot be reached",
        ),
        ("ERROR: Something else", "Something else"),
        ("", "no reason"),
    ],
)
def test_pips_errors_become_one_sentence(output, words):
    assert words in installer.explain(output)
    assert "\n" not in installer.explain(output)


def test_too_little_space_is_said_before_anything_is_downloaded(tmp_path, monkeypatch):
    class Usage:
        free = 1e9

    monkeypatch.setattr(installer.shutil, "disk_usage", lambda path: Usage)

    with pytest.raises(LauncherError, match=r"9\.2 GB are needed"):
        installer._check_space(tmp_path, TorchBuild("CUDA"))


@pytest.fixture
def settings(monkeypatch):
    """pip's configuration, as the installer reads it."""
    values = {}
    monkeypatch.setattr(installer, "_pip_setting", lambda venv, name: values.get(name, ""))
    return values


def test_an_index_that_answers_is_left_to_pips_configuration(settings, monkeypatch):
    monkeypatch.setattr(installer, "index_answers", lambda url: True)

    options, silent_index = installer.reachable_index_options(Path("venv"))

    assert "--index-url" not in options
    assert silent_index is None


def test_an_index_that_does_not_answer_is_not_asked_for_every_package(settings, monkeypatch):
    settings["index-url"] = "https://gone/simple"
    monkeypatch.setattr(installer, "index_answers", lambda url: "gone" not in url)
    assert installer.reachable_index_options(Path("venv")) == (
        ["--no-index"],
        "https://gone/simple",
    )

    settings["extra-index-url"] = "https://gone/too file:///packages/simple"
    options, _ = installer.reachable_index_options(Path("venv"))
    assert options[-2:] == ["--index-url", "file:///packages/simple"]


def test_the_main_index_of_the_environment_variable_counts(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://company/simple")

    assert installer._pip_setting(tmp_path, "index-url") == "https://company/simple"


def test_settings_are_read_from_pips_own_list(tmp_path, monkeypatch):
    text = "global.extra-index-url='https://a/simple https://b/simple'\nglobal.cert='/c'\n"
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.setattr(
        installer.subprocess,
        "run",
        lambda *args, **options: subprocess.CompletedProcess(args, 0, text, ""),
    )

    found = installer._pip_setting(tmp_path, "extra-index-url")

    assert found.split() == ["https://a/simple", "https://b/simple"]


def test_without_network_the_sentence_comes_before_any_installation(
    settings, tmp_path, monkeypatch
):
    settings["index-url"] = "https://gone/simple"
    monkeypatch.setattr(installer, "index_answers", lambda url: False)
    monkeypatch.setattr(installer, "_file_pip_would_take", lambda venv, options: None)
    monkeypatch.setattr(installer, "_run_pip", None)

    with pytest.raises(LauncherError, match="https://gone/simple does not answer"):
        installer.install(tmp_path, [])
