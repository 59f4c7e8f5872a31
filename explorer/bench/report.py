"""What was measured, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from explorer.bench.machine import Machine
from explorer.bench.networks import SUBJECTS, Row
from explorer.bench.partial import Partial
from explorer.bench.peers import REQUIRED_RATIO, Peer
from explorer.bench.startup import Startup
from explorer.bench.window import WindowTimes


@dataclass
class Report:
    """Whatever was measured; None and empty = left out, and `left_out` says why."""

    machine: Machine
    sgemm_gflops: dict[int, float] = field(default_factory=dict)  # by threads
    copy_gb_per_sec: float = 0.0
    networks: list[Row] = field(default_factory=list)
    partial: list[Partial] = field(default_factory=list)
    peer: Peer | None = None
    window: WindowTimes | None = None
    startup: Startup | None = None
    left_out: list[str] = field(default_factory=list)


def as_json(report: Report) -> str:
    """Return everything as one JSON object; properties that are computed included."""
    values: dict[str, Any] = asdict(report)
    for row, made in zip(values["networks"], report.networks, strict=True):
        row["r"] = made.r
    for row, part in zip(values["partial"], report.partial, strict=True):
        row["share"] = part.share
    if report.peer is not None:
        values["peer"]["ratio"] = report.peer.ratio
    return json.dumps(values, indent=2)


def as_table(report: Report) -> str:
    """Return the report for people, as Markdown."""
    parts = [_machine(report)]
    if report.networks:
        parts.append(_networks(report.networks))
    if report.peer is not None:
        parts.append(_peer(report.peer))
    if report.partial:
        parts.append(_partial(report.partial))
    if report.window is not None:
        parts.append(_window(report.window))
    if report.startup is not None:
        start = report.startup
        parts.append(
            f"Start: window after {start.window_secs:.2f} s, first picture after "
            f"{start.picture_secs:.2f} s (medians of {start.runs} starts)."
        )
    parts += [f"Left out: {reason}" for reason in report.left_out]
    return "\n\n".join(parts)


def _machine(report: Report) -> str:
    machine = report.machine
    memory = "" if machine.memory_gb is None else f", {machine.memory_gb:.0f} GB"
    load = "" if machine.load is None else f", load {machine.load} at the start"
    speeds = ", ".join(
        f"{gflops:.0f} GFLOP/s with {threads} thread{'s' * (threads > 1)}"
        for threads, gflops in report.sgemm_gflops.items()
    )
    return "\n".join(
        [
            f"{machine.date}, {machine.commit or machine.version}: {machine.processor}, "
            f"{machine.cores} cores{memory}, {machine.capability}, {machine.system}{load}; "
            f"Python {machine.python}, torch {machine.torch}.",
            f"sgemm {speeds}; copying {report.copy_gb_per_sec:.1f} GB/s.",
            *machine.kernels,
        ]
    )


def _networks(rows: list[Row]) -> str:
    goals = {subject.name: subject for subject in SUBJECTS}
    lines = [
        "| network | kernels | threads | ms | best | runs | r | required | aimed at |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        goal = goals[row.network]
        counts = row.implementation == "native" and row.threads == 2
        wanted = f"{goal.required_r:g} | {goal.aimed_r:g}" if counts else "|"
        times = row.times
        lines.append(
            f"| {row.network} | {row.implementation} | {row.threads} | {times.median_ms:,.0f} | "
            f"{times.best_ms:,.0f} | {times.runs} | {row.r:.2f} | {wanted} |"
        )
    return "\n".join(lines)


def _peer(peer: Peer) -> str:
    return (
        f"{peer.network}, {peer.threads} threads: {peer.native_ms:.0f} ms, {peer.peer} "
        f"{peer.peer_ms:.0f} ms: {peer.ratio:.2f} times as fast (required {REQUIRED_RATIO:g}); the "
        f"pictures differ by {peer.difference:.1e} of the largest value."
    )


def _partial(rows: list[Partial]) -> str:
    lines = [
        "| network | from | whole ms | part ms | share | own steps ms | overhead within bounds |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.network} | {row.first_step} | {row.whole_ms:,.0f} | {row.part_ms:,.0f} | "
        f"{100 * row.share:.0f} % | {row.steps_ms:,.0f} | {'yes' if row.within else 'no'} |"
        for row in rows
    ]
    return "\n".join(lines)


def _window(times: WindowTimes) -> str:
    return (
        f"Window of 1280x720 while the latent of the shipped model walks: frames p50 "
        f"{times.frame_p50_ms:.1f} ms, p99 {times.frame_p99_ms:.1f} ms; "
        f"{times.pictures_per_sec:.0f} exact pictures a second; upload {times.upload_ms:.2f} ms."
    )
