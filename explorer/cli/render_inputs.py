"""What `render` and `video` start from: the model a session names or that was given."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from explorer.errors import UserError
from explorer.model_files import MissingModelError
from explorer.preferences import load_preferences
from explorer.session import Session
from explorer.settings import ModelRef

if TYPE_CHECKING:
    from explorer.render.model_library import LoadedModel
    from explorer.render.torch_engine import TorchEngine


def model_places(session_path: str | None) -> tuple[str, ...]:
    """Return where a session's model is looked for: beside it, here, and where models were."""
    preferences = load_preferences()
    folders = [os.path.dirname(os.path.abspath(session_path))] if session_path else []
    folders += [os.curdir, preferences.model_folder]
    return tuple(place for place in (*preferences.recent_models, *folders) if place)


def load_named(engine: TorchEngine, path: str | None, session: Session | None) -> LoadedModel:
    wanted = session.settings.model if session is not None else None
    if path is None:
        assert wanted is not None
        try:
            return engine.library.get(wanted)
        except MissingModelError as error:
            raise UserError(
                f"The model {wanted.name} ({wanted.sha256[:12]}) of this session was not found; "
                "say where it is with --model FILE"
            ) from error
    print(f"Reading {os.path.basename(path)}", file=sys.stderr)
    loaded = engine.library.load(path)
    if wanted is not None and not is_model(loaded, wanted):
        print(
            f"{loaded.ref.name} is not the model the session was made with, {wanted.name} "
            f"({wanted.sha256[:12]}): the picture will be another one",
            file=sys.stderr,
        )
    return loaded


def is_model(loaded: LoadedModel, wanted: ModelRef) -> bool:
    """Return whether a model is the one named, or was converted from it."""
    source = loaded.info.source.sha256 if loaded.info.source is not None else ""
    return wanted.sha256 in (loaded.ref.sha256, source)
