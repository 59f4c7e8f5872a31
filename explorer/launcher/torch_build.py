"""Choose between the CPU and the CUDA build of torch, and find out where pip gets it.

| system           | NVIDIA driver | build | from                                               |
|------------------|---------------|-------|----------------------------------------------------|
| Linux            | yes           | CUDA  | PyPI                                               |
| Linux            | no            | CPU   | what pip finds itself, else PyTorch's CPU index,   |
|                  |               |       | else the CUDA build from PyPI, which runs there too |
| Windows          | yes           | CUDA  | PyTorch's CUDA index, else the CPU build from PyPI |
| Windows          | no            | CPU   | PyPI                                               |
| macOS            |               | Metal | PyPI                                               |
"""

import os
import platform
import shutil
import ssl
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

PYTORCH_INDEX = "https://download.pytorch.org/whl/"
_CUDA_INDEXES = ("cu130", "cu132", "cu129", "cu128", "cu126")
_PROBE_SECS = 3.0
T = TypeVar("T")


@dataclass(frozen=True)
class TorchBuild:
    """Which build will be installed, and the size of the whole environment with it."""

    kind: str  # "CPU" or "CUDA"
    index_url: str | None = None  # to look at besides pip's own; None = pip's own are enough
    note: str = ""  # what the user should know about the choice

    @property
    def download_gb(self) -> float:
        return 3.2 if self.kind == "CUDA" else 0.5

    @property
    def installed_gb(self) -> float:
        return 6.0 if self.kind == "CUDA" else 1.4


def choose(
    version: str,
    *,
    driver_present: bool,
    found_by_pip: str | None,
    find_index: Callable[[str, str], str | None],
    system: str = sys.platform,
) -> TorchBuild:
    """Choose the build for this machine.

    Args:
        version:        the pinned version of torch.
        driver_present: whether an NVIDIA driver was found.
        found_by_pip:   the file pip would take without further help; None = none.
        find_index:     (build, version) -> an index of PyTorch's that has it; None = none answers.
        system:         as sys.platform.
    """
    if system == "darwin":
        return TorchBuild("CPU")
    if system == "win32":
        if not driver_present:
            return TorchBuild("CPU")
        index_url = find_index("cuda", version)
        if index_url is not None:
            return TorchBuild("CUDA", index_url)
        return TorchBuild("CPU", note="PyTorch's CUDA index does not answer: the CPU build it is.")
    if driver_present:
        return TorchBuild("CUDA")
    if is_cpu_build(found_by_pip or ""):
        return TorchBuild("CPU")
    index_url = find_index("cpu", version)
    if index_url is not None:
        return TorchBuild("CPU", index_url)
    return TorchBuild(
        "CUDA",
        note="PyTorch's CPU index does not answer; the larger CUDA build runs without a GPU, too.",
    )


def is_cpu_build(file_name: str) -> bool:
    return "+cpu" in urllib.parse.unquote(file_name) or "aarch64" in file_name


def nvidia_driver_present(
    *,
    system: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
    exists: Callable[[str], bool] = os.path.exists,
    environ: Mapping[str, str] = os.environ,
) -> bool:
    """Whether an NVIDIA driver is installed, judged by its files: nothing is started."""
    if system == "win32":
        windows = Path(environ.get("SYSTEMROOT", r"C:\Windows"))
        return exists(str(windows / "System32" / "nvcuda.dll"))
    if system == "darwin":
        return False
    return (
        which("nvidia-smi") is not None
        or exists("/proc/driver/nvidia/version")
        or exists("/usr/lib/wsl/lib/libcuda.so.1")
    )


def find_pytorch_index(
    build: str, version: str, read_page: Callable[[str], str | None] | None = None
) -> str | None:
    """Return the index of PyTorch's that holds this build for this Python; None = none answers.

    Costs a few seconds at most: the first index without an answer ends the search.
    """
    read = page_text if read_page is None else read_page
    python_tag = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    system_tag = "win" if sys.platform == "win32" else "linux"
    for name in ("cpu",) if build == "cpu" else _CUDA_INDEXES:
        page = read(f"{PYTORCH_INDEX}{name}/torch/")
        if page is None:
            return None
        files = urllib.parse.unquote(page).split("torch-" + version)
        if any(
            file.startswith(f"+{name}-{python_tag}-{python_tag}-")
            and system_tag in file[:80]
            and platform.machine().lower() in file[:80].lower()
            for file in files
        ):
            return PYTORCH_INDEX + name
    return None


def page_text(url: str, within_secs: float = _PROBE_SECS) -> str | None:
    """Fetch a page; None if it does not come in time, "" if the server refuses it."""

    def fetch() -> str | None:
        try:
            with urllib.request.urlopen(url, timeout=within_secs) as response:
                return response.read().decode("utf-8", "replace")
        except urllib.error.HTTPError:
            return ""
        except (OSError, ValueError):
            return None

    return _within(within_secs, fetch)


def index_answers(url: str, within_secs: float = 5.0) -> bool:
    """Whether a package index says anything; folders on disk and proxies are taken to answer.

    A refusal or a certificate that only pip knows to trust is an answer, too.
    """
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname
    if parts.scheme not in ("http", "https") or host is None:
        return True
    if parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
        return True
    # Without a user name and password, which urllib does not take in an address.
    parts = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    page = f"{parts.geturl().rstrip('/')}/pip/"

    def ask() -> bool:
        try:
            with urllib.request.urlopen(page, timeout=within_secs):
                return True
        except urllib.error.HTTPError:
            return True
        except urllib.error.URLError as error:
            return isinstance(error.reason, ssl.SSLCertVerificationError)
        except (OSError, ValueError):
            return False

    return bool(_within(within_secs, ask))


def _within(secs: float, ask: Callable[[], T]) -> T | None:
    """Ask in a thread: looking up a name can hang for longer than any timeout of a socket."""
    answer: list[T] = []
    thread = threading.Thread(target=lambda: answer.append(ask()), daemon=True)
    thread.start()
    thread.join(secs + 0.5)
    return answer[0] if answer else None
