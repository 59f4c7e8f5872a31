"""What was measured, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from explorer.bench import tables
from explorer.bench.machine import Machine
from explorer.bench.many import Many
from explorer.bench.memory import Memory
from explorer.bench.networks import Row
from explorer.bench.partial import Partial
from explorer.bench.peers import Peer
from explorer.bench.previews import Latency
from explorer.bench.startup import Startup
from explorer.bench.training import Training
from explorer.bench.window import WindowTimes


@dataclass
class Report:
    """Whatever was measured; None and empty = left out, and `left_out` says why."""

    machine: Machine
    sgemm_gflops: dict[int, float] = field(default_factory=dict)  # by threads
    copy_gb_per_sec: float = 0.0
    networks: list[Row] = field(default_factory=list)
    peer: list[Peer] = field(default_factory=list)
    partial: list[Partial] = field(default_factory=list)
    previews: list[Latency] = field(default_factory=list)
    many: list[Many] = field(default_factory=list)
    memory: Memory | None = None
    training: list[Training] = field(default_factory=list)
    window: WindowTimes | None = None
    startup: Startup | None = None
    left_out: list[str] = field(default_factory=list)


def as_json(report: Report) -> str:
    """Return everything as one JSON object; properties that are computed included."""
    values: dict[str, Any] = asdict(report)
    _add("r", values["networks"], report.networks)
    _add("share", values["partial"], report.partial)
    _add("ratio", values["peer"], report.peer)
    _add("ratio", values["many"], report.many)
    _add("ratio", values["training"], report.training)
    return json.dumps(values, indent=2)


def _add(name: str, rows: list[dict[str, Any]], made: Sequence[Any]) -> None:
    for row, one in zip(rows, made, strict=True):
        row[name] = getattr(one, name)


def as_table(report: Report) -> str:
    """Return the report for people, as Markdown."""
    parts = [tables.machine_text(report.machine, report.sgemm_gflops, report.copy_gb_per_sec)]
    if report.networks:
        parts.append(tables.networks_text(report.networks))
    if report.peer:
        parts.append(tables.peer_text(report.peer))
    if report.partial:
        parts.append(tables.partial_text(report.partial))
    if report.previews:
        parts.append(tables.previews_text(report.previews))
    if report.many:
        parts.append(tables.many_text(report.many))
    if report.memory is not None:
        parts.append(tables.memory_text(report.memory))
    if report.training:
        parts.append(tables.training_text(report.training))
    if report.window is not None:
        parts.append(tables.window_text(report.window))
    if report.startup is not None:
        parts.append(tables.startup_text(report.startup))
    parts += [f"Left out: {reason}" for reason in report.left_out]
    return "\n\n".join(parts)
