"""Sample sheets of several runs side by side, from the beginning to now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import dearpygui.dearpygui as dpg

from train.monitor import timelapse, words
from train.monitor.choice import shown_runs
from train.monitor.model import MonitorModel
from train.monitor.sheets import Sheet, Sheets
from train.monitor.snapshot import RunView, Snapshot
from train.monitor.view.look import TEXT_DIM, curve_colour
from train.monitor.view.parts import Item, Kit, Shown, boxes, hint

if TYPE_CHECKING:
    import numpy as np

SECS_PER_SHEET = 0.25


class SamplesPanel:
    """A slider through the training, a play button, and one picture per run."""

    def __init__(self, model: MonitorModel, kit: Kit) -> None:
        self._model, self._kit = model, kit
        self._sheets, self._shown = Sheets(), Shown()
        self._tiles: dict[str, _Tile] = {}
        self._moments: list[float] = []
        self._next: float | None = None  # when the next sheet is due; None = not playing
        self._slider = self._play = self._text = self._area = 0

    @property
    def is_playing(self) -> bool:
        """Whether pictures change without anybody doing anything."""
        return self._next is not None

    def build(self) -> None:
        """Make the panel where the caller stands."""
        with boxes.group(horizontal=True):
            self._play = dpg.add_button(
                label="Play", width=self._kit.px(4), callback=self._toggle_play
            )
            hint(self._play, "Run through the sheets of the runs that are compared.")
            self._slider = dpg.add_slider_int(
                width=-self._kit.px(6), format="", clamped=True, callback=self._slide
            )
            hint(self._slider, "Its right end follows the newest sheet.")
            self._text = dpg.add_text("", color=TEXT_DIM)
        self._area = dpg.add_child_window(border=False, no_scrollbar=True)
        dpg.bind_item_theme(self._area, self._kit.fill_theme((0, 0, 0, 0)))

    def update(self, snapshot: Snapshot) -> None:
        """Show the sheets of the moment."""
        runs = shown_runs(snapshot, self._model.choice)
        self._moments = timelapse.moments(runs)
        self._advance()
        kimg = self._model.choice.kimg
        index = timelapse.position(self._moments, kimg)
        self._shown.configure(self._slider, max_value=max(len(self._moments) - 1, 1))
        self._shown.text(self._slider, index if len(self._moments) > 1 else 1)
        self._shown.text(self._text, f"{self._moments[index]:g} kimg" if self._moments else "")
        self._shown.configure(self._play, label="Stop" if self.is_playing else "Play")
        with_samples = [run for run in runs if run.samples]
        if list(self._tiles) != [run.key for run in with_samples]:
            self._make_tiles(snapshot, with_samples)
        for run in with_samples:
            found = timelapse.sheet_at(run, kimg)
            if found is not None:
                self._tiles[run.key].show(found[0], self._sheets.get(found[1]))
        self._lay_out()

    def close(self) -> None:
        """Read no more pictures."""
        self._sheets.close()

    def _make_tiles(self, snapshot: Snapshot, runs: list[RunView]) -> None:
        dpg.delete_item(self._area, children_only=True)
        for tile in self._tiles.values():
            tile.close()
        order = {run.key: index for index, run in enumerate(snapshot.runs)}
        self._tiles = {
            run.key: _Tile(run.name, curve_colour(order[run.key]), self._kit, self._area)
            for run in runs
        }
        if not runs:
            text = "No sample pictures yet." if snapshot.runs else ""
            dpg.add_text(text, parent=self._area, color=TEXT_DIM)

    def _lay_out(self) -> None:
        """Make the pictures as large as there is room."""
        kit, tiles = self._kit, list(self._tiles.values())
        width, height = dpg.get_item_rect_size(self._area)
        if not tiles or width <= 0:
            return
        title, gap = kit.px(1.6), kit.px(0.6)
        aspect = max(tile.aspect for tile in tiles)
        columns = timelapse.best_columns(len(tiles), (width, height), aspect, title + gap)
        rows = -(-len(tiles) // columns)
        cell = ((width + gap) / columns, max((height + gap) / rows, kit.px(4)))
        for index, tile in enumerate(tiles):
            row, column = divmod(index, columns)
            at = (round(column * cell[0]), round(row * cell[1]))
            tile.place(at, (cell[0] - gap, cell[1] - title - gap))

    def _slide(self, _: Item, index: int) -> None:
        self._next = None
        if self._moments:
            self._model.choose(kimg=timelapse.at_position(self._moments, index))

    def _toggle_play(self) -> None:
        if self.is_playing or len(self._moments) < 2:
            self._next = None
            return
        self._next = time.monotonic() + SECS_PER_SHEET
        if self._model.choice.kimg is None:
            self._model.choose(kimg=self._moments[0])

    def _advance(self) -> None:
        if self._next is None or time.monotonic() < self._next:
            return
        index = timelapse.position(self._moments, self._model.choice.kimg) + 1
        kimg = timelapse.at_position(self._moments, index) if self._moments else None
        self._model.choose(kimg=kimg)
        self._next = None if kimg is None else time.monotonic() + SECS_PER_SHEET


class _Tile:
    """One run's picture."""

    def __init__(self, name: str, colour: tuple[int, int, int], kit: Kit, area: Item) -> None:
        self._kit, self._name, self._shown = kit, name, Shown()
        self._texture: Item = 0
        self._texture_size = (0, 0)
        self._sheet: Sheet | None = None
        self._image: Item = 0
        self._said = ""
        with boxes.group(parent=area) as self._group:
            self._text = dpg.add_text("", color=(*colour, 255))
            hint(self._text, name)

    @property
    def aspect(self) -> float:
        """Width by height."""
        width, height = self._texture_size
        return width / height if height else 1.0

    def show(self, kimg: float, sheet: Sheet | None) -> None:
        """Show a sheet; the one before stays while it is read."""
        if sheet is None or sheet is self._sheet:
            return
        self._sheet = sheet
        self._said = sheet.problem or f"{kimg:g} kimg"
        if sheet.rgba is not None:
            self._upload(sheet.rgba)

    def close(self) -> None:
        """Give the texture back; the image must be gone before."""
        if self._texture:
            dpg.delete_item(self._texture)

    def place(self, at: tuple[int, int], room: tuple[float, float]) -> None:
        """Put it somewhere, with so much room for the picture."""
        letters = int(room[0] / self._kit.em / 0.5) - len(self._said) - 3
        name = words.shortened(self._name, letters)
        self._shown.text(self._text, f"{name} · {self._said}" if letters > 2 else name)
        self._shown.configure(self._group, pos=at)
        if self._image:
            width, height = self._texture_size
            scale = min(room[0] / width, room[1] / height)
            self._shown.configure(
                self._image, width=round(width * scale), height=round(height * scale)
            )

    def _upload(self, rgba: np.ndarray) -> None:
        values: Any = rgba.ravel()
        size = (rgba.shape[1], rgba.shape[0])
        if size == self._texture_size:
            dpg.set_value(self._texture, values)
            return
        if self._image:
            dpg.delete_item(self._image)
        self.close()
        with boxes.texture_registry():
            self._texture = dpg.add_raw_texture(*size, values, format=dpg.mvFormat_Float_rgba)
        self._image = dpg.add_image(self._texture, parent=self._group)
        self._texture_size = size
        self._shown.forget()
