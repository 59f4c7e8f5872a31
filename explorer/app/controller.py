"""The application between two frames: the one owner of everything that changes.

A frame is `begin_frame` (reports in, animation), the panels (`draw_panel`), `end_frame` (edits into
the history, actions, the next request out). Nothing here imports torch or waits for the worker.
"""

from __future__ import annotations

import logging
import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from imgui_bundle import hello_imgui, imgui

from explorer.actions import Action
from explorer.animation import NoiseClock, animate
from explorer.app import dispatch as app_actions
from explorer.app import export as app_export
from explorer.app import opening as app_start
from explorer.app import reports as app_reports
from explorer.app.asking import ask_worker
from explorer.app.background import Background
from explorer.app.file_dialogs import Dialogs
from explorer.app.file_tasks import FileTasks
from explorer.app.folder_watch import FolderWatch
from explorer.app.knobs import KnobDesk
from explorer.app.live import LiveDesk
from explorer.app.models import ModelFlow
from explorer.app.notices import Notices
from explorer.app.operator_watch import OperatorWatch
from explorer.app.panel_states import panel_state
from explorer.app.panels import Panel
from explorer.app.pictures import Pictures
from explorer.app.preview_jobs import PreviewJobs
from explorer.app.rates import RateMeter
from explorer.app.session_keeper import SessionKeeper
from explorer.app.sound import SoundDesk
from explorer.app.timeline import TimelineDesk
from explorer.app.timeline_export import TimelineExports
from explorer.app.training import Training
from explorer.app.worker_like import WorkerLike
from explorer.arrays import ArrayStore
from explorer.errors import UserError
from explorer.history import History
from explorer.messages import JobUpdate, ModelLoaded
from explorer.panel_state import FolderEntry, PanelState
from explorer.preferences import load_preferences, save_preferences
from explorer.render.device import available_devices
from explorer.render.limits import Limits
from explorer.render.worker import Worker
from explorer.request import RenderError, RenderRequest, RenderResult, request_from
from explorer.settings import Settings
from explorer.shipped import shipped_models
from explorer.view_state import CanvasView, Preferences
from widgets.knobs import knobs
from widgets.palette import Palette
from widgets.timeline_export import ExportWindow

WorkerFactory = Callable[[ArrayStore, Callable[[], None]], WorkerLike]
CLOSE_SECS = 0.3  # how long leaving waits for the worker before it is left behind
_log = logging.getLogger(__name__)


@dataclass
class Windows:
    """Which of the floating windows are open."""

    shortcuts: bool = False
    about: bool = False
    log: bool = False
    export: bool = False


