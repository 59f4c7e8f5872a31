"""Every action once: what widgets, menus, keys and dialogs ask for is done here."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import actions as a
from explorer.app import export as app_export
from explorer.app import opening as app_start
from explorer.app.reveal import reveal
from explorer.app.training import runs_folder
from explorer.files import save_bytes
from explorer.messages import ConvertModel, ExportActivation, SaveLatent
from explorer.preferences import with_recent_session
from explorer.settings import (
    Latent,
    MixSource,
    SavedLatent,
    Settings,
    StyleMixing,
    Truncation,
    row_ranges,
)
from explorer.training_actions import ChooseData, SetRunsFolder
from explorer.view_state import CanvasView

if TYPE_CHECKING:
    from explorer.app.controller import Controller


def do(app: Controller, action: a.Action) -> None:
    """Carry out one action. Raises UserError or OSError with a sentence."""
    match action:
        case a.Undo():
            app.history.undo()
            app.timeline.went()
        case a.Redo():
            app.history.redo()
            app.timeline.went()
        case a.GoToHistory(index):
            app.history.go_to(index)
            app.timeline.went()
        case a.Apply(settings, label):
            app.apply(settings, label)
        case a.SetTimelineView(view):
            app.timeline.set_view(view)
        case a.PlayTimeline():
            view = app.timeline.view
            app.timeline.set_view(replace(view, playing=not view.playing))
        case a.SetView(view):
            app.view = view
        case a.Magnify():
            app.pictures.magnify(action, app.shown.rgba if app.shown is not None else None)
        case a.SetPreferences(preferences):
            app.set_preferences(preferences)
        case a.LearnKnobs(on):
            app.knobs.learn(on)
        case a.Toggle(what):
            _toggle(app, what)
        case a.ShowPanel(title, visible):
            app.show_panels[title] = visible
        case a.ResetLayout():
            app.reset_layout = True
        case a.DismissNotice():
            app.notices.dismiss()
        case a.Quit():
            app.shall_exit = True
        case a.AnswerRestore(restore):
            app_start.answer_restore(app, restore)
        case a.TrainingAction():
            app.training.do(app, action)
        case a.ExportAction():
            app.exports.do(app, action)
        case _:
            _do_files(app, action)


def _do_files(app: Controller, action: a.Action) -> None:
    match action:
        case a.ShowDialog(kind):
            ask(app, kind)
        case a.OpenPath(path):
            app_start.open_path(app, path)
        case a.StartRecording() | a.StopRecording() | a.UseCamera() | a.KeepPerformance():
            app.live.do(app, action)
        case a.FadeTo(path):
            app_start.fade_to(app, path)
        case a.OpenSound(path):
            app.sound.open(app, path)
        case a.NewSession():
            _new_session(app)
        case a.SaveSessionTo(path):
            _save_session(app, path)
        case a.Capture(what):
            if what == "picture":
                app_export.capture_picture(app)
            else:
                app.window_captures.append(2)  # frames: menus and tooltips are gone by then
        case a.CopyPicture():
            app_export.copy(app)
        case a.SaveSeedList(text):
            app_export.save_seeds(app, text)
        case a.ExportLatents(path):
            app_export.export_latents(app, path)
        case a.RevealFolder(path):
            if not os.path.exists(path):
                app.notices.say(f"Nothing has been saved in {os.path.basename(path)} yet")
            elif not reveal(path):
                app.notices.say(f"There is no file manager to show {path}")
        case _:
            _do_models(app, action)


def _do_models(app: Controller, action: a.Action) -> None:
    request = app.request
    match action:
        case a.RetryLoad():
            app.models.retry()
        case a.CloseModel():
            app.models.close()
            app.apply(replace(app.settings, model=None), "Close model")
            app.result, app.preview, app.render_error = None, None, None
            app.pictures.clear()
            app.timeline.frames.clear()
            app.watch.forget()
        case a.LocateModel(path):
            app.models.locate(path)
        case a.UseModelAnyway(path):
            app.models.accept_other(path)
        case a.SetModelFolder(path):
            app.set_preferences(replace(app.preferences, model_folder=path))
            app.watch.list_folder(path)
        case a.ConvertModelTo(path) if app.models.loaded is not None:
            if not path:
                ask(app, "convert_model")
            else:
                app.worker.enqueue(ConvertModel(app.models.loaded.ref.path, path))
        case a.CancelJob(job_id):
            app.worker.cancel(job_id)
        case a.KeepLatent(name) if request is not None:
            app.worker.enqueue(SaveLatent(request, name))
        case a.ExportActivationTo(path) if request is not None:
            if not path:
                ask(app, "export_activation")
            else:
                app.worker.enqueue(ExportActivation(request, path))
        case a.UseLatent(saved):
            app.apply(using(app.settings, saved), f"Use {saved.name}")
        case a.MixLatent(saved):
            num_ws = app.models.info.num_ws if app.models.info is not None else saved.ws.shape[0]
            app.apply(mixing(app.settings, saved, num_ws), f"Mix {saved.name}")


def using(settings: Settings, saved: SavedLatent) -> Settings:
    """Return settings that show a saved latent exactly: it is final, so psi 1 and no mixing."""
    at = settings.latent
    latent = Latent(at.x, at.y, saved.ws, saved.name, anchor_x=at.x, anchor_y=at.y)
    return replace(settings, latent=latent, truncation=Truncation(), mixing=StyleMixing())


def mixing(settings: Settings, saved: SavedLatent, num_ws: int) -> Settings:
    """Return settings with a saved latent as a further mix source, in the coarse rows."""
    weights = tuple((row, 1.0) for row in row_ranges(num_ws)["coarse"])
    source = MixSource(saved=saved.ws, name=saved.name, weights=weights)
    return replace(settings, mixing=StyleMixing((*settings.mixing.sources, source)))


def ask(app: Controller, kind: a.DialogKind) -> None:
    """Open a file dialog; its answer becomes the matching action of a later frame."""
    preferences = app.preferences
    recent = app.sessions.name or next(iter(preferences.recent_sessions), "")
    captures = str(app_export.capture_folder(app))
    folder, name = preferences.model_folder or str(Path.home()), ""
    if kind in ("session", "save_session", "fade_to", "video_sessions"):
        folder = os.path.dirname(recent) if recent else captures
        name = os.path.basename(app.sessions.name) if kind == "save_session" else ""
    elif kind in ("runs_folder", "lapse_folder"):
        folder = str(runs_folder(preferences))
    elif kind in ("data_folder", "data_file"):
        source = Path(app.training.source)
        folder = str(source.parent if source.is_absolute() else Path.home())
    elif kind in ("capture_folder", "import_latents", "export_latents", "export_activation"):
        folder = captures
    elif kind == "convert_model" and app.models.loaded is not None:
        source = Path(app.models.loaded.ref.path)
        folder, name = str(source.parent), f"{source.stem}.safetensors"
    app.dialogs.ask(kind, folder, name, lambda path: app.emit(_answer(app, kind, path)))


def _answer(app: Controller, kind: a.DialogKind, path: str) -> a.Action:
    match kind:
        case "save_session":
            return a.SaveSessionTo(path)
        case "export_latents":
            return a.ExportLatents(path)
        case "model_folder":
            return a.SetModelFolder(path)
        case "capture_folder":
            return a.SetPreferences(replace(app.preferences, capture_folder=path))
        case "export_activation":
            return a.ExportActivationTo(path)
        case "convert_model":
            return a.ConvertModelTo(path)
        case "locate_model":
            return a.LocateModel(path)
        case "runs_folder":
            return SetRunsFolder(path)
        case "data_folder" | "data_file":
            return ChooseData(path)
        case "transfer_model":
            return app.training.with_wish("transfer", path)
        case "fade_to":
            return a.FadeTo(path)
        case "sound":
            return a.OpenSound(path)
        case "video_sound" | "video_sessions" | "grid_model" | "lapse_folder" | "key_model":
            return app.exports.answered(app, kind, path)
        case _:
            return a.OpenPath(path)


def _toggle(app: Controller, what: str) -> None:
    match what:
        case "full_screen":
            app.view = replace(app.view, full_screen=not app.view.full_screen)
        case "palette":
            app.palette.toggle()
        case "metrics":
            app.background.measure_always = not app.background.measure_always
        case "shortcuts":
            app.windows.shortcuts = not app.windows.shortcuts
        case "about":
            app.windows.about = not app.windows.about
        case "log":
            app.windows.log = not app.windows.log
        case "export":
            app.windows.export = not app.windows.export


def _new_session(app: Controller) -> None:
    """Defaults for everything but the model; undo brings the old session back."""
    settings = Settings(model=app.history.current.model, compute=app.history.current.compute)
    app.apply(settings, "New session")
    app.timeline.opened()
    app.view = CanvasView(full_screen=app.view.full_screen)
    app.sessions.name = ""


def _save_session(app: Controller, path: str) -> None:
    path = path or app.sessions.name
    if not path:
        ask(app, "save_session")
        return
    text = app.sessions.text(app.settings, app.view)

    def saved(_: None) -> None:
        app.sessions.name = path
        app.set_preferences(with_recent_session(app.preferences, path))
        app.notices.say(f"Saved {Path(path).name}", "good", reveal=path)

    app.files.run(lambda: save_bytes(path, text.encode()), saved, app.say_error)
