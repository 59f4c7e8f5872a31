"""Which alarms a run's status gives."""

from __future__ import annotations

from train.monitor.snapshot import ERROR, WARNING, Alarm
from train.monitor.words import duration
from train.runs import RunStatus

SILENT_SECS = 30.0  # the heart beats every two seconds, also while a step takes minutes


def alarms_of(
    key: str, status: RunStatus, *, heartbeat_age: float | None, stalled_secs: float | None
) -> tuple[Alarm, ...]:
    """Judge one run.

    What the training says about itself (overfitting, augmentation, collapse, waiting for data)
    comes from train.warnings by way of the status, and counts while the run is at work.

    Args:
        heartbeat_age: seconds; None = no heartbeat yet.
        stalled_secs:  for how long it has stood still, if that is too long; else None.
    """
    start = f"{status.started:.0f}"
    if status.state in ("crashed", "failed"):
        text = status.reason or "It ended by a problem and does not say which."
        return (Alarm(ERROR, status.state, key, start, text),)
    if not status.is_active:
        return ()
    found = []
    if heartbeat_age is not None and heartbeat_age > SILENT_SECS:
        text = f"No sign of life for {duration(heartbeat_age)}; its process or its disk hangs."
        found.append(Alarm(WARNING, "stalled", key, f"{status.heartbeat:.0f}", text))
    elif stalled_secs is not None:
        text = f"No progress for {duration(stalled_secs)}; it waits for data or for the device."
        found.append(Alarm(WARNING, "stalled", key, f"{status.cur_kimg}", text))
    for text in status.warnings:
        kind = text.split(" ", 3)[:3]  # numbers in the sentence change at each tick
        found.append(Alarm(WARNING, "training", key, f"{start} {' '.join(kind)}", text))
    return tuple(found)
