"""A session as JSON: settings, how the canvas looks at them, and the latents they refer to.

The same text travels in a file, in a picture's metadata and in the autosave. Models are named by
hash and, in files that stay on this machine, by path.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from explorer.arrays import ArrayStore
from explorer.codec import from_plain, to_plain
from explorer.errors import UserError
from explorer.settings import ArrayRef, Grid, Settings
from explorer.timeline.edit import checked
from explorer.timeline.model import CURVES
from explorer.view_state import CanvasView

FORMAT = "latent-explorer-session"
VERSION = 1
MAX_TEXT_BYTES = 64 * 2**20
MAX_ARRAY_ITEMS = 2**24
MAX_MIX_SOURCES = 64
MAX_GRID_SIDE = 16


class SessionError(UserError):
    """A session that cannot be read: one sentence for the user."""


@dataclass(frozen=True)
class Session:
    settings: Settings
    view: CanvasView
    recorded: Mapping[str, Any] = field(default_factory=dict)  # device, threads, versions


def session_to_json(
    settings: Settings,
    view: CanvasView,
    arrays: ArrayStore,
    *,
    keep_paths: bool,
    recorded: Mapping[str, Any] | None = None,
) -> str:
    """Return the session as JSON text; with `keep_paths` False it names no folder."""
    if not keep_paths:
        settings = _without_paths(settings)
    kept = {
        ref.digest: {
            "shape": list(ref.shape),
            "data": base64.b64encode(arrays.get(ref).astype("<f4").tobytes()).decode("ascii"),
        }
        for ref in array_references(settings)
    }
    return json.dumps(
        {
            "format": FORMAT,
            "version": VERSION,
            "settings": to_plain(settings),
            "view": to_plain(view),
            "arrays": kept,
            "recorded": dict(recorded or {}),
        },
        indent=1,
        allow_nan=False,
    )


def session_from_json(text: str, arrays: ArrayStore) -> Session:
    """Read a session and put its arrays into `arrays`. Raises SessionError with a sentence."""
    if len(text) > MAX_TEXT_BYTES:
        raise SessionError(f"The session is {len(text) / 2**20:.0f} MB, at most 64 MB are read")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise SessionError(
            "The session is not valid JSON: the file is damaged or another kind"
        ) from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise SessionError("The file is JSON but not a session of this program")
    data = _upgraded(data)
    try:
        settings = from_plain(Settings, data.get("settings"), "settings")
        view = from_plain(CanvasView, data.get("view", {}), "view")
        _read_arrays(data.get("arrays", {}), arrays)
        settings = _checked(settings, arrays)
    except ValueError as error:
        raise SessionError(f"The session cannot be read: {error}") from None
    recorded = data.get("recorded")
    return Session(settings, view, recorded if isinstance(recorded, dict) else {})


def array_references(settings: Settings) -> tuple[ArrayRef, ...]:
    """Return every array the settings refer to, each once."""
    references = [saved.ws for saved in settings.library]
    references += [source.saved for source in settings.mixing.sources if source.saved is not None]
    keys = [key for track in settings.timeline.tracks for key in track.keys]
    for latent in (settings.latent, *(key.latent for key in keys if key.latent is not None)):
        anchors = (latent.anchor, *(part.anchor for part in latent.blend))
        references += [anchor for anchor in anchors if anchor is not None]
    if settings.timeline.sound is not None:
        references.append(settings.timeline.sound.curves)
    return tuple(dict.fromkeys(references))


def _without_paths(settings: Settings) -> Settings:
    models = tuple(replace(model, path="") for model in settings.timeline.models)
    sound = settings.timeline.sound
    sound = None if sound is None else replace(sound, path="")
    settings = replace(settings, timeline=replace(settings.timeline, models=models, sound=sound))
    if settings.model is None:
        return settings
    return replace(settings, model=replace(settings.model, path=""))


# Each entry turns the data of one version into that of the next.
UPGRADERS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def _upgraded(data: dict[str, Any]) -> dict[str, Any]:
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise SessionError(f"The session's version must be a whole number, got {version!r}")
    if version > VERSION:
        raise SessionError(
            f"The session was saved by a newer version of this program (format {version}, "
            f"this one reads up to {VERSION}): update it to open the session"
        )
    while version < VERSION:
        data = UPGRADERS[version](data)
        version += 1
    return data


def _read_arrays(data: Any, arrays: ArrayStore) -> None:
    if not isinstance(data, dict):
        raise ValueError("arrays must be an object")
    for digest, item in data.items():
        shape, text = (
            (item.get("shape"), item.get("data")) if isinstance(item, dict) else (None, None)
        )
        if (
            not isinstance(shape, list)
            or not 1 <= len(shape) <= 3
            or not all(type(size) is int and 0 < size <= 65536 for size in shape)
            or not isinstance(text, str)
        ):
            raise ValueError(f"array {str(digest)[:12]} has no shape or no data")
        count = int(np.prod(shape, dtype=np.int64))
        if count > MAX_ARRAY_ITEMS:
            raise ValueError(f"array {digest[:12]} claims {count} numbers")
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"array {digest[:12]} is not base64") from None
        if len(raw) != 4 * count:
            raise ValueError(
                f"array {digest[:12]} has {len(raw)} bytes, its shape needs {4 * count}"
            )
        values = np.frombuffer(raw, "<f4").reshape(shape)
        if not np.isfinite(values).all():
            raise ValueError(f"array {digest[:12]} holds values that are not finite")
        if arrays.add(values).digest != digest:
            raise ValueError(f"array {digest[:12]} does not match its digest: the file is damaged")


def _checked(settings: Settings, arrays: ArrayStore) -> Settings:
    for reference in array_references(settings):
        if reference not in arrays:
            raise ValueError(f"array {reference.digest[:12]} is named but not in the session")
        if arrays.get(reference).shape != reference.shape:
            raise ValueError(f"array {reference.digest[:12]} has another shape than it says")
    sound = settings.timeline.sound
    if sound is not None and sound.curves.shape[:-1] != (len(CURVES),):
        raise ValueError(f"the sound {sound.name} has no {len(CURVES)} curves")
    if len(settings.mixing.sources) > MAX_MIX_SOURCES:
        raise ValueError(f"at most {MAX_MIX_SOURCES} mix sources are read")
    side = MAX_GRID_SIDE
    grid = Grid(
        columns=min(max(settings.grid.columns, 1), side),
        rows=min(max(settings.grid.rows, 1), side),
        step=settings.grid.step,
    )
    return replace(settings, grid=grid, timeline=checked(settings.timeline))
