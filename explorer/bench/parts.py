"""The parts of the benchmark in the order they run, each with what it is given here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cuda_ops
from explorer.app.opening import default_model
from explorer.bench import (
    many,
    memory,
    networks,
    partial,
    peers,
    previews,
    startup,
    training,
    window,
)
from explorer.bench.report import Report
from explorer.settings import Grid

BUDGET_SECS = 40.0
PORTRAITS = "the shipped portraits, 64 px"


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    threads:  numbers of threads for networks; the other parts take the last one.
    rounds:   of each measurement.
    quick:    less of it.
    networks: names of those measured; () = all.
    folder:   for models that are gone afterwards.
    """

    threads: tuple[int, ...]
    rounds: int
    quick: bool
    networks: tuple[str, ...]
    folder: str
    said: Callable[[str], None]


def _networks(plan: Plan, report: Report) -> None:
    for subject in networks.SUBJECTS:
        if plan.networks and subject.name not in plan.networks:
            continue
        report.networks += networks.measure(
            subject,
            plan.threads,
            rounds=plan.rounds,
            budget_secs=BUDGET_SECS,
            reference=not (plan.quick and cuda_ops.status().native),
            said=plan.said,
        )


def _peer(plan: Plan, report: Report) -> None:
    if not peers.available():
        report.left_out.append("OpenVINO beside ours: pip install openvino")
    elif cuda_ops.status().native:
        for count in plan.threads:
            report.peer += peers.measure(
                count,
                rounds=min(plan.rounds, 3) if plan.quick else plan.rounds,
                budget_secs=BUDGET_SECS,
                said=plan.said,
            )


def _partial(plan: Plan, report: Report) -> None:
    for architecture, resolution, step in partial.CASES:
        report.partial.append(
            partial.measure(
                architecture,
                resolution,
                step,
                plan.folder,
                threads=plan.threads[-1],
                rounds=min(plan.rounds, 5),
                said=plan.said,
            )
        )


def _previews(plan: Plan, report: Report) -> None:
    threads, rounds = plan.threads[-1], min(plan.rounds, 3) if plan.quick else plan.rounds

    def drag(name: str, path: str, budgets: tuple[float | None, ...]) -> None:
        report.previews += previews.measure(
            name, path, budgets, threads=threads, rounds=rounds, said=plan.said
        )

    for architecture, resolution, _ in partial.CASES[: 1 if plan.quick else None]:
        with partial.saved(architecture, resolution, plan.folder) as path:
            drag(f"{architecture}-{resolution}", path, previews.BUDGETS_MS)
    if default_model():
        drag(PORTRAITS, default_model(), (*previews.BUDGETS_MS, None))


def _many(plan: Plan, report: Report) -> None:
    rounds = min(plan.rounds, 2 if plan.quick else 3)
    with partial.saved("stylegan2", 256, plan.folder) as path:
        grid = Grid(2, 2) if plan.quick else Grid(4, 3)
        report.many.append(many.measure("stylegan2-256", path, grid, rounds=rounds, said=plan.said))
    if default_model():
        report.many.append(
            many.measure(PORTRAITS, default_model(), Grid(16, 8), rounds=3 * rounds, said=plan.said)
        )


def _memory(plan: Plan, report: Report) -> None:
    if not memory.available():
        report.left_out.append("peak memory, which this system does not tell a process")
        return
    with partial.saved("stylegan2", 1024, plan.folder) as path:
        report.memory = memory.measure(
            "stylegan2-1024", path, threads=plan.threads[-1], said=plan.said
        )


def _training(plan: Plan, report: Report) -> None:
    if not cuda_ops.status().native:
        return
    for recipe in tuple(training.REQUIRED)[: 1 if plan.quick else None]:
        for count in plan.threads:
            report.training.append(
                training.measure(
                    recipe,
                    threads=count,
                    rounds=1 if plan.quick else min(plan.rounds, 5),
                    budget_secs=BUDGET_SECS,
                    said=plan.said,
                )
            )


def _window(plan: Plan, report: Report) -> None:
    report.window = window.measure(default_model(), threads=1, said=plan.said)


def _startup(plan: Plan, report: Report) -> None:
    report.startup = startup.measure(default_model(), runs=min(plan.rounds, 5), said=plan.said)


PARTS: Mapping[str, Callable[[Plan, Report], None]] = MappingProxyType(
    {
        "networks": _networks,
        "peer": _peer,
        "partial": _partial,
        "previews": _previews,
        "many": _many,
        "memory": _memory,
        "training": _training,
        "window": _window,
        "startup": _startup,
    }
)
