"""`native`: what the operators run on; compiles their kernels before they are needed.

`native --prebuilt` makes the libraries that come with the project, after a change in
cuda_ops/cpu/src.
"""

from __future__ import annotations

import argparse

from explorer.errors import UserError

HELP = (
    "Say for each operator what it runs on and why. Kernels for this processor that still have to "
    "be compiled are compiled now, instead of when the first picture is made."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--prebuilt",
        action="store_true",
        help="for developers: compile the libraries that come with the project again",
    )


def run(arguments: argparse.Namespace) -> int:
    """Compile what is to be compiled and print what runs; 1 if an operator is not native."""
    if arguments.prebuilt:
        _make_prebuilt()
    import cuda_ops

    status = cuda_ops.status()
    width = max(len(op.op) for op in status.ops) + 2
    for op in status.ops:
        print(f"{op.op:{width}}{op.device:6}{op.implementation:11}{op.reason}")
    return 0 if status.native else 1


def _make_prebuilt() -> None:
    from cuda_ops.cpu import build, cross, prebuilt

    here = build.find_tools()
    if here is None:
        raise UserError("There is no C++ compiler here: install g++ or clang, then run this again.")
    others = [name for name in cross.TARGETS if name != here.platform]
    for platform in (here.platform, *others):
        tools = here if platform == here.platform else cross.find_tools(platform)
        if tools is None:
            raise UserError(f"Those for {platform} need another compiler: {cross.INSTALL}.")
        try:
            paths = prebuilt.write(tools)
        except build.BuildError as error:
            raise UserError(str(error)) from None
        for path in paths:
            print(f"{path}: {path.stat().st_size // 1024} kB")
