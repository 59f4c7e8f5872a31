"""Previews: chosen by time and error, prepared by a job, reused by the exact picture."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.arrays import ArrayStore
from explorer.messages import PreparePreviews
from explorer.render.engine import Progress, Superseded
from explorer.render.jobs import units_of
from explorer.render.jobs.context import JobContext
from explorer.render.latents import LatentSource
from explorer.render.limits import Limits
from explorer.render.pipeline import Pipeline
from explorer.render.preview import MAX_ERROR, KnownModel, Previews, Readout
from explorer.render.preview_fit import FIT_PICTURES, TEST_PICTURES, readout_from, sample
from explorer.request import request_from
from explorer.settings import (
    Compute,
    InputTransform,
    LayerView,
    MixSource,
    ModelRef,
    Noise,
    Settings,
    StyleMixing,
    Truncation,
    seed_latent,
)
from networks import create_model

CPU = torch.device("cpu")
FIELDS = {"z_dim": 8, "w_dim": 8, "channel_base": 512, "channel_max": 16, "map_depth": 2}


def steps_named(*names):
    return tuple(SimpleNamespace(name=name) for name in names)


STEPS = steps_named("a", "b", "c", "d", "output")


def known(errors, step_ms=10.0, readout_ms=2.0):
    model = KnownModel()
    model.step_ms = {step.name: step_ms for step in STEPS}
    for index, error in errors.items():
        model.readouts[index] = Readout(index, 8, torch.eye(4, 3), error)
        model.readout_ms[index] = readout_ms
    return model


@pytest.mark.parametrize(
    "budget_ms, usable, index",
    [
        (60, (), None),  # the picture itself fits
        (49, (), 3),
        (33, (), 2),
        (31, (), 1),  # three steps and the read-out would take 32
        (5, (), 0),  # nothing fits: the quickest, well below half of the picture's 50
        (20, (0, 1, 2), None),  # two steps are left
        (19, (0, 1, 2), 3),
        (13, (0, 1), 2),
        (3, (0, 1), 1),  # its step is there: only reading out takes time
        (0.5, (0, 1, 2), 2),  # nothing fits
    ],
)
def test_the_deepest_that_fits_is_chosen(budget_ms, usable, index):
    chosen = known(dict.fromkeys(range(4), 0.1)).choose(STEPS, usable, budget_ms)
    assert (None if chosen is None else chosen.index) == index


def test_what_is_too_far_off_is_never_chosen():
    model = known({0: MAX_ERROR * 1.01, 1: MAX_ERROR, 2: 0.1})
    assert model.choose(STEPS, (), 5).index == 1
    assert known({0: MAX_ERROR * 1.01}).choose(STEPS, (), 15) is None


def test_a_preview_that_spares_little_is_not_worth_it():
    assert known({1: 0.1}, readout_ms=4.9).choose(STEPS, (), 5).index == 1
    assert known({1: 0.1}, readout_ms=5.1).choose(STEPS, (), 5) is None


def test_without_times_the_picture_itself_is_made():
    model = known({0: 0.1})
    del model.step_ms["c"]
    assert model.choose(STEPS, (), 5) is None


def test_colours_are_fitted_on_the_first_and_measured_on_the_others():
    rng = torch.Generator().manual_seed(1)
    mixing = torch.tensor([[2.0, 0.5, 0], [0, 1, 0], [0.1, 0, -1]])

    def pair(noise):
        rough = torch.randn(1, 3, 8, 8, generator=rng)
        exact = torch.einsum("nchw,dc->ndhw", rough, mixing) + 0.25
        off = noise * torch.randn(1, 3, 8, 8, generator=rng)
        return sample(rough, (exact + off).repeat_interleave(2, 2).repeat_interleave(2, 3))

    samples = [pair(0) for _ in range(FIT_PICTURES)] + [pair(0.5) for _ in range(TEST_PICTURES)]
    readout = readout_from(3, 8, samples, CPU)
    expected = torch.cat([mixing.T, torch.full((1, 3), 0.25)])
    assert torch.allclose(readout.colours, expected, atol=2e-3)
    variation = float((mixing.square().sum() + 3 * 0.25) / 3) ** 0.5
    assert readout.error == pytest.approx(0.5 / variation, rel=0.1)


def test_pictures_that_are_all_alike_or_broken_allow_no_preview():
    grey = sample(torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 16, 16))
    assert readout_from(0, 8, [grey] * 6, CPU).error == float("inf")
    broken = sample(torch.full((1, 3, 8, 8), torch.nan), torch.randn(1, 3, 16, 16))
    assert readout_from(0, 8, [broken] * 6, CPU).error == float("inf")


class Desk:
    """A real network of random weights, its pipeline, and what is known about its previews."""

    def __init__(self, name="stylegan2", budget_ms=1e-3, **fields):
        model = create_model(name, resolution=32, **(FIELDS | fields))
        self.generator = model.generator
        ref = ModelRef("m", "m")
        loaded = SimpleNamespace(ref=ref, info=model.info, model=model)
        self.library = SimpleNamespace(get=lambda _: loaded, placed=lambda *_: model.generator)
        self.previews, self.arrays = Previews(), ArrayStore()
        self.budget_ms = budget_ms
        self.pipeline = self.make()
        settings = Settings(model=ref, latent=seed_latent(1), compute=Compute(threads=1))
        self.request = request_from(settings)

    def make(self):
        latents = LatentSource(self.arrays)
        limits = lambda: Limits(preview_ms=self.budget_ms)  # noqa: E731
        return Pipeline(self.library, latents, limits, self.previews)

    def prepare(self, keep_going=lambda: True):
        context = JobContext(1, self.make(), None, self.arrays, keep_going, self.previews)
        return list(units_of(context, PreparePreviews(self.request)))

    def slow(self, step_ms=10.0):
        """Pretend to have measured how long everything takes."""
        self.known().step_ms = {step.name: step_ms for step in self.generator.steps()}
        self.known().readout_ms = dict.fromkeys(self.known().readouts, 1.0)

    def known(self):
        return self.previews.of(self.pipeline.place(self.request).weights_key)


@pytest.fixture
def desk():
    desk = Desk()
    assert all(isinstance(unit, Progress) for unit in desk.prepare())
    desk.slow()
    return desk


def test_nothing_is_previewed_before_the_job(desk):
    other = Desk()
    other.pipeline.render(other.request)
    assert other.pipeline.preview(replace(other.request, latent=seed_latent(2))) is None
    assert desk.pipeline.preview(desk.request) is not None


def test_a_preview_says_what_it_is_and_is_near(desk):
    names = [step.name for step in desk.generator.steps()]
    desk.budget_ms = 10.0 * (names.index("b16.torgb") + 1) + 2
    rough = desk.pipeline.preview(desk.request)
    assert (rough.exact, rough.preview.step, rough.preview.side) == (False, "b16.torgb", 16)
    assert rough.request == desk.request
    assert rough.img is None
    assert rough.rgba.shape == (32, 32, 4)
    exact = desk.pipeline.render(desk.request)
    assert exact.exact
    assert exact.timings.reused[-1] == "b16.torgb"
    difference = rough.rgba.astype(float) - exact.rgba
    variation = exact.rgba[:, :, :3].astype(float)
    variation -= variation.mean((0, 1))
    error = np.sqrt(np.square(difference[:, :, :3]).mean() / np.square(variation).mean())
    assert error < 0.5  # of a picture that is enlarged; the stated error is at 16 pixels
    assert 0 < rough.preview.error < 0.3


def test_the_exact_picture_after_a_preview_is_that_of_a_fresh_run(desk):
    for seed in range(4):
        desk.slow()
        request = replace(desk.request, latent=seed_latent(seed))
        assert not desk.pipeline.preview(request).exact
        after = desk.pipeline.render(request)
        fresh = desk.make().render(request)
        assert after.rgba.tobytes() == fresh.rgba.tobytes()
        assert after.img.tobytes() == fresh.img.tobytes()
        assert 0 < len(after.timings.steps) < len(fresh.timings.steps)


def test_a_late_style_shows_although_only_reading_out_is_left(desk):
    """The short cut reads the rows of later layers: no step has to run to show them."""
    desk.pipeline.render(desk.request)
    before = desk.pipeline.preview(replace(desk.request, latent=seed_latent(1)))
    assert before is None  # nothing is left to do
    row = desk.generator.num_ws - 1
    mixed = StyleMixing((MixSource(seed=9, weights=((row, 1.0), (row - 1, 1.0))),))
    desk.slow(1000.0)
    rough = desk.pipeline.preview(replace(desk.request, mixing=mixed))
    assert rough.timings.steps == ()
    plain = desk.make().preview(desk.request)
    assert np.abs(rough.rgba.astype(int) - plain.rgba).max() > 20


@pytest.mark.parametrize(
    "changes",
    [
        {"layer": LayerView(layer="b8.conv0")},
        {"layer": LayerView(mode="mosaic")},
        {"layer": LayerView(mode="mono", base_channel=1)},
        {"layer": LayerView(normalise=True)},
        {"layer": LayerView(spectrum=True)},
    ],
)
def test_only_the_plain_picture_is_previewed(desk, changes):
    assert desk.pipeline.preview(replace(desk.request, **changes)) is None
    desk.slow()
    brighter = LayerView(layer="output", gain_db=6.0)
    assert desk.pipeline.preview(replace(desk.request, layer=brighter)) is not None


def test_a_budget_of_0_and_a_quick_network_have_none(desk):
    desk.budget_ms = 0
    assert desk.pipeline.preview(desk.request) is None
    desk.budget_ms = 1e6
    assert desk.pipeline.preview(desk.request) is None


def test_stylegan3_is_previewed_moved_and_moved_back():
    desk = Desk("stylegan3-r", num_layers=8)
    desk.prepare()
    desk.slow()
    desk.budget_ms = 75.0
    moved = replace(desk.request, transform=InputTransform(translate_x=0.25))
    rough, exact = desk.pipeline.preview(moved), desk.make().render(moved)
    assert rough.preview.error < 0.3
    assert np.abs(rough.rgba[:, :, 0].astype(float) - exact.rgba[:, :, 0]).mean() < 10
    back = replace(moved, transform=InputTransform(translate_x=0.25, untransform=True))
    desk.slow()
    still = desk.make().preview(back)
    assert not np.array_equal(still.rgba, rough.rgba)


def test_the_job_stops_between_steps_and_leaves_nothing_behind():
    desk = Desk()
    answers = iter([True] * 5)
    with pytest.raises(Superseded):
        desk.prepare(lambda: next(answers, False))
    assert desk.known().readouts == {}
    desk.prepare()
    assert desk.known().readouts
    assert desk.prepare() == []  # known already


def test_preparing_reads_no_setting_that_moves(desk):
    other = Desk()
    other.request = replace(
        other.request, truncation=Truncation(0.2), noise=Noise("none"), latent=seed_latent(77)
    )
    other.prepare()
    for index, readout in desk.known().readouts.items():
        assert torch.equal(readout.colours, other.known().readouts[index].colours)
        assert readout.error == other.known().readouts[index].error
