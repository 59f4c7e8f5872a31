"""Compile src/*.cpp to one shared library per instruction set.

Objects are kept in a build folder, so that only what changed is compiled again; the library gets
its final name by os.replace, so that no process ever sees half of one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SOURCE_DIR = Path(__file__).parent / "src"
COMMON_FLAGS = (
    "-std=c++17 -O3 -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti -fno-math-errno "
    "-fno-trapping-math -ffp-contract=fast -Wall -Wextra"
)
# The instruction sets with kernels, by machine, the best first.
ISA_FLAGS: dict[str, dict[str, str]] = {
    "x86_64": {
        "avx512": "-mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma "
        "-mprefer-vector-width=512",
        "avx2": "-mavx2 -mfma",
    },
    "aarch64": {"neon": ""},
}


class BuildError(Exception):
    """The kernels cannot be compiled; one sentence."""


def machine() -> str:
    """Return the processor family: "x86_64", "aarch64" or what the system calls another."""
    name = platform.machine().lower()
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(name, name)


def platform_name() -> str:
    """Return the system and processor family: "linux-x86_64"."""
    return f"{platform.system().lower()}-{machine()}"


@dataclass(frozen=True)
class Tools:
    """What compiles.

    compiler: path of a C++ compiler.
    ninja:    path, or None to do without.
    options:  of the compiler, before all others.
    platform: what is compiled for, as platform_name() calls it.
    """

    compiler: str
    ninja: str | None
    options: tuple[str, ...] = ()
    platform: str = field(default_factory=platform_name)

    @property
    def isas(self) -> dict[str, str]:
        """The instruction sets of that platform that there are kernels for, with their flags."""
        return ISA_FLAGS.get(self.platform.partition("-")[2], {})


def source_hash() -> str:
    """Return the SHA-256 of all sources and flags; the same for either kind of line ending."""
    digest = hashlib.sha256()
    for path in sorted(SOURCE_DIR.iterdir()):
        if path.suffix in (".cpp", ".h"):
            text = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{path.name} {len(text)}\n".encode() + text)
    digest.update(repr((COMMON_FLAGS, ISA_FLAGS)).encode())
    return digest.hexdigest()


def find_tools() -> Tools | None:
    """Return the compiler of $CXX, else the first of g++, clang++ and c++; None without one."""
    if sys.platform == "win32":
        return None  # Microsoft's compiler has no vector types
    for name in (os.environ.get("CXX"), "g++", "clang++", "c++"):
        compiler = shutil.which(name) if name else None
        if compiler is not None:
            return Tools(compiler, find_ninja())
    return None


def find_ninja() -> str | None:
    """Return the path of ninja, which may come as a Python package; None without it."""
    found = shutil.which("ninja")
    if found is None:
        with contextlib.suppress(ImportError):
            import ninja

            found = shutil.which("ninja", path=ninja.BIN_DIR)
    return found


def cache_dir() -> Path:
    """Return the folder for what is built on this machine; it may not exist yet."""
    home = os.environ.get("LATENT_EXPLORER_HOME")
    if home:
        return Path(home) / "cache" / "kernels"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "latent-explorer" / "kernels"
    base = os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base and os.path.isabs(base) else Path.home() / ".cache"
    return root / "latent-explorer" / "kernels"


def built_path(isa: str) -> Path:
    """Return where the library of these sources lies once it is built on this machine."""
    return cache_dir() / f"{platform_name()}-{isa}-{source_hash()[:20]}.so"


def build(isa: str, tools: Tools, target: Path, *, release: bool = False) -> None:
    """Compile the library of one instruction set to `target`.

    Args:
        isa:     a key of tools.isas.
        release: for other machines than this one: stripped, and for older systems too.

    Raises BuildError with the compiler's first error if there is one.
    """
    flags = f"{COMMON_FLAGS} {tools.isas[isa]}".split()
    linux = tools.platform.startswith("linux-")
    if release and linux:
        flags.append("-DOPS_OLD_GLIBC")
    link = ["-shared", "-pthread"]
    if linux:
        link += [
            "-static-libgcc",
            "-Wl,--as-needed",
            "-Wl,-z,noexecstack",
            *(["-s"] if release else []),
        ]
    made_by = repr((tools.compiler, tools.options, flags, link))
    key = hashlib.sha256(made_by.encode()).hexdigest()[:12]
    folder = cache_dir() / f"objects-{isa}-{key}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock(folder / "lock"):
        if target.exists() and not release:
            return  # another process has built it meanwhile
        library = folder / "kernels.so"
        sources = sorted(SOURCE_DIR.glob("*.cpp"))
        if tools.ninja is None:
            command = [tools.compiler, *tools.options, *flags, *map(str, sources), *link]
            _run([*command, "-o", str(library)], folder)
        else:
            (folder / "build.ninja").write_text(_ninja_file(tools, flags, link, sources), "utf-8")
            _run([tools.ninja, "--quiet"], folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".tmp")
        os.close(handle)
        shutil.copyfile(library, name)
        os.chmod(name, 0o755)
        os.replace(name, target)


def _ninja_file(tools: Tools, flags: list[str], link: list[str], sources: list[Path]) -> str:
    def path(value: str) -> str:
        return value.replace("$", "$$").replace(" ", "$ ").replace(":", "$:")

    # ninja compares times, and the files of a newer version can be older than the objects that were
    # made here from those before: so what an object is made of is part of its command.
    headers = b"".join(header.read_bytes() for header in sorted(SOURCE_DIR.glob("*.h")))
    quoted = shlex.join([tools.compiler, *tools.options]).replace("$", "$$")
    lines = [
        "rule compile",
        f"  command = {quoted} {' '.join(flags)} -DOPS_SOURCES=$sources -MMD -MF $out.d "
        "-c $in -o $out",  # ninja quotes $in itself
        "  depfile = $out.d",
        "  deps = gcc",
        "rule link",
        f"  command = {quoted} {' '.join(flags)} $in {' '.join(link)} -o $out",
    ]
    for source in sources:
        made_of = hashlib.sha256(source.read_bytes() + headers).hexdigest()[:20]
        lines.append(f"build {source.stem}.o: compile {path(str(source))}")
        lines.append(f"  sources = {made_of}")
    lines.append(f"build kernels.so: link {' '.join(f'{s.stem}.o' for s in sources)}")
    return "\n".join([*lines, "default kernels.so", ""])


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    except OSError as error:
        raise BuildError(f"{command[0]} cannot be started: {error.strerror}.") from None
    if done.returncode != 0:
        output = (done.stdout + done.stderr).strip().splitlines()
        errors = [line for line in output if "error" in line] or output or ["no output"]
        raise BuildError(f"{Path(command[0]).name} failed: {errors[0].strip()}.")


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Let one process at a time build in a folder, where the system has flock."""
    with path.open("w") as file:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
