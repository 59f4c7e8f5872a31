"""Run pip in the project's environment, show its progress, turn its errors into one sentence."""

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from explorer.errors import LauncherError
from explorer.launcher.progress import Progress, folder_bytes
from explorer.launcher.requirements import PROJECT_DIR, Requirement, pinned_version
from explorer.launcher.torch_build import (
    TorchBuild,
    choose,
    find_pytorch_index,
    index_answers,
    nvidia_driver_present,
)
from explorer.launcher.venv import base_python, python_of

_DEFAULT_INDEX = "https://pypi.org/simple"


def install(venv: Path, requirements: Sequence[Requirement]) -> None:
    """Install the requirements at their pinned versions; raises LauncherError with a sentence."""
    index_options, silent_index = reachable_index_options(venv)
    unreachable = (
        f"The package index {silent_index} does not answer and not every package is on this "
        "machine; check the network, or PIP_INDEX_URL and HTTPS_PROXY, and start again."
    )
    torch_version = pinned_version("torch")
    torch_file = _file_pip_would_take(venv, index_options)
    if torch_file is None and silent_index is not None:
        raise LauncherError(unreachable)
    build = choose(
        torch_version,
        driver_present=nvidia_driver_present(),
        found_by_pip=torch_file,
        find_index=find_pytorch_index,
    )
    _check_space(venv, build)
    print(
        f"Installing {len(requirements)} packages and what they need into {venv}: torch "
        f"{torch_version} ({build.kind} build), about {build.download_gb:.1f} GB to download where "
        f"pip does not have it yet, {build.installed_gb:.1f} GB on disk.",
        *([build.note] if build.note else []),
        file=sys.stderr,
        flush=True,
    )
    progress = Progress()
    pins = ["--constraint", str(PROJECT_DIR / "constraints.txt")]
    if build.index_url is not None:
        # Alone and without what it needs, so that this index is asked for nothing but torch.
        torch = [f"torch=={torch_version}", "--no-deps", "--extra-index-url", build.index_url]
        try:
            _run_pip(venv, [*index_options, *torch], progress)
        except LauncherError as error:
            print(f"{error} Going on without that index.", file=sys.stderr, flush=True)
    try:
        _run_pip(venv, [*index_options, *pins, *(r.text for r in requirements)], progress)
    except LauncherError as error:
        raise (error if silent_index is None else LauncherError(unreachable)) from None
    secs = progress.done()
    size_gb = folder_bytes(venv) / 1e9
    print(f"Ready after {secs:.0f} s; {venv} holds {size_gb:.1f} GB.", file=sys.stderr, flush=True)


def reachable_index_options(venv: Path) -> tuple[list[str], str | None]:
    """Return pip options that do not wait for a silent package index, and that index if it is.

    The user's pip configuration stays in force. Only a main index that cannot be reached is left
    out, as pip would ask it again for every single package; links to files on disk and further
    indexes of the configuration may still supply everything.
    """
    index_url = _pip_setting(venv, "index-url") or _DEFAULT_INDEX
    further = _pip_setting(venv, "extra-index-url").split()
    if index_answers(index_url):
        return ["--retries", "1", "--timeout", "15"], None
    answering = [url for url in further if index_answers(url)]
    if answering:
        return ["--retries", "0", "--timeout", "5", "--index-url", answering[0]], index_url
    return ["--no-index"], index_url


def pip_command(venv: Path) -> list[str]:
    """Return how to call pip for an environment: its own, or the one this Python has."""
    has_own = any(venv.glob("[Ll]ib*/**/site-packages/pip/__main__.py"))
    start = [str(python_of(venv)), "-m", "pip"]
    return start if has_own else [base_python(), "-m", "pip", "--python", str(python_of(venv))]


def remove_half_installed(venv: Path) -> None:
    """Remove what an interrupted installation left, which pip would take for installed.

    pip writes RECORD last; a package without it is not complete.
    """
    for info in venv.glob("[Ll]ib*/**/site-packages/*.dist-info"):
        if not (info / "RECORD").is_file():
            shutil.rmtree(info, ignore_errors=True)
    for leftover in venv.glob("[Ll]ib*/**/site-packages/~*"):
        shutil.rmtree(leftover, ignore_errors=True)


