"""Text fields whose value has to be a number, a colour, a shape: what is no such thing is said.

A field is `##name`. What was refused stays in it, with a sentence below, until it is put right.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.training_state import FieldSpec, FieldValue
from widgets.controls import hint
from widgets.notices import text_warning

T = TypeVar("T")


class Typed:
    """What is being typed into fields, and what was refused, by their names."""

    def __init__(self) -> None:
        self._typing: dict[str, str] = {}
        self._refused: dict[str, tuple[str, str, str]] = {}  # what was shown, typed, the sentence

    def field(
        self, name: str, shown: str, read: Callable[[str], T], width: float, tip: str = ""
    ) -> T | None:
        """Draw a field; returns what was entered once it is, None before, and for nothing.

        Args:
            shown: the value as text.
            read:  makes a value of what was typed, or raises ValueError with a sentence.
        """
        imgui.set_next_item_width(width)
        text = self._typing.get(name, self._left(name, shown))
        _, new = imgui.input_text(f"##{name}", text, imgui.InputTextFlags_.auto_select_all)
        hint(tip)
        if imgui.is_item_active():
            self._typing[name] = new
            return None
        self._typing.pop(name, None)
        if not imgui.is_item_deactivated_after_edit():
            return None
        self._refused.pop(name, None)
        if new.strip() in ("", shown):
            return None
        try:
            return read(new.strip())
        except ValueError as error:
            self._refused[name] = (shown, new, str(error))
            return None

    def problem(self, name: str) -> str:
        """Return why what a field holds was refused; "" if it was not."""
        return self._refused[name][2] if name in self._refused else ""

    def problem_ui(self, name: str, width: float = 0.0) -> None:
        """Draw that sentence below the field."""
        if name in self._refused:
            sentence = f"{icons.ICON_FA_TRIANGLE_EXCLAMATION}  {self.problem(name)}"
            text_warning(sentence, width)

    def forget(self, name: str) -> None:
        """Take what was refused out of a field: its value has been set otherwise."""
        self._refused.pop(name, None)

    def _left(self, name: str, shown: str) -> str:
        refused = self._refused.get(name)
        if refused is not None and refused[0] != shown:
            self.forget(name)  # the value has changed meanwhile
            return shown
        return refused[1] if refused is not None else shown


def value_of(spec: FieldSpec, label: str, text: str) -> FieldValue:
    """Return what was typed into a field of the configuration. Raises ValueError."""
    if spec.kind == "int":
        return whole_of(label, text)
    return real_of(label, text) if spec.kind == "float" else text


def whole_of(label: str, text: str) -> int:
    """Return a whole number. Raises ValueError with a sentence."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{label} must be a whole number such as 32, got {text}") from None


def real_of(label: str, text: str, example: str = "0.5") -> float:
    """Return a number. Raises ValueError with a sentence."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{label} must be a number such as {example}, got {text}")
    return value


def length_of(reached: float) -> Callable[[str], float]:
    """Return what reads the kimg a run goes on to that has reached some."""

    def read(text: str) -> float:
        kimg = real_of("The length", text.removesuffix("kimg").strip(), f"{2 * reached:g}")
        if not reached < kimg <= 1e9:
            raise ValueError(
                f"The length must be more than the {reached:g} kimg that are done, and at most "
                f"1e9, got {text}"
            )
        return kimg

    return read


def colour_of(text: str) -> str:
    """Return a colour as RRGGBB. Raises ValueError with a sentence."""
    digits = text.removeprefix("#").lower()
    if len(digits) != 6 or any(digit not in "0123456789abcdef" for digit in digits):
        raise ValueError(f"The background must be a colour such as ffffff, got {text}")
    return digits


def aspect_of(text: str) -> float:
    """Return width / height, from 1 to 100, of "16:9" or "1.78". Raises ValueError."""
    across, colon, down = text.replace("/", ":").replace("×", ":").partition(":")
    try:
        value = float(across) / float(down) if colon else float(across)
    except (ValueError, ZeroDivisionError):
        value = math.nan
    if not 1 <= value <= 100:
        raise ValueError(f"The shape must be like 16:9 or 1.78, from 1 to 100, got {text}")
    return value


def fps_of(text: str) -> float:
    """Return frames per second; 0 = all. Raises ValueError with a sentence."""
    value = real_of("Frames per second", text, "2.5")
    if not 0 <= value <= 1000:
        raise ValueError(f"Frames per second must be from 0 (all) to 1000, got {text}")
    return value
