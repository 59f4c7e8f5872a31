"""Start the explorer: look for a display, build the application, run it, leave quickly."""

from __future__ import annotations

import logging
import os
import sys

from explorer.display import check_display, prepare_platform


def main(path: str | None = None) -> int:
    """Show the window until it is closed.

    Args:
        path: a model, session, picture or folder to open; None = as the last time.

    Returns the exit code: 0, or 2 where no window can open.
    """
    problem = check_display()
    if problem is not None:
        print(problem, file=sys.stderr)
        return 2
    prepare_platform()
    ended = run(path)
    if not ended:
        # A thread inside one long call of torch cannot be stopped; everything is saved.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    return 0


def run(path: str | None = None) -> bool:
    """Run the window; False if the worker could not be stopped in time."""
    # Imported late: OpenGL's platform has to be chosen first.
    from explorer.app import marks
    from explorer.app.controller import Controller
    from explorer.app.notices import NoticeLogHandler
    from explorer.app.window import Window

    app = Controller(path)
    handler = NoticeLogHandler(app.notices)
    log = logging.getLogger("explorer")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    window = Window(app)
    marks.watch(app, window)
    try:
        window.run()
    finally:
        ended = app.close()
        log.removeHandler(handler)
    return ended