def explain(output: str) -> str:
    """Turn pip's output into one sentence for the user."""
    text = output.lower()
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    last = errors[-1].removeprefix("ERROR:").strip() if errors else "pip gave no reason"
    if "no space left" in text or "errno 28" in text or "not enough space" in text:
        return (
            "The disk is full; free some space (CPU build 2 GB, CUDA build 10 GB) and start again."
        )
    if "certificate_verify_failed" in text or "certificate verify failed" in text:
        return (
            "The package index's certificate is not trusted here; behind a company proxy point "
            "PIP_CERT at its certificate file."
        )
    if "no matching distribution" in text or "could not find a version" in text:
        network_words = ("connection broken", "connecttimeout", "name resolution", "not answer")
        if any(word in text for word in network_words) or "from versions: none" in text:
            return (
                f"The package index cannot be reached or lacks a package ({last}); check the "
                "network, or PIP_INDEX_URL and HTTPS_PROXY, and start again."
            )
    if "permission denied" in text:
        return f"A folder cannot be written: {last}"
    return f"pip could not install the packages: {last}"


def _run_pip(venv: Path, options: Sequence[str], progress: Progress) -> None:
    """Run `pip install`; everything it says goes to install.log beside the packages."""
    downloads = venv / "downloads"  # on the disk that has the space, unlike many a /tmp
    shutil.rmtree(downloads, ignore_errors=True)
    downloads.mkdir()
    environ = os.environ | dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(downloads))
    environ |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}
    fixed = ["install", "--no-input", "--progress-bar", "off", "--only-binary", ":all:"]
    process = subprocess.Popen(
        [*pip_command(venv), *fixed, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environ,
    )
    assert process.stdout is not None
    lines: queue.Queue[str | None] = queue.Queue()
    stdout = process.stdout

    def read() -> None:
        for line in stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    log: list[str] = []
    try:
        while True:
            try:
                line = lines.get(timeout=1)
            except queue.Empty:
                progress.tick(downloads)
                continue
            if line is None:
                break
            log.append(line)
            progress.line(line)
        exit_code = process.wait()
    finally:
        process.kill()  # nothing if it has ended
        process.wait()
        process.stdout.close()
        progress.done()
        shutil.rmtree(downloads, ignore_errors=True)
        _write_log(venv, log)
    if exit_code != 0:
        raise LauncherError(f"{explain(''.join(log))} (all of it: {venv / 'install.log'})")


def _write_log(venv: Path, log: list[str]) -> None:
    try:
        (venv / "install.log").write_text("".join(log), "utf-8")
    except OSError:
        print("install.log could not be written", file=sys.stderr)


def _file_pip_would_take(venv: Path, index_options: Sequence[str]) -> str | None:
    """Return the URL of the torch that pip finds with the user's configuration alone."""
    options = ["--dry-run", "--quiet", "--no-deps", "--ignore-installed", "--report", "-"]
    wanted = f"torch=={pinned_version('torch')}"
    result = subprocess.run(
        [*pip_command(venv), "install", *options, *index_options, wanted],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    try:
        return json.loads(result.stdout)["install"][0]["download_info"]["url"]
    except (ValueError, LookupError):
        return None


def _pip_setting(venv: Path, name: str) -> str:
    """Return a setting of pip's, from the environment or its configuration files; "" if unset."""
    from_environ = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if from_environ is not None:
        return from_environ
    result = subprocess.run(
        [*pip_command(venv), "config", "list"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    found = ""
    for line in result.stdout.splitlines():
        key, _, value = line.partition("=")
        if key in (f"global.{name}", f"install.{name}", f":env:.{name}"):
            found = value.strip("'\"").replace("\\n", " ")
    return found


def _check_space(venv: Path, build: TorchBuild) -> None:
    needed_gb = build.installed_gb + build.download_gb
    free_gb = shutil.disk_usage(venv).free / 1e9
    present_gb = folder_bytes(venv) / 1e9
    if free_gb + present_gb < needed_gb:
        raise LauncherError(
            f"{needed_gb:.1f} GB are needed for {venv} and what is downloaded on the way; "
            f"{free_gb:.1f} GB are free there. Free some space and start again."
        )
