"""Animation moves in units per second, whatever the frame rate."""

import math
from dataclasses import replace

import pytest

from explorer.animation import ORBIT_RADIUS, NoiseClock, animate
from explorer.settings import Animation, InputTransform, Noise, Settings


def run(settings: Settings, secs: float, fps: int) -> Settings:
    for _ in range(round(secs * fps)):
        settings = animate(settings, 1 / fps)
    return settings


def test_nothing_animated_returns_the_same_object():
    settings = Settings()
    assert animate(settings, 1.0) is settings


@pytest.mark.parametrize("fps", [10, 60, 144])
def test_latent_speed_is_per_second_and_not_per_frame(fps: int):
    settings = run(Settings(animation=Animation(latent=True, latent_speed=2.0)), 3.0, fps)
    assert settings.latent.x == pytest.approx(6.0)


def test_a_stuck_window_does_not_make_the_latent_jump():
    settings = Settings(animation=Animation(latent=True, latent_speed=1.0))
    assert animate(settings, 60.0).latent.x <= 0.25


def test_rotation_stays_within_half_a_turn():
    settings = Settings(animation=Animation(rotate=True, rotate_speed=1.0))
    for _ in range(100):
        settings = animate(settings, 0.07)
        assert -0.5 <= settings.transform.rotate_turns <= 0.5


@pytest.mark.parametrize("start", [(0.0, 0.0), (0.4, -0.3), (0.01, 0.0)])
def test_orbit_settles_into_a_circle_of_its_radius(start: tuple[float, float]):
    settings = Settings(
        transform=InputTransform(*start),
        animation=Animation(translate=True, translate_speed=0.05),
    )
    settings = run(settings, 60.0, 60)
    radii = []
    for _ in range(300):
        settings = animate(settings, 1 / 60)
        radii.append(math.hypot(settings.transform.translate_x, settings.transform.translate_y))
    assert max(radii) - min(radii) < 0.01
    assert max(radii) == pytest.approx(ORBIT_RADIUS, abs=0.01)


@pytest.mark.parametrize("path", ["line", "eight"])
def test_other_paths_return_to_where_they_started(path):
    animation = Animation(translate=True, translate_path=path, translate_speed=ORBIT_RADIUS)
    settings = Settings(animation=animation)
    start = settings.transform
    fps = 100
    furthest = 0.0
    for _ in range(round(2 * math.pi * fps)):
        settings = animate(settings, 1 / fps)
        furthest = max(furthest, abs(settings.transform.translate_x))
    assert furthest == pytest.approx(ORBIT_RADIUS, rel=0.01)
    assert settings.transform.translate_x == pytest.approx(start.translate_x, abs=0.001)
    assert settings.transform.translate_y == pytest.approx(start.translate_y, abs=0.001)


@pytest.mark.parametrize("path", ["orbit", "line", "eight"])
def test_switching_a_path_on_does_not_jump(path):
    settings = Settings(
        transform=InputTransform(0.4, -0.3),
        animation=Animation(translate=True, translate_path=path, translate_speed=0.1),
    )
    moved = animate(settings, 0.01).transform
    assert math.hypot(moved.translate_x - 0.4, moved.translate_y + 0.3) < 0.003


@pytest.mark.parametrize("fps", [7, 60])
def test_noise_seeds_per_second_do_not_depend_on_the_frame_rate(fps: int):
    clock = NoiseClock()
    settings = Settings(
        noise=Noise(mode="random", seed=5), animation=Animation(noise=True, noise_speed=10.0)
    )
    for _ in range(2 * fps):
        settings = clock.advance(settings, 1 / fps)
    assert abs(settings.noise.seed - 25) <= 1


def test_noise_animation_leaves_constant_noise_alone():
    settings = Settings(noise=Noise(mode="const"), animation=Animation(noise=True))
    assert NoiseClock().advance(settings, 1.0) is settings
    assert replace(settings).noise.seed == settings.noise.seed
