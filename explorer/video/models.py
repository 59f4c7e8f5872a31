"""Which models a video shows, and whether they can be found, before anything is rendered."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from explorer.model_files import ModelFiles
from explorer.settings import Settings
from explorer.slices import ModelRef

if TYPE_CHECKING:
    from explorer.video.plan import VideoOptions


def models_of(settings: Settings, options: VideoOptions) -> tuple[ModelRef, ...]:
    """Return every model that a cell shows at some time, each once."""
    if options.cells == "models":
        return tuple(dict.fromkeys(options.models))
    track = settings.timeline.track("model")
    still = (settings.model,) if settings.model is not None else ()
    if track is None or not track.enabled or not track.keys:
        return still
    known = {model.sha256: model for model in (*settings.timeline.models, *still)}
    named = [
        known.get(key.text, ModelRef("of a key", key.text)) if key.text else settings.model
        for key in track.keys
    ]
    return tuple(dict.fromkeys(model for model in named if model is not None))


def check_models(settings: Settings, options: VideoOptions, files: ModelFiles) -> None:
    """Raise MissingModelError for a model whose file is nowhere.

    A file where it was is taken for the right one: large ones are hashed when they are needed.
    """
    for model in models_of(settings, options):
        if not (model.path and os.path.isfile(model.path)):
            files.find(model)
