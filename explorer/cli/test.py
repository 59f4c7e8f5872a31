"""`python main.py test`: everything the tests need, then pytest."""

import argparse
import os
import subprocess
import sys

from explorer.launcher.requirements import PROJECT_DIR
from explorer.launcher.system_packages import provide_test_parts

HELP = (
    "Install what the tests need and run them. Arguments that are not listed here go to pytest, "
    "for example `-k name` or `tests/networks`."
)
FORWARDS_ARGUMENTS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--slow", action="store_true", help="also the tests that take minutes")
    length.add_argument("--quick", action="store_true", help="not the slow ones, not even in CI")


def run(arguments: argparse.Namespace) -> int:
    needed = provide_test_parts()
    if needed is not None:
        print(needed, file=sys.stderr)
        if os.environ.get("CI"):
            return 1
    command = [sys.executable, "-m", "pytest", *(["--slow"] if arguments.slow else [])]
    command += ["--quick"] if arguments.quick else []
    # As many threads as cores collapse where something else runs, too.
    threads = str(max(1, (os.cpu_count() or 1) - 1))
    environ = {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads} | os.environ
    process = subprocess.Popen([*command, *arguments.rest], cwd=PROJECT_DIR, env=environ)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # pytest got it as well and ends by itself
