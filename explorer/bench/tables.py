"""Each part of the report as Markdown for people."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.bench.machine import Machine
from explorer.bench.many import Many
from explorer.bench.memory import REQUIRED_MB, Memory
from explorer.bench.networks import SUBJECTS, Row
from explorer.bench.partial import Partial
from explorer.bench.peers import REQUIRED_RATIO, Peer
from explorer.bench.previews import Latency
from explorer.bench.startup import Startup
from explorer.bench.training import REQUIRED, Training
from explorer.bench.window import WindowTimes


def machine_text(machine: Machine, sgemm_gflops: dict[int, float], copying: float) -> str:
    memory = "" if machine.memory_gb is None else f", {machine.memory_gb:.0f} GB"
    load = "" if machine.load is None else f", load {machine.load} at the start"
    speeds = ", ".join(
        f"{gflops:.0f} GFLOP/s with {threads} thread{'s' * (threads > 1)}"
        for threads, gflops in sgemm_gflops.items()
    )
    return "\n".join(
        [
            f"{machine.date}, {machine.commit or machine.version}: {machine.processor}, "
            f"{machine.cores} cores{memory}, {machine.capability}, {machine.system}{load}; "
            f"Python {machine.python}, torch {machine.torch}.",
            f"sgemm {speeds}; copying {copying:.1f} GB/s.",
            *machine.kernels,
        ]
    )


def _table(header: str, rows: Sequence[str]) -> str:
    """Return a Markdown table; header and rows have their bars already."""
    return "\n".join([header, "|" + "---|" * (header.count("|") - 1), *rows])


def networks_text(rows: list[Row]) -> str:
    goals = {subject.name: subject for subject in SUBJECTS}
    lines: list[str] = []
    for row in rows:
        goal = goals[row.network]
        counts = row.implementation == "native" and row.threads == 2
        wanted = f"{goal.required_r:g} | {goal.aimed_r:g}" if counts else "|"
        times = row.times
        lines.append(
            f"| {row.network} | {row.implementation} | {row.threads} | {times.median_ms:,.0f} | "
            f"{times.best_ms:,.0f} | {times.runs} | {row.r:.2f} | {wanted} |"
        )
    header = "| network | kernels | threads | ms | best | runs | r | required | aimed at |"
    return _table(header, lines)


def peer_text(rows: list[Peer]) -> str:
    return _table(
        "| network | threads | native ms | kernels | peer ms | its convolutions | ratio | required "
        "| pictures differ |",
        [
            f"| {row.network} | {row.threads} | {row.native_ms:,.0f} | {row.native_kernels} | "
            f"{row.peer_ms:,.0f} ({row.peer}) | {', '.join(row.peer_kernels)} | {row.ratio:.2f} | "
            f"{REQUIRED_RATIO:g} | {row.difference:.1e} |"
            for row in rows
        ],
    )


def partial_text(rows: list[Partial]) -> str:
    return _table(
        "| network | from | whole ms | part ms | share | own steps ms | overhead within bounds |",
        [
            f"| {row.network} | {row.first_step} | {row.whole_ms:,.0f} | {row.part_ms:,.0f} | "
            f"{100 * row.share:.0f} % | {row.steps_ms:,.0f} | {'yes' if row.within else 'no'} |"
            for row in rows
        ],
    )


def window_text(times: WindowTimes) -> str:
    return (
        f"Window of 1280x720 while the latent of the shipped model walks: frames p50 "
        f"{times.frame_p50_ms:.1f} ms, p99 {times.frame_p99_ms:.1f} ms; "
        f"{times.pictures_per_sec:.0f} exact pictures a second; upload {times.upload_ms:.2f} ms."
    )


def startup_text(start: Startup) -> str:
    return (
        f"Start: window after {start.window_secs:.2f} s, first picture after "
        f"{start.picture_secs:.2f} s (medians of {start.runs} starts)."
    )


def previews_text(rows: list[Latency]) -> str:
    lines: list[str] = []
    for row in rows:
        if row.step is None:
            preview = "none | | | | "
        else:
            shown = "yes" if row.shown else "no, too far off"
            preview = f"{row.preview_ms:.1f} | {row.step} | {row.side} | {row.error:.2f} | {shown}"
        lines.append(
            f"| {row.network} | {row.threads} | {row.budget_ms:.3g} ms | {preview} | "
            f"{row.exact_ms:,.1f} |"
        )
    header = (
        "| drag | threads | previews after | preview ms | stops at | side | error | shown | "
        "exact ms |"
    )
    return _table(header, lines)


def many_text(rows: list[Many]) -> str:
    return _table(
        "| many pictures of | one at a time per s | same, all cores each | as a grid | ratio | "
        "cores busy |",
        [
            f"| {row.network} | {row.one_per_sec:.1f} | {row.one_all_per_sec:.1f} | "
            f"{row.grid_per_sec:.1f} | {row.ratio:.2f} | {row.grid_cores:.2f} of {row.cores} |"
            for row in rows
        ],
    )


def memory_text(row: Memory) -> str:
    return (
        f"{row.network}, {row.threads} threads: weights {row.weights_mb:.0f} MiB, prepared for the "
        f"kernels {row.prepared_mb:.0f} MiB more; a picture takes {row.picture_mb:.0f} MiB over "
        f"both at its peak (allowed {REQUIRED_MB:.0f}), what is kept for the next one included. "
        f"The process with the model in memory: {row.loaded_mb:.0f} MiB."
    )


def training_text(rows: list[Training]) -> str:
    return _table(
        "| recipe | threads | native s/kimg | reference s/kimg | ratio | required | "
        "losses differ: first step | last |",
        [
            f"| {row.recipe} | {row.threads} | {row.native_secs_per_kimg:.1f} | "
            f"{row.reference_secs_per_kimg:.1f} | {row.ratio:.2f} | {_required(row)} | "
            f"{row.first_difference:.1e} | {row.last_difference:.1e} |"
            for row in rows
        ],
    )


def _required(row: Training) -> str:
    return f"{REQUIRED[row.recipe]:g}" if row.threads == 2 and row.recipe in REQUIRED else ""
