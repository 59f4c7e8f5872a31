"""Which build of torch is taken where, and that an index without an answer costs seconds."""

import socket
import ssl
import sys
import time
import urllib.error
from email.message import Message

import pytest

from explorer.launcher import torch_build
from explorer.launcher.torch_build import (
    choose,
    find_pytorch_index,
    index_answers,
    nvidia_driver_present,
    page_text,
)

CPU_WHEEL = "file:///wheels/torch-2.13.0%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl"
CUDA_WHEEL = "https://index/torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl"


def decide(system, driver_present, found=CUDA_WHEEL, index_url=None):
    return choose(
        "2.13.0",
        driver_present=driver_present,
        found_by_pip=found,
        find_index=lambda build, version: index_url and f"{index_url}/{build}",
        system=system,
    )


def test_linux_with_a_driver_takes_the_cuda_build_of_pypi():
    build = decide("linux", True, found=CPU_WHEEL, index_url="https://pytorch")

    assert (build.kind, build.index_url) == ("CUDA", None)


def test_linux_without_a_driver_takes_what_pip_has_before_it_asks_elsewhere():
    build = decide("linux", False, found=CPU_WHEEL, index_url="https://pytorch")

    assert (build.kind, build.index_url) == ("CPU", None)


def test_linux_without_a_driver_takes_the_cpu_index():
    build = decide("linux", False, index_url="https://pytorch")

    assert (build.kind, build.index_url) == ("CPU", "https://pytorch/cpu")


def test_linux_without_a_driver_and_without_the_cpu_index_says_why_it_takes_the_large_build():
    build = decide("linux", False)

    assert (build.kind, build.index_url) == ("CUDA", None)
    assert "CPU index" in build.note


def test_windows_needs_an_index_of_pytorch_for_cuda():
    assert decide("win32", True, index_url="https://pytorch").index_url == "https://pytorch/cuda"
    assert decide("win32", True).kind == "CPU"
    assert decide("win32", False, index_url="https://pytorch").index_url is None


def test_macos_takes_pypi():
    assert (decide("darwin", False).kind, decide("darwin", False).index_url) == ("CPU", None)


def test_the_cuda_build_is_announced_as_the_larger_one():
    assert decide("linux", True).download_gb > 4 * decide("darwin", False).download_gb


@pytest.mark.parametrize(
    "system, programs, files, expected",
    [
        ("linux", {"nvidia-smi"}, set(), True),
        ("linux", set(), {"/proc/driver/nvidia/version"}, True),
        ("linux", set(), set(), False),
        ("darwin", {"nvidia-smi"}, set(), False),
        ("win32", {"nvidia-smi"}, set(), False),
    ],
)
def test_a_driver_is_known_by_its_files(system, programs, files, expected):
    found = nvidia_driver_present(
        system=system,
        which=lambda name: name if name in programs else None,
        exists=lambda path: path in files,
        environ={},
    )

    assert found is expected


def test_a_driver_on_windows_is_nvcuda_in_the_system_folder():
    def exists(path):
        return path.endswith("nvcuda.dll")

    assert nvidia_driver_present(system="win32", exists=exists, environ={"SYSTEMROOT": "C:\\W"})


@pytest.mark.platform("linux")
def test_an_index_counts_only_if_it_has_the_version_for_this_python(monkeypatch):
    monkeypatch.setattr(torch_build.platform, "machine", lambda: "x86_64")
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    page = f'<a href="torch-2.13.0%2Bcpu-{tag}-{tag}-manylinux_2_28_x86_64.whl">torch</a>'

    assert (
        find_pytorch_index("cpu", "2.13.0", lambda url: page) == torch_build.PYTORCH_INDEX + "cpu"
    )
    assert find_pytorch_index("cpu", "2.14.0", lambda url: page) is None
    assert find_pytorch_index("cpu", "2.13.0", lambda url: page.replace("x86_64", "s390x")) is None


def test_the_first_index_without_an_answer_ends_the_search():
    asked = []

    assert find_pytorch_index("cuda", "2.13.0", asked.append) is None
    assert len(asked) == 1


@pytest.fixture
def silent_server(monkeypatch):
    """A server that accepts connections and never says a word."""
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/whl/cpu"


@pytest.mark.parametrize("ask, answer", [(page_text, None), (index_answers, False)])
def test_a_silent_index_costs_seconds(ask, answer, silent_server):
    started = time.monotonic()

    assert ask(silent_server, within_secs=1) is answer
    assert time.monotonic() - started < 3


def test_a_name_that_hangs_costs_seconds(monkeypatch):
    def hang(*args, **options):
        time.sleep(4)
        raise OSError("no answer")

    monkeypatch.setattr(torch_build.urllib.request, "urlopen", hang)
    started = time.monotonic()

    assert index_answers("http://index.invalid/simple", within_secs=0.5) is False
    assert time.monotonic() - started < 3


def test_a_host_that_refuses_does_not_answer_and_files_always_do():
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed_port = server.getsockname()[1]

    assert not index_answers(f"http://127.0.0.1:{closed_port}/simple")
    assert index_answers("file:///packages/simple")


@pytest.mark.parametrize(
    "error, answers",
    [
        (urllib.error.HTTPError("http://i/pip/", 401, "no", Message(), None), True),
        (urllib.error.URLError(ssl.SSLCertVerificationError("unknown issuer")), True),
        (urllib.error.URLError(TimeoutError()), False),
    ],
)
def test_a_refusal_is_an_answer(error, answers, monkeypatch):
    asked = []

    def refuse(page, timeout):
        asked.append(page)
        raise error

    monkeypatch.setattr(torch_build.urllib.request, "urlopen", refuse)

    assert index_answers("http://me:secret@index.invalid/simple/") is answers
    assert asked == ["http://index.invalid/simple/pip/"]
