"""Noise: the random detail StyleGAN and StyleGAN2 add at every resolution.

Ids: `###noise_mode_none`, `###noise_mode_const`, `###noise_mode_random`, `##noise_seed`,
`###noise_seed_minus`, `###noise_seed_plus`, `###reset_noise_seed`, `##noise_strength`,
`###reset_noise_strength`, `##noise_animate`, `##noise_speed`, `###reset_noise_speed`.
"""

from __future__ import annotations

from dataclasses import replace

from explorer.model_info import ModelInfo
from explorer.panel_state import Emit, PanelState
from explorer.settings import Animation, Noise, NoiseMode, Settings
from widgets.choices import segmented_row, toggle
from widgets.controls import disabled
from widgets.fields import integer, number
from widgets.model_facts import architecture_text
from widgets.notices import text_dim
from widgets.sliders import slider

MODES: tuple[tuple[NoiseMode, str, str], ...] = (
    ("none", "Off", "No noise at all"),
    ("const", "Stored", "The noise pictures stored in the file"),
    ("random", "Random", "Noise drawn from a seed"),
)


def noise_ui(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    reason = no_noise_reason(state.info)
    if reason:
        text_dim(reason)
        return settings
    noise = _noise_fields_ui(settings.noise)
    animation = _motion_ui(settings.animation, settings.noise.mode)
    if noise is settings.noise and animation is settings.animation:
        return settings
    return replace(settings, noise=noise, animation=animation)


def no_noise_reason(info: ModelInfo | None) -> str | None:
    """Return why noise does nothing for this network, or None."""
    if info is None or info.has_noise:
        return None
    return f"This network ({architecture_text(info)}) has no noise inputs"


def _noise_fields_ui(value: Noise) -> Noise:
    mode = segmented_row("Noise", "noise_mode", value.mode, MODES, "Where noise comes from")
    unused = None if value.mode == "random" else "Used by random noise only"
    with disabled(unused):
        seed = integer("Noise seed", "noise_seed", value.seed, default=1, tooltip="Which noise")
    with disabled("Noise is off" if value.mode == "none" else None):
        strength = slider(
            "Strength", "noise_strength", value.strength, 0.0, 4.0, default=1.0, fmt="%.2f ×",
            tooltip="Multiplies the strength of every layer",
        )  # fmt: skip
    if (mode, seed, strength) == (value.mode, value.seed, value.strength):
        return value
    return replace(value, mode=mode, seed=seed, strength=strength)


def _motion_ui(value: Animation, mode: NoiseMode) -> Animation:
    with disabled(None if mode == "random" else "Moves random noise only"):
        running = toggle(
            "Animate",
            "noise_animate",
            value.noise,
            tooltip="Go on to new noise seeds",
        )
        speed = number(
            "Speed", "noise_speed", value.noise_speed, default=Animation().noise_speed, step=0.1,
            fmt="%.1f", low=0.1, high=60.0, unit="noise seeds per second",
        )  # fmt: skip
    if running == value.noise and speed == value.noise_speed:
        return value
    return replace(value, noise=running, noise_speed=speed)
