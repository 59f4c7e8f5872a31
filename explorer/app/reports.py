"""What the worker and the threads have to say, taken in at the start of a frame."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.app.folder_watch import FileChanged, FolderListed
from explorer.messages import (
    Cell,
    ConvertModel,
    Equivariance,
    ExportActivation,
    JobUpdate,
    LatentReady,
    LoadModel,
    MeasureEquivariance,
    ModelLoaded,
    OtherResult,
    PreparePreviews,
    RenderGrid,
    RenderThumbnails,
    SaveLatent,
    SaveSeeds,
    Thumbnail,
)
from explorer.preferences import with_recent_model
from explorer.render.device import recorded_environment
from explorer.request import RenderResult
from explorer.settings import SavedLatent

if TYPE_CHECKING:
    from explorer.app.controller import Controller

# Jobs nobody asked for by name: their end is not worth a notice.
_QUIET = (
    LoadModel,
    RenderGrid,
    RenderThumbnails,
    MeasureEquivariance,
    PreparePreviews,
    SaveLatent,
)


def take_all(app: Controller) -> None:
    """Take in everything reported since the last frame."""
    for report in app.worker.poll():
        match report:
            case RenderResult():
                _result(app, report)
            case OtherResult():
                app.operators.note_picture()
                app.training.comparison.take(app, report)
            case JobUpdate():
                _job(app, report)
            case ModelLoaded():
                app.models.take_loaded(report)
            case Cell():
                if app.background.wants_cell(report):
                    app.pictures.take_cell(report)
            case Thumbnail():
                app.pictures.take_thumbnail(report)
            case Equivariance():
                app.background.take_equivariance(report)
            case LatentReady():
                _latent(app, report)
    for event in app.watch.poll():
        match event:
            case FileChanged():
                app.models.reload(event.path)
            case FolderListed():
                app.folder = event.entries


def model_loaded(app: Controller, report: ModelLoaded, new: bool) -> None:
    """Remember where a model was read from, and watch that file; `new` = it was read just now."""
    path = report.ref.path
    app.watch.watch(path, report.stamp)
    keys = app.history.current.timeline.track("model")
    if keys is None or all(key.text != report.ref.sha256 for key in keys.keys):
        app.set_preferences(with_recent_model(app.preferences, path))
    if not new:
        return
    if not app.preferences.model_folder:
        folder = os.path.dirname(os.path.abspath(path))
        app.set_preferences(replace(app.preferences, model_folder=folder))
        app.watch.list_folder(folder)
    for note in report.info.notes:
        app.notices.log(f"{report.ref.name}: {note}")


def _result(app: Controller, result: RenderResult) -> None:
    if app.timeline.take(result, app.request):
        return  # for a later frame of the timeline
    if app.current and result.request != app.request:
        # Undo came back to the picture on screen: one still under way must not replace it.
        app.worker.forget()
        return
    app.render_error = result.error
    if result.error is not None:
        app.notices.say_once(
            result.error.message, result.error.message, details=result.error.details
        )
        app.sessions.end_restoring()
        return
    if not result.has_picture:
        return
    if not result.exact:
        app.preview = result
        app.pictures.show(result)
        return
    app.result, app.preview = result, None
    app.rates.upload_ms = app.pictures.show(result)
    if result.network_ran:
        app.rates.rendered(result.timings.total_ms)
    app.sessions.recorded = lambda: recorded_environment(result)
    app.sessions.end_restoring()
    app.operators.note_picture()
    app.look_for_devices()


def _job(app: Controller, update: JobUpdate) -> None:
    if update.state in ("waiting", "running"):
        app.jobs[update.job_id] = update
    else:
        app.jobs.pop(update.job_id, None)
    about_model = app.models.take_update(update)
    if update.state == "failed" and update.error is not None:
        if about_model:
            app.sessions.end_restoring()
            app.notices.log(f"ERROR: {update.error.message}\n{update.error.details}")
        elif isinstance(update.job, _QUIET):
            message = update.error.message
            app.notices.say_once(message, message, details=update.error.details)
        else:
            app.notices.say(update.error.message, "bad", details=update.error.details)
    elif update.state == "done" and update.outcome and not isinstance(update.job, _QUIET):
        app.notices.say(update.outcome, "good", reveal=_place(update))
    elif update.state == "cancelled" and not isinstance(update.job, _QUIET):
        app.notices.say(f"{update.label}: cancelled")


def _place(update: JobUpdate) -> str:
    """Return the file or folder a finished job wrote to."""
    match update.job:
        case SaveSeeds():
            return update.job.folder
        case ConvertModel():
            return update.job.destination
        case ExportActivation():
            return update.job.path
    return ""


def _latent(app: Controller, report: LatentReady) -> None:
    settings = app.settings
    name = report.name or _free_name(settings.library)
    saved = SavedLatent(name, app.arrays.add(report.ws), report.model_sha256)
    app.apply(replace(settings, library=(*settings.library, saved)), f"Keep {name}")


def _free_name(library: tuple[SavedLatent, ...]) -> str:
    taken = {saved.name for saved in library}
    number = len(library) + 1
    while f"Latent {number}" in taken:
        number += 1
    return f"Latent {number}"
