"""Drive the real window by the names of its items, without a screen.

Dear ImGui Test Engine moves the mouse and types; it is used in tests only and has a licence of its
own. The script runs in a thread of the engine's, between frames. After one failed step the engine
ignores all later ones and the run fails in the end: assert on the application's state.

Items are named "Window/id": "Controls/##seed", "Canvas/##canvas"; menus "Edit/###undo".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from imgui_bundle import imgui
from numpy.typing import NDArray

from explorer.actions import Apply
from explorer.display import prepare_platform

WAIT_SECS = 30.0
SIZE = (1280, 800)


@dataclass
class Driver:
    """What a script gets: the engine's context, the application and its window."""

    ctx: Any  # imgui.test_engine.TestContext
    app: Any  # explorer.app.controller.Controller
    window: Any  # explorer.app.window.Window

    @property
    def settings(self) -> Any:
        return self.app.history.current

    def frames(self, count: int = 2) -> None:
        self.ctx.yield_(count)

    def wait(self, condition: Callable[[], bool], what: str, timeout: float = WAIT_SECS) -> None:
        """Let frames pass until `condition` holds; fewer of them after the first second.

        What takes long is done by others, who need the processors that frames would use.
        """
        started = time.monotonic()
        while not condition():
            waited = time.monotonic() - started
            assert waited < timeout, f"still waiting for {what} after {timeout} s"
            self.ctx.yield_()
            time.sleep(0.002 if waited < 1 else 0.05)

    def wait_current(self, timeout: float = WAIT_SECS) -> None:
        """Let frames pass until the picture is the one the settings ask for."""
        self.frames(2)
        error = self.app.render_error
        self.wait(lambda: self.app.current, f"a picture ({error})", timeout)
        self.frames(1)

    def picture(self) -> NDArray[np.uint8]:
        """Return the pixels on screen once they are current, [H, W, 4]."""
        self.wait_current()
        return self.app.result.rgba.copy()

    def picture_bytes(self) -> bytes:
        return self.picture().tobytes()

    def apply(self, settings: Any, label: str = "Test") -> None:
        """Make settings current as one edit, at the end of the next frame."""
        self.app.emit(Apply(settings, label))
        self.frames(2)

    def click(self, item: str, button: int = 0) -> None:
        self.show(item)
        self.ctx.item_click(f"//{item}", button)
        self.frames(1)

    def double_click(self, item: str) -> None:
        self.show(item)
        self.ctx.item_double_click(f"//{item}")
        self.frames(1)

    def type(self, item: str, value: float | int | str) -> None:
        """Type a value into a field or a slider, as Ctrl+click does."""
        self.show(item)
        self.ctx.item_input_value(f"//{item}", value)
        self.frames(2)

    def drag(self, item: str, dx: float, dy: float = 0.0) -> None:
        self.show(item)
        self.ctx.item_drag_with_delta(f"//{item}", imgui.ImVec2(dx, dy))
        self.frames(2)

    def menu(self, path: str) -> None:
        self.ctx.set_ref("//##MainMenuBar")
        self.ctx.menu_click(path)
        self.frames(2)

    def keys(self, chord: int) -> None:
        self.ctx.key_press(chord)
        self.frames(2)

    def exists(self, item: str) -> bool:
        self.show(item)
        return self.ctx.item_exists(f"//{item}")

    def show(self, item: str) -> None:
        """Bring the tab of the item's window to the front."""
        title = item.split("/")[0]
        if title in {panel.title for panel in _panels()} and title not in self.app.drawn_panels:
            self.ctx.window_focus(f"//{title}")
            self.frames(2)


def _panels() -> Any:
    from explorer.app.panels import PANELS

    return PANELS


Script = Callable[[Driver], None]


def drive(
    script: Script,
    model_path: str | None = None,
    *,
    worker: Any = None,
    size: tuple[int, int] = SIZE,
    scale: float = 1.0,
    idling: bool = False,
    fps_limit: int = 0,
    quits: bool = False,
    mistakes: bool = False,
) -> Any:
    """Start the application, run `script`, close it; returns the controller.

    Args:
        model_path: opened at the start and waited for; None = as the last time.
        worker:     makes the worker; None = the real one.
        fps_limit:  0 = frames as fast as they can be drawn.
        quits:      the script ends the application itself.
        mistakes:   whether exceptions in panels are expected.
    """
    prepare_platform()
    from imgui_bundle.immapp import testing

    from explorer.app.controller import Controller
    from explorer.app.window import Window

    app = Controller(model_path, worker=worker, native_dialogs=False)
    app.preferences = replace(app.preferences, fps_limit=fps_limit)
    window = Window(app, size=size, scale=scale, remember=False)
    window.params.fps_idling.enable_idling = idling

    def run(ctx: Any) -> None:
        driver = Driver(ctx, app, window)
        driver.frames(3)
        if model_path is not None:
            driver.wait_current()
        script(driver)

    try:
        testing.run(
            test_function=run,
            runner_params=window.params,
            add_ons_params=window.add_ons(),
            run_speed=testing.TestRunSpeed.fast,
        )
    except RuntimeError as error:
        if not quits or "exited before the test finished" not in str(error):
            raise
    finally:
        app.close()
    assert mistakes or app.mistakes == 0, "\n".join(app.notices.lines())
    return app