class Controller:
    """Everything the window shows and does, apart from the window itself.

    Args:
        path:    a model, session or picture to open; None = as the last time.
        worker:  makes the worker; None = the real one.
        native_dialogs: None = the system's file dialogs where it has any.
    """

    def __init__(
        self,
        path: str | None = None,
        *,
        worker: WorkerFactory | None = None,
        native_dialogs: bool | None = None,
    ) -> None:
        self.start_path = path
        self.notices = Notices()
        self.preferences = load_preferences()
        self.arrays = ArrayStore()
        self.history = History(Settings())
        self.timeline = TimelineDesk(self.history, self.arrays)
        self.sound = SoundDesk(wake)
        self.exports = TimelineExports(wake, self.preferences.export)
        self.view = CanvasView()
        self.files = FileTasks(wake)
        self.sessions = SessionKeeper(self.arrays, self.files)
        self.watch = FolderWatch(wake)
        make_worker = worker or self._real_worker
        self.worker = make_worker(self.arrays, wake)
        self.models = ModelFlow(self.worker, self.history, self._model_loaded)
        self.background = Background(self.worker)
        self.preview_jobs = PreviewJobs(self.worker)
        self.pictures = Pictures()
        self.live = LiveDesk(wake)
        self.pictures.watcher = self.live.show
        self.training = Training(wake)
        self.knobs = KnobDesk(wake)
        self.dialogs = Dialogs(wake, native=native_dialogs)
        self.palette = Palette()
        self.export_window = ExportWindow()
        self.windows = Windows()
        self.rates = RateMeter()
        self.operators = OperatorWatch(self.files, self.notices.log)
        self.jobs: dict[int, JobUpdate] = {}
        self.folder: tuple[FolderEntry, ...] = ()
        self.devices: tuple[str, ...] = ("auto", "cpu")
        self._looked_for_devices = False
        self.result: RenderResult | None = None  # the newest exact picture
        self.preview: RenderResult | None = None  # a rough one shown in its place
        self.render_error: RenderError | None = None
        self.asking_restore = False
        self.capture_when_current = False
        self.copy_when_current = False
        self.window_captures: list[int] = []  # frames to wait before each
        self.shall_exit = False
        self.ended = False
        self.mistakes = 0  # exceptions that were no UserError: mistakes in the program
        self.reset_layout = False
        self.show_panels: dict[str, bool] = {}  # what the window is to show or hide
        self.drawn_panels: set[str] = set()
        self.frame_settings = self._frame_base = self.history.current
        self.state = PanelState(self.history.current, self.view, self.preferences)
        self._noise_clock = NoiseClock()
        self.shipped = shipped_models()
        self._in_frame = False
        self._actions: list[Action] = []
        self._saved_preferences = self.preferences

    # What the window calls.

    def start(self) -> None:
        """Start the threads and open what is to be shown first; OpenGL is there by now."""
        self.worker.start()
        self.watch.start()
        self.watch.list_folder(self.preferences.model_folder)
        self.live.finish_old(app_export.capture_folder(self))
        self.guarded("start", lambda: app_start.start(self, self.start_path))

    def begin_frame(self) -> None:
        self._in_frame = True
        elapsed_secs = self.rates.begin_frame()
        self.files.poll()
        app_reports.take_all(self)
        if self.current:
            self.show_exact()  # undo came back to it from a preview
        if not self.asking_restore:
            self.models.ensure()
        self.training.begin_frame(self)
        self.knobs.begin_frame(self)
        self.live.begin_frame(self)
        self.exports.begin_frame(self)
        self.timeline.begin_frame(self, 0.0 if self._holds_still else elapsed_secs)
        self.sound.begin_frame(self)
        self._frame_base = self.settings
        if self._holds_still or self.timeline.view.playing:
            elapsed_secs = 0.0
        settings = animate(self._frame_base, elapsed_secs)
        self.frame_settings = self._noise_clock.advance(settings, elapsed_secs)
        self.state = panel_state(self)
        self.drawn_panels.clear()

    def draw_panel(self, panel: Panel) -> None:
        """Draw one panel and splice what it returns into this frame's settings."""

        def draw() -> None:
            self.drawn_panels.add(panel.title)
            with knobs(self.knobs.frame):
                self.frame_settings = panel.draw(self.frame_settings, self.state, self.emit)

        self.guarded(panel.title, draw)

    def emit(self, action: Action) -> None:
        """Take what a widget asks for; it is done at the end of the frame."""
        self._actions.append(action)

    def end_frame(self) -> None:
        self.frame_settings = self.knobs.end_frame(self, self.frame_settings)
        settled = not (imgui.is_any_item_active() or self.knobs.turning)
        untouched = self.frame_settings is self._frame_base
        proposed = self.history.current
        if not untouched:
            proposed = self.timeline.edited(self._frame_base, self.frame_settings)
        self.history.propose(proposed, settled=settled)
        actions, self._actions = self._actions, []
        for action in actions:
            self.guarded(type(action).__name__, lambda a=action: app_actions.do(self, a))
        self.timeline.end_frame()
        ask_worker(self)
        if self.capture_when_current and self.current:
            self.capture_when_current = False
            self.guarded("Capture", lambda: app_export.save_shown(self))
        if self.copy_when_current and self.current:
            self.copy_when_current = False
            self.guarded("Copy", lambda: app_export.copy(self))
        now = time.monotonic()
        if not self.asking_restore:
            playing = self.timeline.view.playing  # a playhead under way is nothing to save
            settings = self.history.current if playing else self.settings
            self.sessions.note(settings, self.view, now)
        self._save_preferences()
        if self.needs_frames:
            hello_imgui.request_refresh()
        self.rates.end_frame()
        self._in_frame = False

    def guarded(self, what: str, work: Callable[[], None]) -> None:
        """The one boundary of the window: an exception becomes a notice, drawing goes on."""
        stack = imgui.internal.ErrorRecoveryState()
        in_frame = self._in_frame  # outside there is no window whose state could be kept
        if in_frame:
            imgui.internal.error_recovery_store_state(stack)
        try:
            work()
        except Exception as error:  # Errors never end the draw loop; each is shown once.
            details = traceback.format_exc()
            if in_frame:
                # Otherwise every Begin without its End is an assertion of its own.
                imgui.get_io().config_error_recovery_enable_assert = False
                imgui.internal.error_recovery_try_to_recover_state(stack)
            if isinstance(error, UserError | OSError):
                self.say_error(error)
                return
            self.mistakes += 1
            sentence = f"{what}: {error or type(error).__name__}"
            self.notices.say_once(details, sentence, details=details)
            _log.error("%s\n%s", sentence, details)

    def close(self) -> bool:
        """Save and stop; True if the worker ended, else the process has to be left at once."""
        self.sessions.end_restoring()
        if not self.asking_restore:
            try:
                self.sessions.save_now(self.settings, self.view)
            except Exception as error:  # Nobody is left to be told: leaving must not fail.
                _log.error("The session cannot be saved: %s", error)
        self._save_preferences()
        self.watch.close()
        self.knobs.close()
        self.live.close()
        self.training.close()
        self.sound.close()
        self.exports.close(CLOSE_SECS / 2)
        files_done = self.files.close(CLOSE_SECS / 2)
        self.ended = self.worker.close(CLOSE_SECS) and files_done
        return self.ended

    # What the parts of the application share.

    @property
    def settings(self) -> Settings:
        """What is on screen: the history's settings, at the timeline's playhead."""
        return self.timeline.shown

    @property
    def request(self) -> RenderRequest | None:
        """What the settings ask for; None while their model is not there."""
        return request_from(self.settings) if self.models.ready else None

    @property
    def current(self) -> bool:
        """Whether the exact picture that the settings ask for is there."""
        return self.result is not None and self.result.request == self.request

    @property
    def needs_frames(self) -> bool:
        """Whether the next frame must come soon although nobody touches anything."""
        return (
            self.history.current.animation.running
            or self.background.waiting
            or self.timeline.busy
            or self.knobs.turning
            or bool(self.window_captures)
            or self.dialogs.waiting_for_system
        )

    @property
    def starting(self) -> bool:
        """Whether the first picture is on its way."""
        return self.result is None and self.render_error is None and self.worker.busy

    @property
    def shown(self) -> RenderResult | None:
        """What is on the canvas, exact or not."""
        return self.preview or self.result

    @property
    def _holds_still(self) -> bool:
        """Whether motion waits for the exact picture that is to be saved or copied."""
        wanted = self.capture_when_current or self.copy_when_current
        return wanted and self.render_error is None

    def show_exact(self) -> None:
        """Put the exact picture back where a preview was shown last."""
        if self.preview is not None and self.result is not None:
            self.preview = None
            self.pictures.show(self.result)

    def apply(self, settings: Settings, label: str) -> None:
        """Make `settings`, an edit of those on screen, current under a label."""
        self.history.push(self.timeline.edited(self.settings, settings), label)

    def say_error(self, error: Exception) -> None:
        """Show why something asked for was not done."""
        details = "".join(traceback.format_exception(error))
        self.notices.say(str(error) or type(error).__name__, "bad", details=details)

    def set_preferences(self, preferences: Preferences) -> None:
        self.preferences = preferences

    def look_for_devices(self) -> None:
        """List the devices once, in a thread: torch is there after the first picture."""
        if not self._looked_for_devices:
            self._looked_for_devices = True
            self.files.run(
                available_devices,
                lambda names: setattr(self, "devices", names),
                lambda error: self.notices.log(f"WARNING: devices: {error}"),
            )

    @property
    def open_jobs(self) -> tuple[JobUpdate, ...]:
        """Jobs that are not done."""
        return tuple(job for job in self.jobs.values() if job.state in ("waiting", "running"))

    def _model_loaded(self, report: ModelLoaded, new: bool) -> None:
        app_reports.model_loaded(self, report, new)

    def _real_worker(self, arrays: ArrayStore, wake: Callable[[], None]) -> WorkerLike:
        return Worker(arrays, wake, places=self._places, limits=self._limits)

    def sound_places(self) -> tuple[str, ...]:
        """Return where the file of a sound may be that moved: beside sessions, and here."""
        sessions = (self.sessions.name, *self.preferences.recent_sessions)
        return (*(path for path in sessions if path), os.curdir)

    def _places(self) -> tuple[str, ...]:
        """Return where the worker may look for a model that moved; called in its thread."""
        preferences = self.preferences
        folder = (preferences.model_folder,) if preferences.model_folder else ()
        return (*preferences.recent_models, *folder)

    def _limits(self) -> Limits:
        """Return what a picture may cost; called in the worker's thread."""
        preferences = self.preferences
        return Limits(preferences.keep_mb * 2**20, preferences.preview_ms)

    def _save_preferences(self) -> None:
        if self.preferences == self._saved_preferences:
            return
        preferences = self._saved_preferences = self.preferences
        try:
            save_preferences(preferences)
        except OSError as error:
            self.notices.say_once("preferences", f"Preferences cannot be saved: {error}")


def wake() -> None:
    """Ask for a frame from any thread."""
    if hello_imgui.is_using_hello_imgui():
        hello_imgui.request_refresh()
