"""The monitor's window: panels in their places, one loop that draws them."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg

from train.monitor import memory as remembered
from train.monitor import words
from train.monitor.memory import Memory
from train.monitor.model import MonitorModel
from train.monitor.snapshot import Snapshot
from train.monitor.view.banner import Banner
from train.monitor.view.curves import CurvesPanel
from train.monitor.view.focus import FocusPanel
from train.monitor.view.look import FONT_PX, TEXT_DIM, apply_theme, load_fonts
from train.monitor.view.parts import Kit, Shown, boxes, hint
from train.monitor.view.samples import SamplesPanel
from train.monitor.view.table import Table
from train.processes import start_mark

TITLE = "Training monitor"
# Seconds since somebody moved something, and between two frames from then on.
PACES = ((20.0, 1 / 3), (1.5, 1 / 8), (0.0, 1 / 30))


@dataclass(frozen=True)
class Ending:
    """For tests and pictures: end by itself, keep what was last on screen and print what it was.

    screenshot: PNG to write; None = none.
    after_secs: None = only when it is closed.
    """

    screenshot: Path | None = None
    after_secs: float | None = None


class Window:
    """Shows a model until it is closed.

    Args:
        memory_file: what is remembered is kept there; None = nowhere.
    """

    def __init__(self, model: MonitorModel, memory: Memory, memory_file: Path | None) -> None:
        self._model, self._memory, self._file = model, memory, memory_file
        self._next_scale = memory.scale
        self._kit: Any = None
        self._shown = Shown()
        self._moved = time.monotonic()
        self._mouse: object = None
        self._boxes: dict[str, int | str] = {}

    def run(self, ending: Ending) -> None:
        """Open the window, and return when it is closed."""
        started = time.monotonic()
        dpg.create_context()
        try:
            dpg.configure_app(manual_callback_management=True)
            self._build()
            width, height = self._memory.size
            least_width, least_height = remembered.LEAST_SIZE
            dpg.create_viewport(
                title=TITLE,
                width=width,
                height=height,
                min_width=least_width,
                min_height=least_height,
                clear_color=(17, 19, 23, 255),
            )
            dpg.setup_dearpygui()
            dpg.show_viewport()
            self._model.start()
            self._loop(started, ending)
        finally:
            self._model.close()
            self._samples.close()
            dpg.destroy_context()

    def _build(self) -> None:
        em = FONT_PX * self._memory.scale
        fonts = load_fonts(self._memory.scale)
        self._kit = kit = Kit(em, fonts)
        if "text" in fonts:
            dpg.bind_font(fonts["text"])
        else:
            dpg.set_global_font_scale(self._memory.scale)
        apply_theme(em)
        self._banner, self._table = Banner(self._model, kit), Table(self._model, kit)
        self._curves, self._samples = CurvesPanel(self._model, kit), SamplesPanel(self._model, kit)
        self._focus = FocusPanel(self._model, kit)
        with boxes.window(no_scrollbar=True) as root:
            self._header()
            self._banner.build()
            with boxes.group() as self._all:
                with _panel() as self._boxes["table"]:
                    self._table.build()
                with boxes.group(horizontal=True):
                    with _panel() as self._boxes["curves"]:
                        self._curves.build()
                    with _panel() as self._boxes["samples"]:
                        self._samples.build()
                with _panel() as self._boxes["focus"]:
                    self._focus.build()
            with boxes.group(show=False) as self._empty:
                dpg.add_spacer(height=kit.px(6))
                title = dpg.add_text("No runs here yet", indent=kit.px(2))
                kit.font(title, "title")
                self._where = dpg.add_text("", indent=kit.px(2), color=TEXT_DIM)
        dpg.set_primary_window(root, True)

    def _header(self) -> None:
        kit = self._kit
        with boxes.group(horizontal=True):
            title = dpg.add_text(TITLE)
            kit.font(title, "title")
            self._summary = dpg.add_text("", color=TEXT_DIM)
            self._space = dpg.add_spacer()
            scale = dpg.add_combo(
                [f"{value:.0%}" for value in remembered.SCALES],
                default_value=f"{self._memory.scale:.0%}",
                width=kit.px(5),
                callback=self._choose_scale,
            )
            hint(scale, "Size of text and controls; counts from the next start.")

    def _choose_scale(self, _: int, text: str) -> None:
        self._next_scale = float(text.rstrip("%")) / 100

    def _loop(self, started: float, ending: Ending) -> None:
        first, last_picture = True, False
        while dpg.is_dearpygui_running():
            frame = time.monotonic()
            dpg.run_callbacks(dpg.get_callback_queue())
            self._update(self._model.snapshot)
            dpg.render_dearpygui_frame()
            if first and ending.after_secs is not None:
                first = False
                secs = time.monotonic() - started
                print(f"window after {secs:.2f} s, {_own_secs():.2f} s from the start", flush=True)
            if ending.after_secs is not None and frame - started > ending.after_secs:
                if last_picture or ending.screenshot is None:
                    break
                last_picture = True
                _save_picture(ending.screenshot)
                shown = {"rows": self._table.rows(), "torch": "torch" in sys.modules}
                print(json.dumps(shown), flush=True)
            self._rest(frame)
        if self._file is not None:
            size = (dpg.get_viewport_width(), dpg.get_viewport_height())
            kept = replace(self._memory, size=size, choice=self._model.choice)
            remembered.save(self._file, remembered.rescaled(kept, self._next_scale))

    def _rest(self, frame: float) -> None:
        """Leave the processor to the training: few frames while nothing moves."""
        mouse = (dpg.get_mouse_pos(local=False), dpg.is_mouse_button_down(0))
        if mouse != self._mouse or self._samples.is_playing:
            self._mouse, self._moved = mouse, frame
        secs = next(secs for idle, secs in PACES if frame - self._moved >= idle)
        time.sleep(max(secs - (time.monotonic() - frame), 0.001))

    def _update(self, snapshot: Snapshot) -> None:
        active = sum(run.status.is_active for run in snapshot.runs)
        runs = f"{words.plural(len(snapshot.runs), 'run')}, {active} at work"
        where = ", ".join(map(str, snapshot.folders))
        self._shown.text(self._summary, f"{where}   ·   {runs}" if snapshot.runs else where)
        has_banner = self._banner.update(snapshot)
        has_runs = bool(snapshot.runs)
        self._shown.configure(self._all, show=has_runs)
        self._shown.configure(self._empty, show=not has_runs)
        text = f"Watching {where}. A run appears as soon as its folder is made, for example by\n"
        text += f"python main.py train --data DATA --outdir {where or 'RUNS'} --background"
        self._shown.text(self._where, text)
        self._lay_out(has_banner, len(snapshot.runs))
        if has_runs:
            for panel in (self._table, self._curves, self._samples, self._focus):
                panel.update(snapshot)

    def _lay_out(self, has_banner: bool, runs: int) -> None:
        """Share the window out: a row per run as far as they fit, the rest to curves and log."""
        px = self._kit.px
        width = dpg.get_viewport_client_width() - px(1.3)
        height = dpg.get_viewport_client_height() - px(3.5)
        height -= self._banner.height + px(0.4) if has_banner else 0
        table = min(px(3.7 + 2.05 * max(runs, 2)), round(height * 0.32))
        focus = min(px(13), round(height * 0.23))
        middle = max(height - table - focus - px(0.8), px(8))
        left = round((width - px(0.5)) * 0.58)
        sizes = {
            "table": (width, table),
            "curves": (left, middle),
            "samples": (width - left - px(0.5), middle),
            "focus": (width, focus),
        }
        for name, (w, h) in sizes.items():
            self._shown.configure(self._boxes[name], width=w, height=h)
        end = dpg.get_item_pos(self._summary)[0] + dpg.get_item_rect_size(self._summary)[0]
        taken = end + px(5 + 2 * 0.5 - 0.65)
        self._shown.configure(self._space, width=max(width - taken, 1))


def _save_picture(path: Path) -> None:
    """Write the window as PNG; it takes another frame."""
    dpg.output_frame_buffer(str(path))
    for _ in range(3):
        dpg.render_dearpygui_frame()


def _own_secs() -> float:
    """Return how long this process has existed, where /proc says it; else nan."""
    try:
        now = float(Path("/proc/uptime").read_text("utf-8").split()[0])
        return now - int(start_mark(os.getpid())) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return float("nan")


def _panel() -> Any:
    return boxes.child_window(border=False, always_use_window_padding=True, no_scrollbar=True)
