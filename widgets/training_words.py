"""A run in words, icons and colours."""

from __future__ import annotations

from imgui_bundle import ImVec4
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.training_state import SICK_STATES, RunDetail, RunRow
from widgets.controls import accent, dim, warning
from widgets.jobs import duration_text

ICONS = {
    "new": icons.ICON_FA_CIRCLE,
    "queued": icons.ICON_FA_HOURGLASS_HALF,
    "starting": icons.ICON_FA_SPINNER,
    "running": icons.ICON_FA_PLAY,
    "paused": icons.ICON_FA_PAUSE,
    "stopping": icons.ICON_FA_SPINNER,
    "finished": icons.ICON_FA_CIRCLE_CHECK,
    "stopped": icons.ICON_FA_STOP,
    "failed": icons.ICON_FA_TRIANGLE_EXCLAMATION,
    "crashed": icons.ICON_FA_TRIANGLE_EXCLAMATION,
}


def state_colour(run: RunRow) -> ImVec4:
    """Return the colour a run's state is drawn in."""
    if run.state in SICK_STATES:
        return warning()
    return accent() if run.active else dim()


def headline(run: RunRow, detail: RunDetail | None) -> str:
    """Return a run's state with what has been asked of it: "Running, stops after this tick"."""
    asked = detail.asked if detail is not None and run.active else ()
    text = run.state.capitalize()
    if "stop-now" in asked:
        return f"{text}, stops now"
    if "stop-after-tick" in asked:
        return f"{text}, stops after this tick"
    if "pause" in asked and run.state != "paused":
        return f"{text}, pauses before the next step"
    said_below = run.state in SICK_STATES and run.reason
    return text if run.state == "running" or said_below else f"{text}: {run.state_text}"


def numbers_text(run: RunRow) -> str:
    """Return "12.3 s/kimg · 2 h 10 min left · next snapshot in 4 min · p 0.120"."""
    parts = []
    if run.secs_per_kimg is not None:
        parts.append(f"{run.secs_per_kimg:.1f} s/kimg")
    if run.active:
        if run.eta_secs is not None:
            parts.append(f"{duration_text(run.eta_secs)} left")
        snapshot = next_snapshot_secs(run)
        if snapshot is not None:
            parts.append(f"next snapshot in {duration_text(snapshot)}")
        if run.augment_p > 0:
            parts.append(f"p {run.augment_p:.3f}")
    return " · ".join(parts)


def next_snapshot_secs(run: RunRow) -> float | None:
    """Return the seconds until the next snapshot, by time or by count, whichever comes first."""
    found = [] if run.next_snapshot_secs is None else [run.next_snapshot_secs]
    if run.next_snapshot_kimg is not None and run.secs_per_kimg is not None:
        found.append(run.next_snapshot_kimg * run.secs_per_kimg)
    return max(min(found), 0.0) if found else None


def done_text(run: RunRow) -> str:
    """Return "120 of 1,000 kimg · 12 %", with the decimals a short run needs."""
    places = 1 if run.total_kimg >= 10 else 3
    done = f"{run.cur_kimg:,.{places}f}"
    return f"{done} of {run.total_kimg:,g} kimg · {100 * run.progress:.0f} %"
