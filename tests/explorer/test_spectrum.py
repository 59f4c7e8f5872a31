"""Spectra peak where they must."""

import math

import numpy as np
import pytest
import torch

from explorer.render.spectrum import decibels, power_spectrum, radial_average_db, spectrum_picture


def wave(size, fx, fy):
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return torch.cos(2 * math.pi * (fx * x + fy * y) / size)[None]


@pytest.mark.parametrize("fx, fy", [(5, 0), (0, 9), (7, -3)])
def test_pure_wave_peaks_at_its_two_frequencies(fx, fy):
    size = 64
    power = power_spectrum(wave(size, fx, fy) + 3.0, kaiser_beta=8.0)
    top = torch.topk(power.flatten(), 2).indices
    places = {(int(i) % size - size // 2, int(i) // size - size // 2) for i in top}
    assert places == {(fx, fy), (-fx, -fy)}


def test_power_is_relative_to_its_mean():
    noise = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert float(power_spectrum(noise, kaiser_beta=8).mean()) == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize("height, width", [(12, 20), (13, 20), (12, 21), (9, 7)])
def test_equals_the_formula_in_float64(height, width):
    values = torch.randn(5, height, width, generator=torch.Generator().manual_seed(1))
    x = values.double().numpy()
    x = x - x.mean(axis=(1, 2), keepdims=True)
    x = x * np.outer(np.kaiser(height, 6), np.kaiser(width, 6))
    power = np.fft.fftshift((np.abs(np.fft.fft2(x)) ** 2).sum(axis=0))
    expected = 10 * np.log10(power / power.mean())
    assert np.abs(decibels(power_spectrum(values, kaiser_beta=6.0)) - expected).max() < 2e-3


def test_many_channels_are_summed_whatever_the_chunks(monkeypatch):
    values = torch.randn(7, 16, 16, generator=torch.Generator().manual_seed(2))
    whole = power_spectrum(values, kaiser_beta=8)
    monkeypatch.setattr("explorer.render.spectrum._CHUNK", 16 * 16 * 2)
    assert torch.allclose(power_spectrum(values, kaiser_beta=8), whole, rtol=1e-4)


def test_constant_activation_has_no_power_anywhere():
    power = power_spectrum(torch.full((2, 8, 8), 4.0), kaiser_beta=8)
    assert float(power.max()) < 1e-6
    assert np.all(np.isfinite(decibels(power)))


def test_radial_average_of_a_ring():
    size = 32
    y, x = np.mgrid[:size, :size] - size // 2
    ring = (np.rint(np.hypot(x, y)) == 6).astype(np.float32)
    radial = radial_average_db(torch.from_numpy(ring))
    assert radial.shape == (size // 2 + 1,)
    assert radial[6] == pytest.approx(0, abs=1e-6)
    assert np.all(np.delete(radial, 6) == -200)


def test_picture_spans_the_range():
    db = np.array([[-50.0, 50.0]], dtype=np.float32)
    assert spectrum_picture(db, 50.0)[0, :, 0].tolist() == [68, 253]
