"""Reading a session from a file or from a picture that carries one; no torch."""

from __future__ import annotations

import os

from explorer.arrays import ArrayStore
from explorer.errors import UserError
from explorer.png import read_session
from explorer.session import MAX_TEXT_BYTES, Session, SessionError, session_from_json


def read_session_file(path: str, arrays: ArrayStore) -> Session:
    """Read a session file, or the session in a PNG; it names a model. Raises UserError, OSError."""
    name = os.path.basename(path)
    with open(path, "rb") as file:
        start = file.read(8)
        text = None if start.startswith(b"\x89PNG") else start + file.read(MAX_TEXT_BYTES)
    decoded = read_session(path) if text is None else text.decode("utf-8", errors="replace")
    if decoded is None:
        raise UserError(f"{name} carries no session: it was not made here, or saved without one")
    try:
        session = session_from_json(decoded, arrays)
    except SessionError as error:
        raise UserError(f"{name}: {error}") from error
    if session.settings.model is None:
        raise UserError(f"{name} names no model, so there is nothing to render")
    return session
