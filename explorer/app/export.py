"""What leaves the program: captured pictures, the clipboard, lists of seeds, latents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import imgui
from numpy.typing import NDArray

from explorer.actions import DialogKind
from explorer.app import captures as app_capture
from explorer.app.clipboard import ClipboardError, copy_picture
from explorer.app.latent_files import write_latents
from explorer.errors import UserError
from explorer.messages import SaveSeeds
from explorer.png import encode_png, result_pixels
from explorer.request import RenderResult
from explorer.seeds import parse_seeds
from explorer.userdirs import pictures_dir

if TYPE_CHECKING:
    from explorer.app.controller import Controller


class NothingToSaveError(UserError):
    """There is no picture or no model yet."""


def capture_folder(app: Controller) -> Path:
    chosen = app.preferences.capture_folder
    return Path(chosen) if chosen else pictures_dir()


def shown(app: Controller) -> RenderResult:
    """Return the newest exact picture. Raises NothingToSaveError."""
    if app.result is None or not app.result.has_picture:
        raise NothingToSaveError("There is no picture yet")
    return app.result


def capture_picture(app: Controller) -> None:
    """Save the picture the settings ask for; one that is still being rendered is waited for."""
    shown(app)
    moves = app.history.current.animation.running or app.timeline.view.playing
    if app.current or (moves and app.preview is None):
        save_shown(app)
    else:
        app.capture_when_current = True


def save_shown(app: Controller) -> None:
    """Save what is on screen now, with the settings that made it."""
    result = shown(app)
    pixels = result_pixels(result)
    name = app_capture.picture_name(result.request)
    _save(app, name, pixels, session_text(app, result))


def session_text(app: Controller, result: RenderResult) -> str | None:
    """Return the session a picture carries, without folders; None if that is switched off."""
    if not app.preferences.embed_session:
        return None
    settings = app_capture.settings_of(app.settings, result.request)
    return app.sessions.text(settings, app.view, keep_paths=False)


def save_window(app: Controller, pixels: NDArray[np.uint8]) -> None:
    """Save a picture of the whole window."""
    text = session_text(app, app.result) if app.result is not None else None
    _save(app, "window.png", np.ascontiguousarray(pixels[:, :, :3]), text)


def _save(app: Controller, name: str, pixels: NDArray[np.uint8], text: str | None) -> None:
    folder = capture_folder(app)

    def said(saved: tuple[Path, bool]) -> None:
        path, new = saved
        sentence = f"Saved {path.name}" if new else f"{path.name} already holds this picture"
        app.notices.say(sentence, "good", reveal=str(path))

    app.files.run(lambda: app_capture.save_picture(folder, name, pixels, text), said, app.say_error)


def copy(app: Controller) -> None:
    """Copy the picture; where that is impossible it is saved and its path copied.

    In place of a preview the exact picture is copied, once it is there.
    """
    result = shown(app)
    if app.preview is not None:
        app.copy_when_current = True
        return
    pixels = result_pixels(result)
    rgba = result.rgba
    assert rgba is not None
    folder, name = capture_folder(app), app_capture.picture_name(result.request)
    text = session_text(app, result)

    def work() -> Path | None:
        png = encode_png(pixels, text)
        try:
            copy_picture(rgba, png)
        except ClipboardError as error:
            app.notices.log(f"INFO: {error}")
            return app_capture.save_picture(folder, name, pixels, text)[0]
        return None

    def said(path: Path | None) -> None:
        if path is None:
            app.notices.say("Copied the picture", "good")
            return
        imgui.set_clipboard_text(str(path))
        app.notices.say(
            f"Saved {path.name} and copied its path: copying pictures needs wl-clipboard or xclip",
            reveal=str(path),
        )

    app.files.run(work, said, app.say_error)


def save_seeds(app: Controller, text: str) -> None:
    """Save a list of seeds as pictures. Raises SeedListError or NothingToSaveError."""
    request = app.request
    if request is None:
        raise NothingToSaveError("Open a model before saving seeds")
    session = None
    if app.preferences.embed_session:
        session = app.sessions.text(app.settings, app.view, keep_paths=False)
    folder = str(capture_folder(app))
    app.worker.enqueue(SaveSeeds(request, parse_seeds(text), folder, session))


def export_latents(app: Controller, path: str) -> None:
    """Write the library to an .npz; asks where to if `path` is empty."""
    kind: DialogKind = "export_latents"
    library = app.history.current.library
    if not library:
        raise NothingToSaveError("The library is empty: keep a latent first")
    if not path:
        from explorer.app.dispatch import ask

        ask(app, kind)
        return

    def said(count: int) -> None:
        latents = "1 latent" if count == 1 else f"{count} latents"
        app.notices.say(f"Exported {latents} to {Path(path).name}", "good", reveal=path)

    app.files.run(lambda: write_latents(path, library, app.arrays), said, app.say_error)
