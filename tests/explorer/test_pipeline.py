"""Each change computes only what it reaches, and what comes out is what the formulas say."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.arrays import ArrayStore
from explorer.render.device import DeviceError
from explorer.render.engine import Superseded
from explorer.render.latents import LatentSource
from explorer.render.pipeline import LayerError, Pipeline
from explorer.render.reuse import ActivationCache
from explorer.request import request_from
from explorer.settings import (
    Compute,
    InputTransform,
    Latent,
    LayerView,
    MixSource,
    ModelRef,
    Noise,
    StyleMixing,
    Truncation,
    seed_latent,
)
from networks import create_model
from tests.fakes import TINY_W_AVG, TinyLibrary, tiny_settings, tiny_z

ONE_THREAD = Compute(threads=1)


class Desk:
    def __init__(self):
        self.library = TinyLibrary()
        self.pipeline = Pipeline(self.library, LatentSource(ArrayStore()))

    @property
    def ran(self):
        ran, self.library.generator.ran = self.library.generator.ran, []
        return ran

    def render(self, keep_going=None, **changes):
        changes.setdefault("compute", ONE_THREAD)
        return self.pipeline.render(request_from(tiny_settings(**changes)), keep_going)


def test_picture_by_hand():
    result = Desk().render(latent=seed_latent(3))
    expected = 2 * tiny_z(3)[:3] / 10
    assert np.allclose(result.img, expected[:, None, None] * np.ones((1, 8, 8)))
    assert result.rgba.shape == (8, 8, 4)
    assert result.rgba[0, 0, :3].tolist() == np.trunc(127.5 * expected + 128).tolist()
    assert result.layer.name == "output"
    assert (result.device, result.threads) == ("cpu", 1)
    assert [name for name, _ in result.timings.steps] == ["first", "second", "output"]


def test_psi_0_is_exactly_the_mean_image():
    result = Desk().render(latent=Latent(x=0.3, y=0.7), truncation=Truncation(0.0))
    w = torch.full((1,), TINY_W_AVG)
    assert np.array_equal(result.img, np.full((3, 8, 8), ((w + w) / 10).item(), dtype=np.float32))


@pytest.mark.parametrize(
    "view",
    [
        LayerView(mode="mono", base_channel=1),
        LayerView(mode="mosaic"),
        LayerView(normalise=True, gain_db=-6.0),
        LayerView(spectrum=True, spectrum_range_db=20.0, kaiser_beta=3.0),
        LayerView(layer="output"),
    ],
)
def test_showing_it_differently_runs_no_step(view):
    desk = Desk()
    first = desk.render()
    assert first.network_ran
    assert desk.ran == ["first", "second", "output"]
    again = desk.render(layer=view)
    assert desk.ran == []
    assert not again.network_ran
    assert again.timings.steps == ()


def test_only_steps_that_a_change_reaches_run():
    desk = Desk()
    desk.render()
    assert desk.ran == ["first", "second", "output"]
    desk.render(noise=Noise(seed=77))
    assert desk.ran == []
    desk.render(mixing=StyleMixing((MixSource(seed=5, weights=((1, 1.0),)),)))
    assert desk.ran == ["second", "output"]
    desk.render(mixing=StyleMixing((MixSource(seed=5, weights=((1, 1.0),)),)), noise=Noise("none"))
    assert desk.ran == ["second", "output"]
    desk.render(noise=Noise("none"))
    assert desk.ran == ["second", "output"]
    desk.render(noise=Noise("none", seed=8, strength=2.0))
    assert desk.ran == []
    desk.render(noise=Noise("random", seed=8))
    assert desk.ran == ["second", "output"]
    desk.render(latent=seed_latent(1), noise=Noise("random", seed=8))
    assert desk.ran == ["first", "second", "output"]


def test_another_model_starts_from_nothing():
    desk = Desk()
    first = request_from(tiny_settings(compute=ONE_THREAD))
    desk.pipeline.render(first)
    assert desk.ran == ["first", "second", "output"]
    other = replace(first, model=ModelRef("other", "99" * 32))
    with torch.no_grad():
        desk.library.generator.mapping.w_avg += 1
    desk.pipeline.render(replace(other, truncation=Truncation(0.0)))
    assert desk.ran == ["first", "second", "output"]
    desk.pipeline.render(replace(first, truncation=Truncation(0.0)))
    assert desk.ran == ["first", "second", "output"]


def test_beyond_the_budget_only_what_is_shown_is_kept():
    generator = TinyLibrary().generator
    cache = ActivationCache(budget_bytes=4 * 8 * 8 * 4)
    options = {"noise": "none", "noise_strength": 1.0, "input_transform": None, "force_fp32": False}
    inputs = generator.inputs(torch.ones(1, 2, 4), noise_seed=0, **options)
    cache.run("key", generator.steps(), inputs)
    generator.ran.clear()
    cache.run("key", generator.steps(), inputs)
    assert generator.ran == []
    cache.run("key", generator.steps(), inputs, until="second")
    assert generator.ran == ["second"]


def test_reused_activations_give_the_same_bytes_as_a_fresh_run():
    desk = Desk()
    noise = Noise("random", seed=3)
    for latent in (seed_latent(1), Latent(x=0.5), seed_latent(2)):
        desk.render(latent=latent)
        kept = desk.render(latent=latent, noise=noise)
        fresh = Desk().render(latent=latent, noise=noise)
        assert kept.rgba.tobytes() == fresh.rgba.tobytes()
        assert kept.img.tobytes() == fresh.img.tobytes()


def test_a_layer_stops_the_network_there_and_back_costs_the_rest():
    desk = Desk()
    result = desk.render(layer=LayerView(layer="first"))
    assert desk.ran == ["first"]
    assert result.img is None
    assert (result.layer.name, result.layer.channels) == ("first", 4)
    desk.render()
    assert desk.ran == ["second", "output"]
    desk.render(layer=LayerView(layer="second"))
    assert desk.ran == []


def test_equal_requests_give_equal_bytes_and_nothing_runs():
    desk = Desk()
    first, second = desk.render(), desk.render()
    assert first.rgba.tobytes() == second.rgba.tobytes()
    assert not second.network_ran


def test_stopping_between_steps_leaves_what_is_kept_usable():
    desk = Desk()
    answers = iter([True, False])
    with pytest.raises(Superseded):
        desk.render(keep_going=lambda: next(answers), latent=seed_latent(4))
    assert desk.ran == ["first"]
    result = desk.render(latent=seed_latent(4))
    assert desk.ran == ["second", "output"]
    assert np.allclose(result.img[:, 0, 0], 2 * tiny_z(4)[:3] / 10)


def test_what_is_wrong_is_a_sentence():
    with pytest.raises(LayerError, match="no layer b8"):
        Desk().render(layer=LayerView(layer="b8"))
    with pytest.raises(DeviceError, match="cuda:99"):
        Desk().render(compute=Compute(device="cuda:99"))


class RealLibrary:
    """A library of one real network with random weights."""

    def __init__(self, name, **fields):
        defaults = {"z_dim": 8, "w_dim": 8, "channel_base": 64, "channel_max": 8, "map_depth": 2}
        self.model = create_model(name, resolution=16, randomise=True, **(defaults | fields))
        self.model.ref = ModelRef("real", "00" * 32)

    def get(self, ref):
        return self.model

    def placed(self, loaded, device):
        return self.model.generator


@pytest.mark.parametrize("name", ["stylegan2", "stylegan3-t", "stylegan3-r"])
def test_real_network_equals_the_plain_calls(name):
    library = RealLibrary(name, c_dim=3)
    pipeline = Pipeline(library, LatentSource(ArrayStore()))
    transform = InputTransform(translate_x=0.1, translate_y=-0.05, rotate_turns=0.07)
    settings = tiny_settings(
        latent=seed_latent(6),
        truncation=Truncation(0.7, 3),
        noise=Noise("random", seed=5, strength=0.5),
        transform=transform,
        compute=ONE_THREAD,
    )
    request = request_from(settings)
    result = pipeline.render(request)

    stream = np.random.RandomState(6)
    z = torch.from_numpy(stream.randn(8).astype(np.float32))[None]
    c = torch.eye(3)[stream.randint(3)][None]
    generator = library.model.generator
    ws = generator.mapping(z, c, psi=0.7, cutoff=3)
    options = {"noise": "random", "noise_seed": 5, "noise_strength": 0.5}
    if name != "stylegan2":
        a = 2 * np.pi * 0.07
        forward = np.array([[np.cos(a), np.sin(a), 0.1], [-np.sin(a), np.cos(a), -0.05], [0, 0, 1]])
        options["input_transform"] = torch.from_numpy(np.linalg.inv(forward)).float()
    img = generator.synthesis(ws, **options)[0].numpy()
    assert np.abs(result.img - img).max() <= 1e-5 * np.abs(img).max()

    # Every layer, reused or captured alone, has the same bits.
    for layer in library.model.info.layers:
        shown = pipeline.activation(replace(request, layer=LayerView(layer=layer.name)))
        alone = Pipeline(library, LatentSource(ArrayStore())).activation(
            replace(request, layer=LayerView(layer=layer.name))
        )
        assert torch.equal(shown, alone), layer.name


def test_untransform_is_for_the_picture_and_runs_no_step():
    library = RealLibrary("stylegan3-t")
    pipeline = Pipeline(library, LatentSource(ArrayStore()))
    transform = InputTransform(translate_x=0.125)
    request = request_from(tiny_settings(transform=transform, compute=ONE_THREAD))
    plain = pipeline.render(request)
    back = pipeline.render(replace(request, transform=replace(transform, untransform=True)))
    assert not back.network_ran
    assert not np.array_equal(plain.img, back.img)
    layer = LayerView(layer="L0_36_8")
    names = [info.name for info in library.model.info.layers]
    layer = replace(layer, layer=names[1])
    shown = pipeline.render(replace(request, layer=layer))
    still = pipeline.render(
        replace(request, layer=layer, transform=replace(transform, untransform=True))
    )
    assert np.array_equal(shown.rgba, still.rgba)
