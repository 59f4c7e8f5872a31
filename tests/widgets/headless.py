"""Dear ImGui without window, GL or GPU: frames are laid out, the mouse is fed, nothing is drawn.

A `Desk` holds one window of a given size. `frame(draw)` runs one frame; `drag` presses, moves and
releases over several frames. `last` is where the last item of the frame was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imgui_bundle
from imgui_bundle import ImVec2, imgui, implot

Draw = Callable[[], Any]


@dataclass
class Item:
    """Where an item was in the last frame."""

    low: tuple[float, float]
    high: tuple[float, float]

    def at(self, x: float = 0.5, y: float = 0.5) -> tuple[float, float]:
        """Return the point at these fractions of its width and height."""
        (x0, y0), (x1, y1) = self.low, self.high
        return x0 + x * (x1 - x0), y0 + y * (y1 - y0)


@dataclass
class Desk:
    """One window, `width` x `height` pixels, and a font of `font_px` pixels."""

    width: float
    height: float
    font_px: float
    used: tuple[float, float] = (0.0, 0.0)  # of the window's contents, width and height
    inner: tuple[float, float] = (0.0, 0.0)
    last: Item = field(default_factory=lambda: Item((0.0, 0.0), (0.0, 0.0)))

    def frame(self, draw: Draw) -> Any:
        """Lay out one frame with `draw` inside the window; return what `draw` returned."""
        imgui.new_frame()
        imgui.set_next_window_pos(ImVec2(0, 0))
        imgui.set_next_window_size(ImVec2(self.width, self.height))
        imgui.push_font(None, self.font_px)
        imgui.begin("Panel", None, imgui.WindowFlags_.no_title_bar | imgui.WindowFlags_.no_resize)
        try:
            value = draw()
            window = imgui.internal.get_current_window()
            first, end = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            self.last = Item((first.x, first.y), (end.x, end.y))
            low = window.dc.cursor_start_pos
            self.used = (window.dc.cursor_max_pos.x - low.x, window.dc.cursor_max_pos.y - low.y)
            self.inner = (window.work_rect.max.x - low.x, window.work_rect.max.y - low.y)
        finally:
            imgui.end()
            imgui.pop_font()
            imgui.render()
        return value

    def settle(self, draw: Draw, frames: int = 3) -> Any:
        value = None
        for _ in range(frames):
            value = self.frame(draw)
        return value

    def mouse(self, place: tuple[float, float], down: bool | None = None, button: int = 0) -> None:
        """Feed the mouse's place and, if `down` is given, a button that goes down or up."""
        io = imgui.get_io()
        io.add_mouse_pos_event(*place)
        if down is not None:
            io.add_mouse_button_event(button, down)

    def drag(
        self, draw: Draw, start: tuple[float, float], *path: tuple[float, float], button: int = 0
    ) -> list[Any]:
        """Press at `start`, move along `path` in steps, release; return every frame's value."""
        self.mouse(start)
        values = [self.frame(draw), self.frame(draw)]
        self.mouse(start, True, button)
        values.append(self.frame(draw))
        here = start
        for end in path:
            for step in range(1, 9):
                t = step / 8
                place = here[0] + t * (end[0] - here[0]), here[1] + t * (end[1] - here[1])
                self.mouse(place)
                values.append(self.frame(draw))
            here = end
        self.mouse(here, False, button)
        values += [self.frame(draw), self.frame(draw)]
        return values

    def click(self, draw: Draw, place: tuple[float, float], button: int = 0) -> list[Any]:
        return self.drag(draw, place, button=button)


class Held:
    """A value that is drawn and kept from frame to frame, as the application keeps its settings."""

    def __init__(self, value: Any, draw: Callable[[Any], Any]) -> None:
        self.value = value
        self.widget = draw

    def __call__(self) -> Any:
        self.value = self.widget(self.value)
        return self.value


@contextmanager
def desk(width: float = 400, height: float = 900, font_px: float = 16) -> Iterator[Desk]:
    """Make a context for one test."""
    context = imgui.create_context()
    plots = implot.create_context()
    io = imgui.get_io()
    io.set_ini_filename("")
    io.display_size = ImVec2(max(1600, width), max(1200, height))
    io.delta_time = 1 / 60
    io.backend_flags |= imgui.BackendFlags_.renderer_has_textures
    folder = Path(imgui_bundle.__file__).parent / "assets" / "fonts"
    io.fonts.add_font_from_file_ttf(str(folder / "Roboto" / "Roboto-Regular.ttf"), 16.0)
    merged = imgui.ImFontConfig()
    merged.merge_mode = True
    icons = folder / "Font_Awesome_6_Free-Solid-900.otf"
    io.fonts.add_font_from_file_ttf(str(icons), 16.0, merged)
    try:
        yield Desk(width, height, font_px)
    finally:
        implot.destroy_context(plots)
        imgui.destroy_context(context)
