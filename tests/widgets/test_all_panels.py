"""What holds for every panel: it draws in every state and size, and changes nothing by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.settings import (
    ClassChoice,
    Compute,
    LayerView,
    MixSource,
    Settings,
    StyleMixing,
    Truncation,
)
from tests.widgets.fake_state import (
    empty_state,
    failed,
    full_state,
    loading,
    missing,
    stylegan2_info,
    stylegan3_info,
)
from tests.widgets.headless import desk
from tests.widgets.panels import all_panels
from widgets.about_ui import about_ui
from widgets.shortcuts_ui import shortcuts_ui

STATES = {
    "empty": empty_state(),
    "stylegan2": full_state(),
    "stylegan2 without classes": full_state(stylegan2_info(c_dim=0)),
    "stylegan3": full_state(stylegan3_info()),
    "failed": failed(full_state()),
    "missing": missing(full_state()),
    "loading": loading(full_state()),
}
PANELS = tuple(all_panels())
WIDTHS = ((300, 12), (300, 16), (450, 24), (260, 24))


def no_action(action: object) -> None:
    pytest.fail(f"nothing was touched, and yet {action} was asked for")


@pytest.mark.parametrize("font_px", [12, 18, 24])
@pytest.mark.parametrize("name", PANELS)
def test_panel_draws_in_every_state_and_leaves_the_settings_alone(name: str, font_px: float):
    with desk(420, 900, font_px) as table:
        for state in STATES.values():
            draw = all_panels()[name]
            for _ in range(3):
                settings = state.settings
                assert table.frame(lambda s=state, d=draw: d(s.settings, s, no_action)) is settings


def settings_of_another_model() -> Settings:
    """Return settings whose rows, class and layer the open model does not have."""
    settings = STATES["stylegan2"].settings
    return replace(
        settings,
        truncation=Truncation(0.5, 40),
        classes=ClassChoice("blend", ((900, 1.0), (3, 1.0))),
        layer=LayerView("L99_1024_3", base_channel=5000),
        mixing=StyleMixing((MixSource(1, weights=((30, 1.0),)),)),
        compute=Compute("cuda:7", threads=512),
    )


@pytest.mark.parametrize("name", PANELS)
def test_settings_of_another_model_are_drawn_and_kept(name: str):
    settings = settings_of_another_model()
    state = replace(STATES["stylegan2"], settings=settings)
    with desk(420, 900) as table:
        draw = all_panels()[name]
        assert table.settle(lambda: draw(settings, state, no_action)) is settings


@pytest.mark.parametrize("width, font_px", WIDTHS)
@pytest.mark.parametrize("name", PANELS)
def test_nothing_reaches_beyond_a_narrow_panel(name: str, width: float, font_px: float):
    with desk(width, 4000, font_px) as table:
        for title, state in STATES.items():
            draw = all_panels()[name]
            table.settle(lambda s=state, d=draw: d(s.settings, s, no_action))
            assert table.used[0] <= table.inner[0] + 1, f"{title}: {table.used} of {table.inner}"


def test_about_and_shortcuts_open_and_stay_closed():
    groups = {"File": (("Ctrl+O", "Open model…"),)}
    with desk() as table:
        assert table.settle(lambda: about_ui(True, "1.0")) is True
        assert table.settle(lambda: shortcuts_ui(True, groups)) is True
        assert table.settle(lambda: about_ui(False)) is False
        assert table.settle(lambda: shortcuts_ui(False, groups)) is False
