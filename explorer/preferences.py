"""Reading and writing what stays with a person: recent files, folders, looks."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

from explorer.codec import from_plain, to_plain
from explorer.userdirs import config_dir
from explorer.view_state import Preferences
from networks.atomic import write_atomic

RECENT_COUNT = 12
_log = logging.getLogger(__name__)


def preferences_path() -> Path:
    return config_dir() / "preferences.json"


def load_preferences() -> Preferences:
    """Return the saved preferences; the defaults when there are none or they cannot be read."""
    try:
        text = preferences_path().read_text("utf-8")
    except FileNotFoundError:
        return Preferences()
    except OSError as error:
        _log.warning("Preferences cannot be read, defaults are used: %s", error)
        return Preferences()
    try:
        return from_plain(Preferences, json.loads(text), "preferences")
    except (ValueError, RecursionError) as error:
        _log.warning("Preferences are damaged, defaults are used: %s", error)
        return Preferences()


def save_preferences(preferences: Preferences) -> None:
    """Write the preferences; OSError when the disk does not take them."""
    text = json.dumps(to_plain(preferences), indent=1)
    write_atomic(preferences_path(), text.encode("utf-8"))


def with_recent_model(preferences: Preferences, path: str) -> Preferences:
    """Return preferences with `path` as the newest recent model."""
    return replace(preferences, recent_models=_newest_first(preferences.recent_models, path))


def with_recent_session(preferences: Preferences, path: str) -> Preferences:
    """Return preferences with `path` as the newest recent session."""
    return replace(preferences, recent_sessions=_newest_first(preferences.recent_sessions, path))


def _newest_first(paths: tuple[str, ...], path: str) -> tuple[str, ...]:
    return (path, *(other for other in paths if other != path))[:RECENT_COUNT]
