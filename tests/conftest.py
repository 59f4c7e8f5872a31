"""What every test run has in common: which tests are left out, why, and what CI does not let pass.

| marker    | runs                                           |
|-----------|------------------------------------------------|
| cuda      | where torch finds an NVIDIA GPU                |
| avx512    | where the processor has AVX-512                |
| nvcc      | where NVIDIA's compiler is installed           |
| nvrtc     | where NVIDIA's run-time compiler is installed  |
| ziglang   | where zig's compiler is installed              |
| qemu      | as ziglang, and where ARM can be emulated      |
| camera    | where pyvirtualcam is installed                |
| platform  | on the systems it names, as sys.platform does  |
| slow      | in CI, and with --slow; never with --quick     |

Whatever is left out is listed at the end with its reason. In CI a test that is skipped for any
other reason than its marker fails the run: what could not run has not passed.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

# Before anything opens a window: in memory, without an X server (explorer/display.py).
os.environ.setdefault("LATENT_EXPLORER_HEADLESS", "1")

_left_out = pytest.StashKey[dict[str, str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also the tests that take minutes")
    parser.addoption("--quick", action="store_true", help="not the slow ones, not even in CI")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_left_out] = {}
    config.pluginmanager.register(_Report(config), "left-out")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow_runs = config.getoption("--slow") or (_in_ci() and not config.getoption("--quick"))
    for item in items:
        reason = _reason_to_leave_out(item, slow_runs=slow_runs)
        if reason is not None:
            config.stash[_left_out][item.nodeid] = reason
            item.add_marker(pytest.mark.skip(reason=reason))


def _reason_to_leave_out(item: pytest.Item, *, slow_runs: bool) -> str | None:
    systems = [name for marker in item.iter_markers("platform") for name in marker.args]
    if systems and sys.platform not in systems:
        return f"needs {' or '.join(systems)}, this is {sys.platform}"
    hardware: dict[str, tuple[Callable[[], bool], str]] = {
        "cuda": (_has_cuda, "no NVIDIA GPU here"),
        "avx512": (_has_avx512, "this processor has no AVX-512"),
        "nvcc": (_has_nvcc, "no nvcc here"),
        "nvrtc": (_has_nvrtc, "no NVRTC here: python -m pip install nvidia-cuda-nvrtc"),
        "ziglang": (_has_ziglang, "no zig here: python -m pip install ziglang"),
        "qemu": (
            _has_qemu,
            "NEON needs an emulator here: python -m pip install ziglang; "
            "sudo apt install qemu-user libc6-arm64-cross",
        ),
        "camera": (_has_camera, "no pyvirtualcam here: python -m pip install pyvirtualcam"),
    }
    for name, (is_here, reason) in hardware.items():
        if item.get_closest_marker(name) is not None and not is_here():
            return reason
    if item.get_closest_marker("slow") is not None and not slow_runs:
        return "slow; run it with --slow"
    return None


@cache
def _has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


@cache
def _has_avx512() -> bool:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        return "avx512f" in cpuinfo.read_text("utf-8")
    import torch

    return torch.backends.cpu.get_cpu_capability() == "AVX512"


@cache
def _has_nvcc() -> bool:
    return shutil.which("nvcc") is not None


@cache
def _has_nvrtc() -> bool:
    from cuda_ops.cuda import nvrtc

    try:
        nvrtc.find()
    except nvrtc.NvrtcError:
        return False
    return True


@cache
def _has_ziglang() -> bool:
    from cuda_ops.cpu import cross

    return cross.zig_path() is not None


@cache
def _has_qemu() -> bool:
    from tests.cuda_ops.neon import emulated

    return _has_ziglang() and emulated.SYSTEM.exists() and bool(shutil.which(emulated.EMULATOR))


def _has_camera() -> bool:
    return importlib.util.find_spec("pyvirtualcam") is not None


def _in_ci() -> bool:
    return bool(os.environ.get("CI"))


class _Report:
    """Collects what did not run, lists it at the end, and fails CI for what it does not excuse."""

    def __init__(self, config: pytest.Config) -> None:
        self._excused = config.stash[_left_out]
        self._skipped: list[tuple[str, str]] = []

    @property
    def _unexcused(self) -> list[tuple[str, str]]:
        return [(nodeid, why) for nodeid, why in self._skipped if nodeid not in self._excused]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self._skipped.append((report.nodeid, _reason_of(report)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._skipped.append((report.nodeid, _reason_of(report)))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if _in_ci() and self._unexcused and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._skipped:
            return
        terminalreporter.section("left out")
        by_reason: dict[str, list[str]] = {}
        for nodeid, reason in self._skipped:
            by_reason.setdefault(reason, []).append(nodeid)
        for reason, nodeids in by_reason.items():
            terminalreporter.line(f"{reason}:")
            for nodeid in nodeids:
                terminalreporter.line(f"  {nodeid}")
        if _in_ci() and self._unexcused:
            terminalreporter.line(
                f"ERROR: {len(self._unexcused)} of these could not run although nothing they are "
                "marked with is missing; in CI that is a failure.",
                red=True,
            )


def _reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    where = report.longrepr
    return where[2].removeprefix("Skipped: ") if isinstance(where, tuple) else str(where)
