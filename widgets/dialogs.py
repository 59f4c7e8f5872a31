"""File dialogs drawn in the window, and the questions asked in it.

The window's own file dialog serves where the system has none and in tests. Ids: popup
"###file_dialog" with `##dialog_folder`, `###dialog_up`, `###dialog_home`, items
"###entry_NAME", `##dialog_name`, `###dialog_ok`, `###dialog_cancel`; popup "###restore" with
`###restore_yes`, `###restore_no`.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import AnswerRestore, DialogKind
from explorer.panel_state import Emit
from widgets.controls import Button, button, dim, ellipsis, em, icon_button

Mode = Literal["open", "save", "folder"]
MAX_ENTRIES = 3000
_MODELS = (".pkl", ".safetensors", ".pt", ".pth")
_SOUNDS = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac")
_SOUNDS = (
    ".wav", ".mp3", ".ogg", ".flac", ".m4a", ".opus", ".aac", ".aif", ".aiff", ".mp4", ".mov",
    ".mkv", ".webm",
)  # fmt: skip
_PICTURES = (".zip", ".mp4", ".mov", ".mkv", ".webm", ".avi", ".npy", ".npz", ".gz", ".tgz")


@dataclass(frozen=True)
class DialogSpec:
    """What a file dialog asks for: suffixes it lists, and the name it proposes when saving.

    many: whether several files may be chosen; each is an answer of its own.
    """

    title: str
    mode: Mode
    suffixes: tuple[str, ...] = ()
    name: str = ""
    many: bool = False


SPECS: dict[DialogKind, DialogSpec] = {
    "model": DialogSpec("Open model", "open", _MODELS),
    "session": DialogSpec("Open session or picture", "open", (".json", ".png")),
    "sound": DialogSpec("Open sound", "open", _SOUNDS),
    "fade_to": DialogSpec("Fade to the look of", "open", (".json", ".png")),
    "video_mp4": DialogSpec("Export video", "save", (".mp4",), "timeline.mp4"),
    "video_webm": DialogSpec("Export video", "save", (".webm",), "timeline.webm"),
    "video_gif": DialogSpec("Export animation", "save", (".gif",), "timeline.gif"),
    "video_png": DialogSpec("Export frames to a new folder", "save", (), "timeline-frames"),
    "video_folder": DialogSpec("Export videos into", "folder"),
    "video_sound": DialogSpec("Add sound", "open", _SOUNDS),
    "video_sessions": DialogSpec("Export sessions", "open", (".json", ".png"), many=True),
    "grid_model": DialogSpec("Add model", "open", _MODELS),
    "key_model": DialogSpec("Change to model", "open", _MODELS),
    "lapse_folder": DialogSpec("Choose run, or folder of runs", "folder"),
    "save_session": DialogSpec("Save session", "save", (".json",), "session.json"),
    "import_latents": DialogSpec("Import latents", "open", (".npz", ".npy")),
    "export_latents": DialogSpec("Export latents", "save", (".npz", ".npy"), "latents.npz"),
    "model_folder": DialogSpec("Choose model folder", "folder"),
    "capture_folder": DialogSpec("Choose capture folder", "folder"),
    "export_activation": DialogSpec("Export activation", "save", (".npz",), "activation.npz"),
    "convert_model": DialogSpec("Convert model", "save", (".safetensors",), "model.safetensors"),
    "locate_model": DialogSpec("Locate model", "open", _MODELS),
    "runs_folder": DialogSpec("Choose folder of training runs", "folder"),
    "data_folder": DialogSpec("Choose folder of pictures", "folder"),
    "data_file": DialogSpec("Open pictures", "open", _PICTURES),
    "transfer_model": DialogSpec("Start from model", "open", _MODELS),
}


@dataclass(frozen=True)
class Entry:
    name: str
    is_folder: bool
    size_bytes: int = 0


class FileDialog:
    """The dialog that is open, if any; folders are listed in a thread."""

    def __init__(self) -> None:
        self._spec: DialogSpec | None = None
        self._answer: Callable[[str], None] = _ignore
        self._folder = ""
        self._typed_folder = ""
        self._name = ""
        self._entries: tuple[Entry, ...] | None = None
        self._listed: queue.SimpleQueue[tuple[str, tuple[Entry, ...]]] = queue.SimpleQueue()
        self._wake: Callable[[], None] = _nothing
        self._appearing = False
        self._overwrite = ""
        self._more: tuple[str, ...] = ()  # names chosen besides the one in the field

    @property
    def open(self) -> bool:
        return self._spec is not None

    def ask(
        self,
        spec: DialogSpec,
        folder: str,
        answer: Callable[[str], None],
        wake: Callable[[], None],
    ) -> None:
        """Open the dialog; `answer` is called with a path unless it is cancelled."""
        self._spec, self._answer, self._wake = spec, answer, wake
        self._name, self._more = spec.name, ()
        self._appearing = True
        self._go_to(folder if os.path.isdir(folder) else str(Path.home()))

    def draw(self) -> None:
        if self._spec is None:
            return
        title = f"{self._spec.title}###file_dialog"
        if self._appearing:
            imgui.open_popup(title)
            self._appearing = False
        viewport = imgui.get_main_viewport()
        imgui.set_next_window_pos(viewport.get_center(), imgui.Cond_.appearing, (0.5, 0.5))
        size = (min(em(46), viewport.size.x * 0.9), min(em(32), viewport.size.y * 0.85))
        imgui.set_next_window_size(size, imgui.Cond_.appearing)
        shown, still_open = imgui.begin_popup_modal(
            title, True, imgui.WindowFlags_.no_saved_settings
        )
        if shown:
            self._take_listing()
            self._body_ui(self._spec)
            if imgui.is_key_pressed(imgui.Key.escape) and not imgui.is_any_item_active():
                still_open = False
            if self._spec is None or still_open is False:
                imgui.close_current_popup()
            imgui.end_popup()
        if still_open is False:
            self._spec = None

    def _body_ui(self, spec: DialogSpec) -> None:
        self._folder_ui()
        footer = imgui.get_frame_height_with_spacing() * (2 if spec.mode != "folder" else 1)
        note = em(1.6) if self._overwrite or spec.many else 0.0
        imgui.begin_child(
            "##dialog_list",
            ImVec2(0, -footer - note - em(0.4)),
            imgui.ChildFlags_.borders | imgui.ChildFlags_.nav_flattened,
        )
        self._entries_ui(spec)
        imgui.end_child()
        entered = False
        if spec.mode != "folder":
            imgui.set_next_item_width(-1)
            entered, self._name = imgui.input_text_with_hint(
                "##dialog_name", "File name", self._name, imgui.InputTextFlags_.enter_returns_true
            )
        if self._overwrite:
            imgui.text_unformatted(f"{self._overwrite} exists: press again to replace it")
        if spec.many:
            more = f"{len(self._more) + 1} files" if self._more else "Ctrl-click chooses several"
            imgui.text_colored(dim(), more)
        self._footer_ui(spec, entered)

    def _folder_ui(self) -> None:
        if icon_button(icons.ICON_FA_ARROW_UP, "###dialog_up", "Enclosing folder"):
            self._go_to(str(Path(self._folder).parent))
        imgui.same_line()
        if icon_button(icons.ICON_FA_HOUSE, "###dialog_home", "Home folder"):
            self._go_to(str(Path.home()))
        imgui.same_line()
        imgui.set_next_item_width(-1)
        entered, self._typed_folder = imgui.input_text(
            "##dialog_folder", self._typed_folder, imgui.InputTextFlags_.enter_returns_true
        )
        if entered:
            typed = os.path.expanduser(self._typed_folder.strip())
            if os.path.isdir(typed):
                self._go_to(typed)
            elif os.path.isfile(typed):
                self._go_to(str(Path(typed).parent))
                self._name = Path(typed).name

    def _entries_ui(self, spec: DialogSpec) -> None:
        if self._entries is None:
            imgui.text_colored(dim(), "Reading the folder")
            return
        shown = [
            entry
            for entry in self._entries
            if entry.is_folder
            or (spec.mode != "folder" and Path(entry.name).suffix.lower() in spec.suffixes)
        ]
        if not shown:
            kinds = ", ".join(spec.suffixes) if spec.suffixes else "folders"
            imgui.text_colored(dim(), f"Nothing here to choose ({kinds})")
        available = imgui.get_content_region_avail().x
        right = imgui.get_cursor_pos_x() + available
        for entry in shown:
            icon = icons.ICON_FA_FOLDER if entry.is_folder else icons.ICON_FA_FILE
            chosen = not entry.is_folder and entry.name in (self._name, *self._more)
            flags = imgui.SelectableFlags_.allow_double_click
            size = "" if entry.is_folder else size_text(entry.size_bytes)
            room = available - imgui.calc_text_size(f"{icon}  {size}").x - em(1)
            name = ellipsis(entry.name, room)
            label = f"{icon}  {name}###entry_{entry.name}"
            if imgui.selectable(label, chosen, flags)[0]:
                add = spec.many and imgui.get_io().key_ctrl
                self._pick(entry, double=imgui.is_mouse_double_clicked(0), add=add)
            if name != entry.name:
                imgui.set_item_tooltip(entry.name)
            if size:
                imgui.same_line(right - imgui.calc_text_size(size).x - em(0.3))
                imgui.text_colored(dim(), size)

    def _pick(self, entry: Entry, *, double: bool, add: bool = False) -> None:
        if entry.is_folder:
            self._go_to(os.path.join(self._folder, entry.name))
            return
        if add and self._name:
            others = tuple(name for name in (*self._more, self._name) if name != entry.name)
            again = len(others) <= len(self._more)  # it was among them: take it off
            self._name, self._more = (others[-1], others[:-1]) if again else (entry.name, others)
            return
        self._name, self._more, self._overwrite = entry.name, (), ""
        if double and self._spec is not None:
            self._finish(self._spec)

    def _footer_ui(self, spec: DialogSpec, entered: bool) -> None:
        verb = {"open": "Open", "save": "Save", "folder": "Choose this folder"}[spec.mode]
        width = max(em(6), imgui.calc_text_size(verb).x + em(2))
        spare = imgui.get_content_region_avail().x - width - em(6) - em(0.5)
        imgui.set_cursor_pos_x(imgui.get_cursor_pos_x() + max(0.0, spare))
        if button(Button("dialog_cancel", "Cancel"), em(6)):
            self._spec = None
        imgui.same_line(0, em(0.5))
        reason = None if spec.mode == "folder" or self._name.strip() else "Choose a file first"
        if button(Button("dialog_ok", verb, disabled_reason=reason, selected=True), width) or (
            entered and reason is None
        ):
            self._finish(spec)

    def _finish(self, spec: DialogSpec) -> None:
        name = os.path.expanduser(self._name.strip())
        path = self._folder if spec.mode == "folder" else os.path.join(self._folder, name)
        if os.path.isdir(path) and spec.mode != "folder":
            self._go_to(path)
            return
        if spec.mode == "save":
            if spec.suffixes and Path(path).suffix.lower() not in spec.suffixes:
                path += spec.suffixes[0]
            if os.path.exists(path) and self._overwrite != Path(path).name:
                self._overwrite = Path(path).name
                return
        self._spec = None
        self._overwrite = ""
        for other in self._more:
            self._answer(os.path.join(self._folder, other))
        self._answer(path)

    def _go_to(self, folder: str) -> None:
        self._folder = self._typed_folder = os.path.abspath(folder)
        self._entries, self._overwrite, self._more = None, "", ()
        target = self._folder

        def look() -> None:
            self._listed.put((target, list_entries(target)))
            self._wake()

        threading.Thread(target=look, name="list-folder", daemon=True).start()

    def _take_listing(self) -> None:
        while not self._listed.empty():
            folder, entries = self._listed.get_nowait()
            if folder == self._folder:
                self._entries = entries


def list_entries(folder: str) -> tuple[Entry, ...]:
    """Return what is in `folder`, folders first, hidden files left out; () if it cannot be read."""
    found: list[Entry] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if len(found) >= MAX_ENTRIES:
                    break
                if not entry.name.startswith("."):
                    is_folder = entry.is_dir()
                    size = 0 if is_folder else entry.stat(follow_symlinks=False).st_size
                    found.append(Entry(entry.name, is_folder, size))
    except OSError:
        return tuple(found)
    return tuple(sorted(found, key=lambda entry: (not entry.is_folder, entry.name.lower())))


def size_text(size_bytes: int) -> str:
    """Return a file size for people: "4.2 MB"."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def restore_question_ui(emit: Emit) -> None:
    """Ask whether to restore the session whose last restoring did not finish."""
    title = "Restore the last session?###restore"
    if not imgui.is_popup_open(title):
        imgui.open_popup(title)
    centre = imgui.get_main_viewport().get_center()
    imgui.set_next_window_pos(centre, imgui.Cond_.always, (0.5, 0.5))
    flags = imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_saved_settings
    if not imgui.begin_popup_modal(title, None, flags)[0]:
        return
    imgui.text_unformatted("The program ended while it was restoring this session.")
    imgui.text_colored(
        dim(), "Starting fresh keeps it beside the new one, as last-session-old.json."
    )
    imgui.dummy((0, em(0.4)))
    if button(Button("restore_yes", "Restore", icons.ICON_FA_CLOCK_ROTATE_LEFT, selected=True)):
        emit(AnswerRestore(True))
        imgui.close_current_popup()
    imgui.same_line()
    if button(Button("restore_no", "Start fresh", icons.ICON_FA_FILE)):
        emit(AnswerRestore(False))
        imgui.close_current_popup()
    imgui.end_popup()


def _ignore(_path: str) -> None:
    pass


def _nothing() -> None:
    pass
