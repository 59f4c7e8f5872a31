"""`bench`: how fast this machine draws, with numbers that can be compared."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

HELP = "measure how fast networks, window and start are on this machine"
PARTS = (
    "networks", "peer", "partial", "previews", "many", "memory", "training", "window", "startup",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON on standard output")
    parser.add_argument(
        "--only", action="append", choices=PARTS, help="measure this part only; may be repeated"
    )
    parser.add_argument(
        "--network", action="append", help="of the networks only this one, e.g. StyleGAN2-256"
    )
    parser.add_argument("--rounds", type=_count, default=7, help="of each measurement (default 7)")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="native kernels only where they exist, two threads, less of each: minutes less",
    )


def run(arguments: argparse.Namespace) -> int:
    wanted = tuple(arguments.only or PARTS)
    # The window is drawn in memory; this has to be chosen before anything imports OpenGL.
    os.environ["LATENT_EXPLORER_HEADLESS"] = "1"
    from explorer.errors import UserError

    _check_networks(arguments.network)
    with tempfile.TemporaryDirectory() as home:
        os.environ["LATENT_EXPLORER_HOME"] = home  # the user's own session stays untouched
        try:
            from explorer.bench.report import as_json, as_table

            report = _measure(arguments, wanted, Path(home))
        except MemoryError:
            raise UserError("There is not enough memory to measure these networks") from None
    print(as_json(report) if arguments.json else as_table(report))
    return 0


def _check_networks(names: list[str] | None) -> None:
    from explorer.bench.networks import SUBJECTS
    from explorer.errors import UserError

    known = [subject.name for subject in SUBJECTS]
    for name in names or ():
        if name not in known:
            raise UserError(f"There is no network {name}; there are {', '.join(known)}")


def _measure(arguments: argparse.Namespace, wanted: tuple[str, ...], home: Path):
    import torch

    import cuda_ops
    from explorer.bench import machine, parts
    from explorer.bench.clock import interleaved
    from explorer.bench.report import Report
    from explorer.render.device import cores

    counts = [2] if arguments.quick else [1, 2]
    counts = [count for count in counts if count <= cores()] or [1]
    report = Report(machine.describe(), copy_gb_per_sec=machine.copy_gb_per_sec())
    for count in counts:
        torch.set_num_threads(count)
        times = interleaved({"sgemm": machine.sgemm_case()}, rounds=9, budget_secs=5)["sgemm"]
        report.sgemm_gflops[count] = machine.sgemm_gflops(times.median_ms)
    if not cuda_ops.status().native:
        report.left_out.append("native kernels, which do not run here; see above")
    plan = parts.Plan(
        threads=tuple(counts),
        rounds=arguments.rounds,
        quick=arguments.quick,
        networks=tuple(arguments.network or ()),
        folder=str(home),
        said=_say,
    )
    for name, measure in parts.PARTS.items():
        if name in wanted:
            measure(plan, report)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return report


def _say(what: str) -> None:
    """Show what is measured now on one line of a terminal, or on lines of their own."""
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)
    else:
        print(what, file=sys.stderr, flush=True)


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"rounds must be 1 to 1000, got {text!r}")
    return int(text)
