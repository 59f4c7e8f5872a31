"""What will come out of Export, and why nothing would; found out in a thread."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.app.export_options import Outcome, options_of, outcome_of, outcome_text
from explorer.app.file_tasks import FileTasks
from explorer.errors import UserError
from explorer.export_state import ExportChoice, ExportPlan
from explorer.model_files import ModelFiles
from explorer.settings import Settings
from explorer.video.models import check_models
from explorer.video.plan import HEARD, VideoOptions, check_video, has_caption
from explorer.view_state import Preferences

if TYPE_CHECKING:
    from explorer.app.controller import Controller

# What a frame costs besides the network, in seconds: at all, and for each million pixels.
_FRAME_SECS = 0.002
_MEGAPIXEL_SECS: dict[str, float] = {"mp4": 0.08, "webm": 0.1, "gif": 0.5, "png": 0.12}
_START_SECS = 4.0  # until the process has torch and the model
_LOOK_AGAIN_SECS = 2.0  # whether a file that was missing is there


@dataclass(frozen=True, eq=False)
class Asked:
    """What a plan is made for; settings are compared by identity, since edits replace them."""

    settings: Settings
    choice: ExportChoice
    range_secs: tuple[float, float] | None
    side_px: int = 0  # of the model's pictures; 0 = not known

    def same(self, other: Asked | None) -> bool:
        return (
            other is not None
            and self.settings is other.settings
            and (self.choice, self.range_secs, self.side_px)
            == (other.choice, other.range_secs, other.side_px)
        )


class Planner:
    """Owner of the plan.

    Args:
        tasks: the thread that reads files.
    """

    def __init__(self, tasks: FileTasks) -> None:
        self._tasks = tasks
        self._places: tuple[str, ...] = ()
        self._files = ModelFiles(lambda: self._places)  # used in the thread alone
        self._asked: Asked | None = None
        self._since_secs = 0.0
        self._busy = False
        self._outcome: Outcome | None = None
        self._problem = ""

    def begin_frame(self, app: Controller, choice: ExportChoice) -> None:
        """Check what is chosen, once it is another, and now and then while there is a problem."""
        side = app.models.info.resolution if app.models.info is not None else 0
        asked = Asked(app.history.current, choice, app.timeline.view.range_secs, side)
        now = time.monotonic()
        again = self._problem and now - self._since_secs > _LOOK_AGAIN_SECS
        if self._busy or (asked.same(self._asked) and not again):
            return
        self._busy, self._asked, self._since_secs = True, asked, now
        self._places = places_of(app.preferences)
        places = (*self._places, *app.sound_places())

        def work() -> Outcome | None:
            if asked.choice.sessions:
                return None
            options = self.options(asked)
            check_video(asked.settings, options, places)
            check_models(asked.settings, options, self._files)
            return outcome_of(asked.settings, options, side)

        def planned(outcome: Outcome | None) -> None:
            self._busy, self._outcome, self._problem = False, outcome, ""

        def failed(error: Exception) -> None:
            self._busy, self._outcome = False, None
            self._problem = str(error) or type(error).__name__
            if not isinstance(error, UserError | OSError):
                app.say_error(error)

        self._tasks.run(work, planned, failed)

    def options(self, asked: Asked) -> VideoOptions:
        """Return what is chosen; reads the files of a grid's models. For the thread."""
        choice = asked.choice
        paths = choice.models if choice.cells == "models" else ()
        models = [self._files.ref(path) for path in paths]
        return options_of(choice, asked.settings.timeline, asked.range_secs, models)

    def plan(self, app: Controller, choice: ExportChoice) -> ExportPlan:
        """Return the plan as it is known."""
        if self._outcome is None:
            return ExportPlan(problem=self._problem)
        timeline = app.history.current.timeline
        own = timeline.sound is not None
        heard = choice.kind in HEARD and not choice.silent if own and not choice.sound else None
        captioned = has_caption(timeline, choice.caption)
        text = outcome_text(self._outcome, captioned, heard)
        return ExportPlan(text, secs=_about_secs(app.rates.render_ms, self._outcome, choice))


def places_of(preferences: Preferences, *more: str) -> tuple[str, ...]:
    """Return the files and folders where a video's models are looked for."""
    folder = (preferences.model_folder,) if preferences.model_folder else ()
    return (*preferences.recent_models, *more, *folder)


def _about_secs(
    spent_ms: tuple[float, ...], outcome: Outcome, choice: ExportChoice
) -> float | None:
    """Return how long a video takes if pictures take as long as the last ones did here."""
    if not spent_ms:
        return None
    network = outcome.cells * statistics.median(spent_ms[-9:]) / 1000
    pixels = outcome.width * outcome.height / 1e6
    return _START_SECS + outcome.frames * (
        network + _FRAME_SECS + pixels * _MEGAPIXEL_SECS[choice.kind]
    )
