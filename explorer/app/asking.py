"""What the worker is asked for at the end of a frame: pictures, those ahead of time, jobs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.app.controller import Controller


def ask_worker(app: Controller) -> None:
    """Ask for what is on screen and not there yet; at rest for what may be wanted next."""
    request = app.request
    if request is not None:
        ahead = None
        if app.current:
            free = not (app.open_jobs or app.settings.animation.running)
            seen = "Timeline" in app.drawn_panels
            ahead = app.timeline.ahead(request, free=free and seen)
        else:
            app.timeline.at_work()
        if ahead is not None:
            app.worker.submit(ahead, ahead=True)
        elif not app.current or app.worker.rendering:
            app.worker.submit(request)
    app.training.comparison.ask(app)
    app.background.measure_equivariance = "Transform" in app.drawn_panels
    if "Performance" in app.drawn_panels:
        app.operators.update()
    resting = request if app.current else None
    if resting is not None and app.result is not None:
        app.preview_jobs.update(app.result, app.preferences.preview_ms)
    app.background.update(app.settings, request, app.models.info, time.monotonic(), resting)
