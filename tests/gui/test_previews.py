"""A slow model in the real window: previews while the hand moves, exact pictures at rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from imgui_bundle import imgui
from PIL import Image

from explorer.actions import Apply, Capture
from explorer.cli import main
from explorer.render.preview import MAX_ERROR
from explorer.request import RenderResult
from explorer.settings import MixSource, StyleMixing, seed_latent
from networks import create_model, save_model
from tests.gui.harness import Driver, drive
from widgets.canvas_badges import time_text


@pytest.fixture(scope="module")
def slow_model(tmp_path_factory):
    """A narrow StyleGAN2 of 512 pixels whose weights are random: some 100 ms a picture."""
    path = tmp_path_factory.mktemp("models") / "slow.safetensors"
    fields = {"z_dim": 64, "w_dim": 64, "channel_base": 4096, "channel_max": 64, "map_depth": 2}
    save_model(create_model("stylegan2", resolution=512, seed=3, **fields), path)
    return str(path)


def prepared(d: Driver) -> None:
    """Wait until the job in the background has found out how previews look."""
    job = "Preparing previews"
    d.wait(lambda: d.app.preview_jobs.asked is not None, job)
    d.frames(2)  # the job may be over by now, or is about to be seen
    d.wait(lambda: not d.app.worker.busy and not d.app.jobs, f"the end of {job}", 120)


def test_previews_while_dragging_and_the_exact_picture_at_rest(home, slow_model, tmp_path):
    rough: list[RenderResult] = []
    badges: set[str] = set()

    def note(d: Driver) -> None:
        shown = d.app.preview
        if shown is None or (rough and rough[-1] is shown):
            return
        rough.append(shown)
        badges.add(time_text(d.app.state.shown, current=d.app.state.current)[:7])
        assert not d.app.current
        assert d.app.pictures.picture.width == 512

    def script(d: Driver) -> None:
        d.app.set_preferences(replace(d.app.preferences, preview_ms=5))
        d.type("Controls/##seed", 5)
        prepared(d)
        before = d.picture()
        d.show("Canvas/##canvas")
        d.ctx.mouse_move("//Canvas/##canvas")
        d.ctx.mouse_down(0)
        start = imgui.get_io().mouse_pos
        for count in range(1, 400):
            d.ctx.mouse_move_to_pos((start.x + count % 200, start.y + count / 4))
            d.frames(1)
            note(d)
            if len(rough) == 6:
                break
        d.ctx.mouse_up(0)
        after = d.picture()
        assert d.app.preview is None
        assert d.app.result.exact
        assert time_text(d.app.state.shown, current=d.app.state.current)[:5] == "Exact"
        assert not np.array_equal(before, after)
        d.menu("Edit/###undo")
        assert np.array_equal(d.picture(), before)
        d.menu("Edit/###redo")
        assert np.array_equal(d.picture(), after)
        session = d.app.sessions.text(d.settings, d.app.view)
        (tmp_path / "session.json").write_text(session, "utf-8")
        Image.fromarray(after[:, :, :3]).save(tmp_path / "window.png")

    drive(script, slow_model)
    assert len(rough) == 6, "previews must follow each other while the hand moves"
    assert badges == {"Preview"}
    assert all(result.preview.error <= MAX_ERROR for result in rough)
    assert len({result.rgba.tobytes() for result in rough}) > 3

    out = tmp_path / "out"
    assert main(["render", "--session", str(tmp_path / "session.json"), "--out", str(out)]) == 0
    (picture,) = out.glob("*.png")
    assert np.array_equal(np.asarray(Image.open(picture)), Image.open(tmp_path / "window.png"))


def test_a_capture_in_the_middle_of_a_drag_is_exact(home, slow_model, tmp_path):
    def script(d: Driver) -> None:
        d.app.set_preferences(
            replace(d.app.preferences, preview_ms=5, capture_folder=str(tmp_path))
        )
        d.type("Controls/##seed", 5)
        prepared(d)
        d.app.emit(Apply(replace(d.settings, latent=seed_latent(8)), "Test"))
        d.wait(lambda: d.app.preview is not None, "a preview")
        d.app.emit(Capture("picture"))
        d.wait(lambda: any(tmp_path.glob("*.png")), "the capture")
        (path,) = tmp_path.glob("*seed0008.png")
        d.wait_current()
        assert np.array_equal(np.asarray(Image.open(path)), d.app.result.rgba[:, :, :3])

    drive(script, slow_model)


def test_the_performance_panel_switches_previews_off_and_forgets_layers(home, slow_model):
    rough: list[RenderResult] = []

    def script(d: Driver) -> None:
        d.app.set_preferences(replace(d.app.preferences, preview_ms=5))
        d.type("Controls/##seed", 5)
        prepared(d)
        d.type("Performance/##preview_ms", 0)
        assert d.app.preferences.preview_ms == 0
        for seed in range(3):
            d.app.emit(Apply(replace(d.settings, latent=seed_latent(seed)), "Test"))
            d.frames(1)
            while not d.app.current:
                rough.extend([] if d.app.preview is None else [d.app.preview])
                d.frames(1)
        last = replace(d.settings.noise, strength=0.5)
        d.apply(replace(d.settings, noise=last))
        d.wait_current()
        late = StyleMixing((MixSource(seed=9, weights=((15, 1.0),)),))
        d.apply(replace(d.settings, mixing=late))
        d.wait_current()
        assert d.app.result.timings.reused
        d.type("Performance/##keep_mb", 0)
        d.apply(replace(d.settings, noise=replace(last, strength=0.75)))
        d.wait_current()
        d.apply(replace(d.settings, mixing=StyleMixing()))
        d.wait_current()
        assert not d.app.result.timings.reused

    drive(script, slow_model)
    assert rough == []
