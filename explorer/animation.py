"""Settings as a function of elapsed time: what the animation switches move."""

from __future__ import annotations

import math
from dataclasses import replace

from explorer.settings import SEED_MODULUS, Animation, InputTransform, PathKind, Settings

ORBIT_RADIUS = 0.1  # image widths
_MAX_STEP_SECS = 0.25  # a hidden or stuck window does not make the latent jump


def animate(settings: Settings, dt_secs: float) -> Settings:
    """Return `settings` moved by `dt_secs`; the same object when nothing is animated."""
    animation = settings.animation
    if not animation.running or dt_secs <= 0:
        return settings
    dt_secs = min(dt_secs, _MAX_STEP_SECS)
    if animation.latent:
        moved = settings.latent.x + animation.latent_speed * dt_secs
        settings = replace(settings, latent=replace(settings.latent, x=moved))
    if animation.translate:
        settings = _translate(settings, animation, dt_secs)
    if animation.rotate:
        turns = settings.transform.rotate_turns + animation.rotate_speed * dt_secs
        turns = math.remainder(turns, 1.0)
        settings = replace(settings, transform=replace(settings.transform, rotate_turns=turns))
    return settings


def moved_along(old: Settings, new: Settings) -> Settings:
    """Return `old` where the animation of `new` has moved it to: what still differs is by hand."""
    animation, latent, transform = new.animation, old.latent, old.transform
    if animation.latent:
        latent = replace(latent, x=new.latent.x)
    if animation.translate:
        x, y = new.transform.translate_x, new.transform.translate_y
        transform = replace(transform, translate_x=x, translate_y=y)
    if animation.rotate:
        transform = replace(transform, rotate_turns=new.transform.rotate_turns)
    noise = replace(old.noise, seed=new.noise.seed) if animation.noise else old.noise
    return replace(old, latent=latent, transform=transform, noise=noise, animation=animation)


class NoiseClock:
    """Carries the fraction of a noise seed between frames, so that speed is in seconds."""

    def __init__(self) -> None:
        self._carry = 0.0

    def advance(self, settings: Settings, dt_secs: float) -> Settings:
        """Move the noise seed by whole steps; the noise must be random to show it."""
        animation = settings.animation
        if not animation.noise or settings.noise.mode != "random" or dt_secs <= 0:
            self._carry = 0.0
            return settings
        self._carry += animation.noise_speed * min(dt_secs, _MAX_STEP_SECS)
        steps = math.floor(self._carry)
        if steps == 0:
            return settings
        self._carry -= steps
        seed = (settings.noise.seed + steps) % SEED_MODULUS
        return replace(settings, noise=replace(settings.noise, seed=seed))


def _translate(settings: Settings, animation: Animation, dt_secs: float) -> Settings:
    distance = animation.translate_speed * dt_secs
    transform = settings.transform
    if animation.translate_path == "orbit":
        return replace(settings, transform=orbit(transform, distance))
    phase = animation.translate_phase
    next_phase = math.remainder(phase + distance / ORBIT_RADIUS, 2 * math.pi)
    x, y = _on_path(animation.translate_path, phase)
    next_x, next_y = _on_path(animation.translate_path, next_phase)
    # Along the path from wherever the picture is, so that switching it on never jumps.
    moved = replace(
        transform,
        translate_x=transform.translate_x + next_x - x,
        translate_y=transform.translate_y + next_y - y,
    )
    return replace(
        settings, transform=moved, animation=replace(animation, translate_phase=next_phase)
    )


def _on_path(path: PathKind, phase: float) -> tuple[float, float]:
    x = ORBIT_RADIUS * math.sin(phase)
    return x, ORBIT_RADIUS * math.sin(2 * phase) / 2 if path == "eight" else 0.0


def orbit(transform: InputTransform, distance: float) -> InputTransform:
    """Move `distance` image widths along a path that settles into a circle of `ORBIT_RADIUS`.

    With c = (x, y): the target is c scaled to the radius plus (y, -x), as the reference viewer's.
    """
    x, y = transform.translate_x, transform.translate_y
    radius = math.hypot(x, y)
    if radius < 1e-8:
        target_x = target_y = ORBIT_RADIUS / math.sqrt(2)
    else:
        target_x, target_y = x / radius * ORBIT_RADIUS + y, y / radius * ORBIT_RADIUS - x
    towards_x, towards_y = target_x - x, target_y - y
    length = math.hypot(towards_x, towards_y)
    if length < 1e-12:
        return transform
    return replace(
        transform,
        translate_x=x + towards_x / length * distance,
        translate_y=y + towards_y / length * distance,
    )
