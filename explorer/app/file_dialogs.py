"""File dialogs of the system where there are any, of the window elsewhere; neither blocks."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from imgui_bundle import portable_file_dialogs as pfd

from explorer.actions import DialogKind
from explorer.display import headless
from widgets.dialogs import SPECS, DialogSpec, FileDialog

_LINUX_HELPERS = ("zenity", "kdialog", "qarma", "matedialog")


@dataclass
class _Native:
    dialog: Any  # pfd.open_file | pfd.save_file | pfd.select_folder
    answer: Callable[[str], None]


class Dialogs:
    """At most one dialog at a time.

    Args:
        native: None = the system's own if it has one.
    """

    def __init__(self, wake: Callable[[], None], *, native: bool | None = None) -> None:
        self._wake = wake
        self._use_native = native_available() if native is None else native
        self._native: _Native | None = None
        self._drawn = FileDialog()

    @property
    def open(self) -> bool:
        return self._native is not None or self._drawn.open

    @property
    def waiting_for_system(self) -> bool:
        """Whether frames must go on so that the system's answer is noticed."""
        return self._native is not None

    def ask(self, kind: DialogKind, folder: str, name: str, answer: Callable[[str], None]) -> None:
        """Ask for a path; a dialog that is open already stays as it is."""
        if self.open:
            return
        spec = SPECS[kind]
        if name:
            spec = replace(spec, name=name)
        if self._use_native:
            self._native = _Native(_native_dialog(spec, folder), answer)
        else:
            self._drawn.ask(spec, folder, answer, self._wake)

    def draw(self) -> None:
        """Draw the window's dialog, or look whether the system's has been answered."""
        self._drawn.draw()
        native = self._native
        if native is None or not native.dialog.ready(0):
            return
        self._native = None
        result = native.dialog.result()
        for path in [result] if isinstance(result, str) else result:
            if path:
                native.answer(path)


def native_available() -> bool:
    if headless():
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return any(shutil.which(helper) for helper in _LINUX_HELPERS)


def _native_dialog(spec: DialogSpec, folder: str) -> Any:
    start = str(Path(folder) / spec.name) if spec.name else folder
    if spec.mode == "folder":
        return pfd.select_folder(spec.title, folder)
    patterns = " ".join(f"*{suffix}" for suffix in spec.suffixes) or "*"
    filters = [spec.title.split()[-1].capitalize() + "s", patterns, "All files", "*"]
    if spec.mode == "save":
        return pfd.save_file(spec.title, start, filters)
    options = pfd.opt.multiselect if spec.many else pfd.opt.none
    return pfd.open_file(spec.title, start, filters, options)
