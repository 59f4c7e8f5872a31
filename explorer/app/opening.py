"""What is shown first, and opening whatever a path leads to."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.app.folder_watch import MODEL_SUFFIXES
from explorer.app.latent_files import read_latents
from explorer.errors import UserError
from explorer.png import read_session
from explorer.preferences import with_recent_session
from explorer.session import Session, session_from_json
from explorer.settings import SavedLatent, Settings
from explorer.shipped import shipped_models
from explorer.sound.files import SUFFIXES as SOUND_SUFFIXES

if TYPE_CHECKING:
    from explorer.app.controller import Controller

ASSETS = Path(__file__).resolve().parents[2] / "assets"


class OpenError(UserError):
    """A file cannot be opened here; the text says what can."""


def start(app: Controller, path: str | None) -> None:
    """Open the given path, else what the last start ended with, else a model, else nothing."""
    if path:
        open_path(app, path)
    elif app.sessions.crashed():
        app.asking_restore = True
    else:
        restore_last(app)


def answer_restore(app: Controller, restore: bool) -> None:
    """Go on after the question that follows a start which did not finish."""
    app.asking_restore = False
    if restore:
        restore_last(app)
    else:
        app.sessions.set_aside()
        open_some_model(app)


def restore_last(app: Controller) -> None:
    """Restore the last session; a damaged one is set aside and said so."""
    try:
        session = app.sessions.load_last()
    except (UserError, OSError, ValueError) as error:
        app.sessions.set_aside()
        app.notices.say(f"The last session is kept as last-session-old.json: {error}", "warning")
        session = None
    if session is None or session.settings == Settings():
        open_some_model(app)
        return
    if session.settings.model is not None:
        app.sessions.begin_restoring()
    take_session(app, session, "Restored session")


def open_some_model(app: Controller) -> None:
    """Open the model that comes with the program, else the newest recent one that is there."""
    recent = (path for path in app.preferences.recent_models if os.path.exists(path))
    path = default_model() or next(recent, "")
    if path:
        app.models.open(path)


def default_model() -> str:
    """Return the path of the first model that comes with the program, "" if there is none."""
    return next((model.path for model in shipped_models()), "")


def open_path(app: Controller, path: str) -> None:
    """Open a model, a session, a PNG made here, latents or a folder of models.

    Raises UserError or OSError with a sentence.
    """
    path = os.path.abspath(os.path.expanduser(path))
    suffix = Path(path).suffix.lower()
    if not os.path.exists(path):
        raise OpenError(f"{Path(path).name} does not exist")
    if os.path.isdir(path):
        app.set_preferences(replace(app.preferences, model_folder=path))
        app.watch.list_folder(path)
    elif suffix in MODEL_SUFFIXES:
        app.models.open(path)
    elif suffix == ".json":
        session = session_from_json(Path(path).read_text("utf-8"), app.arrays)
        take_session(app, session, f"Open {Path(path).name}")
        app.sessions.name = path
        app.set_preferences(with_recent_session(app.preferences, path))
    elif suffix == ".png":
        text = read_session(path)
        if text is None:
            raise OpenError(f"{Path(path).name} carries no session: only pictures saved here do")
        take_session(app, session_from_json(text, app.arrays), f"Open {Path(path).name}")
    elif suffix in (".npz", ".npy"):
        import_latents(app, path)
    elif suffix in SOUND_SUFFIXES:
        app.sound.open(app, path)
    else:
        raise OpenError(
            f"{Path(path).name} cannot be opened: models are .pkl or .safetensors, sessions .json "
            "or .png, latents .npz or .npy, sounds .wav, .mp3, .flac and the like"
        )


def take_session(app: Controller, session: Session, label: str) -> None:
    """Show a session; its library joins nothing, it replaces."""
    settings = session.settings
    current = app.history.current.model
    wanted = settings.model
    # Pictures leave folders out: the same model may be open.
    if wanted is not None and current is not None and current.sha256 == wanted.sha256:
        settings = replace(settings, model=current)
    app.history.push(settings, label)
    app.timeline.opened()
    app.view = replace(session.view, full_screen=app.view.full_screen)


def fade_to(app: Controller, path: str) -> None:
    """Fill the timeline with a fade to the look of a session. Raises UserError or OSError."""
    from explorer.timeline.recipes import fade

    name = Path(path).name
    text = read_session(path) if path.lower().endswith(".png") else Path(path).read_text("utf-8")
    if text is None:
        raise OpenError(f"{name} carries no session: only pictures saved here do")
    other = session_from_json(text, app.arrays).settings
    faded = fade(app.settings, other)
    if faded.timeline.tracks == app.settings.timeline.tracks:
        raise OpenError(f"{name} looks like what is on screen: there is nothing to fade to")
    app.apply(faded, f"Fade to {name}")
    app.timeline.move(0.0)


def import_latents(app: Controller, path: str) -> None:
    """Add the latents of a file to the library."""
    info, model = app.models.info, app.history.current.model
    if info is None or model is None:
        raise OpenError("Open a model before importing latents: they belong to one")
    found = read_latents(path, info)
    saved = tuple(SavedLatent(name, app.arrays.add(ws), model.sha256) for name, ws in found)
    settings = app.settings
    count = "1 latent" if len(saved) == 1 else f"{len(saved)} latents"
    app.apply(replace(settings, library=(*settings.library, *saved)), f"Import {count}")
    app.notices.say(f"Imported {count} from {Path(path).name}", "good")
