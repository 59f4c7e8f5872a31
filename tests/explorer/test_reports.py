"""What a report from the worker changes in the window."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from explorer.app import reports
from explorer.request import RenderResult, request_from
from explorer.settings import ModelRef, Settings, seed_latent

SETTINGS = Settings(model=ModelRef("net.pkl", "0" * 64))


def result(seed: int) -> RenderResult:
    request = request_from(replace(SETTINGS, latent=seed_latent(seed)))
    assert request is not None
    return RenderResult(request, rgba=np.zeros((2, 2, 4), np.uint8))


def window(shown: RenderResult, wanted: RenderResult, arriving: RenderResult) -> Any:
    """As much of a controller as a result touches."""
    forgotten: list[bool] = []
    return SimpleNamespace(
        forgotten=forgotten,
        worker=SimpleNamespace(poll=lambda: [arriving], forget=lambda: forgotten.append(True)),
        watch=SimpleNamespace(poll=list),
        result=shown,
        request=wanted.request,
        current=shown.request == wanted.request,
        render_error=None,
        pictures=SimpleNamespace(show=lambda _: 0.1),
        rates=SimpleNamespace(rendered=lambda _: None),
        sessions=SimpleNamespace(end_restoring=lambda: None),
        look_for_devices=lambda: None,
        operators=SimpleNamespace(note_picture=lambda: None),
        timeline=SimpleNamespace(take=lambda *_: False),
    )


@pytest.mark.parametrize(
    "shown, wanted, arriving, kept",
    [
        (0, 0, 1, True),  # undo came back while another picture was under way
        (0, 2, 1, False),  # a drag shows every picture there is
        (0, 1, 1, False),
        (0, 0, 0, False),
    ],
)
def test_a_stale_picture_replaces_only_another_stale_one(shown, wanted, arriving, kept):
    before, after = result(shown), result(arriving)
    app = window(before, result(wanted), after)
    reports.take_all(app)
    assert app.result is (before if kept else after)
    assert bool(app.forgotten) == kept  # what was not shown must come again when it is wanted
