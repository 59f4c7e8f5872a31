"""A drag whose whole movement arrives with the release still counts."""

from __future__ import annotations

from dataclasses import replace

from explorer.panel_state import ModelStatus, TextureView
from explorer.settings import Settings
from tests.widgets.fake_state import full_state
from tests.widgets.headless import desk
from widgets.canvas import Canvas
from widgets.pads import pad


def test_a_flick_within_one_frame_moves_the_canvas_latent():
    canvas = Canvas()
    state = replace(
        full_state(),
        settings=Settings(),
        status=ModelStatus("ready"),
        picture=TextureView(1, 64, 64),
    )
    with desk(600, 600, 18) as table:

        def draw() -> Settings:
            return canvas.draw(Settings(), state, lambda action: None)

        table.settle(draw)
        table.mouse((300, 300))
        table.frame(draw)
        table.mouse((300, 300), True)
        assert table.frame(draw) == Settings()
        table.mouse((380, 300), False)
        moved = [table.frame(draw) for _ in range(3)]
    assert sum(settings.latent.x for settings in moved) > 0


def test_a_flick_within_one_frame_moves_a_pad():
    with desk(300, 300, 18) as table:

        def draw() -> tuple[float, float]:
            return pad("plane", 200, 200).delta_px

        table.settle(draw)
        table.mouse((100, 100))
        table.frame(draw)
        table.mouse((100, 100), True)
        table.frame(draw)
        table.mouse((160, 100), False)
        moved = [table.frame(draw) for _ in range(3)]
    assert sum(x for x, _ in moved) == 60
