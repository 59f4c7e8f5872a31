"""Where this program keeps its own files, by each system's custom.

`LATENT_EXPLORER_HOME` puts both folders below one place: tests and portable installations use it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

APP_NAME = "latent-explorer"


def config_dir() -> Path:
    """Return the folder for preferences and the window layout; it may not exist yet."""
    return _folder("config", "XDG_CONFIG_HOME", Path.home() / ".config", "APPDATA")


def data_dir() -> Path:
    """Return the folder for the last session and the log; it may not exist yet."""
    return _folder("data", "XDG_DATA_HOME", Path.home() / ".local" / "share", "LOCALAPPDATA")


def pictures_dir() -> Path:
    """Return where captures go unless the user chose another folder."""
    home = os.environ.get("LATENT_EXPLORER_HOME")
    if home:
        return Path(home) / "captures"
    pictures = Path.home() / "Pictures"
    return (pictures if pictures.is_dir() else Path.home()) / APP_NAME


def _folder(kind: str, xdg: str, default: Path, windows: str) -> Path:
    home = os.environ.get("LATENT_EXPLORER_HOME")
    if home:
        return Path(home) / kind
    if sys.platform == "win32":
        base = os.environ.get(windows)
        return (Path(base) if base else Path.home()) / APP_NAME
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / APP_NAME
    base = os.environ.get(xdg)
    # The XDG specification: relative values are invalid and must be ignored.
    return (Path(base) if base and os.path.isabs(base) else default) / APP_NAME
