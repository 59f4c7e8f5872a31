"""The history's words: what changed between two settings, in a few words."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from explorer.settings import MixSource, Settings
from explorer.timeline.model import Sound, Timeline

_LABELS = {
    "truncation.psi": "Psi {:.2f}",
    "truncation.cutoff": "Cutoff {}",
    "noise.mode": "Noise {}",
    "noise.seed": "Noise seed {}",
    "noise.strength": "Noise strength {:.2f}",
    "classes.mode": "Class by {}",
    "classes.weights": "Class",
    "transform.rotate_turns": "Rotate {:.3f} turns",
    "transform.round_to_pixels": "Round to pixels",
    "transform.untransform": "Untransform",
    "layer.layer": "Layer {}",
    "layer.mode": "Layer as {}",
    "layer.base_channel": "Channel {}",
    "layer.gain_db": "Gain {:+.1f} dB",
    "layer.normalise": "Normalise",
    "layer.spectrum": "Spectrum",
    "compute.device": "Device {}",
    "compute.precision": "Precision {}",
    "compute.threads": "Threads {}",
    "model": "Model {}",
    "animation.latent": "Animate latent",
    "animation.noise": "Animate noise",
    "animation.translate": "Animate translation",
    "animation.rotate": "Animate rotation",
}
_PLAYING = {"once": "once", "loop": "in a loop", "mirror": "there and back"}
_SLICES = {
    "latent": "Latent",
    "classes": "Class",
    "truncation": "Truncation",
    "noise": "Noise",
    "mixing": "Style mixing",
    "transform": "Input transform",
    "layer": "Layer view",
    "grid": "Grid",
    "animation": "Animation",
    "compute": "Performance",
    "library": "Library",
    "timeline": "Timeline",
}


def describe_change(old: Settings, new: Settings) -> str:
    """Return a label for the edit from `old` to `new`, such as "Psi 0.70" or "Seed 12"."""
    changed = [
        item.name for item in fields(Settings) if getattr(old, item.name) != getattr(new, item.name)
    ]
    if not changed:
        return "No change"
    if "model" in changed:
        return f"Model {new.model.name}" if new.model else "No model"
    if set(changed) <= {"latent", "animation"} and "latent" in changed:
        return _describe_latent(old, new)
    if len(changed) > 1:
        return " and ".join(_SLICES[name] for name in changed[:2]) + (" …" if changed[2:] else "")
    name = changed[0]
    if name == "timeline":
        return _describe_timeline(old.timeline, new.timeline)
    if name == "library":
        return _describe_library(old, new)
    if name == "mixing":
        return _describe_mixing(old.mixing.sources, new.mixing.sources)
    if name == "grid":
        return f"Grid {new.grid.columns} × {new.grid.rows}" if new.grid.shown else "Single picture"
    if name == "transform" and old.transform.rotate_turns == new.transform.rotate_turns:
        moved = (old.transform.translate_x, old.transform.translate_y) != (
            new.transform.translate_x,
            new.transform.translate_y,
        )
        if moved:
            return f"Translate {new.transform.translate_x:+.3f}, {new.transform.translate_y:+.3f}"
    return _describe_slice(name, getattr(old, name), getattr(new, name))


def _describe_latent(old: Settings, new: Settings) -> str:
    if new.latent.anchor != old.latent.anchor and new.latent.anchor is not None:
        return f"Latent {new.latent.anchor_name or 'saved'}"
    x, y = new.latent.x, new.latent.y
    if x == int(x) and y == int(y):
        return f"Seed {new.latent.seed}"
    return f"Latent {x:.2f}, {y:.2f}"


def _describe_library(old: Settings, new: Settings) -> str:
    if len(new.library) > len(old.library):
        return f"Keep {new.library[-1].name}"
    if len(new.library) < len(old.library):
        gone = [saved.name for saved in old.library if saved not in new.library]
        return f"Delete {gone[0]}" if len(gone) == 1 else "Delete saved latents"
    renamed = [saved.name for saved in new.library if saved not in old.library]
    return f"Rename to {renamed[0]}" if len(renamed) == 1 else "Rename saved latents"


def _describe_timeline(old: Timeline, new: Timeline) -> str:
    if old.duration_secs != new.duration_secs:
        return f"Length {new.duration_secs:g} s"
    if old.playing != new.playing:
        return f"Play {_PLAYING[new.playing]}"
    if old.fps != new.fps:
        return f"{new.fps:g} frames a second"
    if old.sound != new.sound:
        return _describe_sound(old.sound, new.sound)
    if [track.drive for track in old.tracks] != [track.drive for track in new.tracks]:
        return "Follow the sound"
    before, after = (sum(len(track.keys) for track in each.tracks) for each in (old, new))
    if before != after:
        return "Add keys" if after > before else "Delete keys"
    if len(old.tracks) != len(new.tracks):
        return "Tracks"
    return "Change keys"


def _describe_sound(old: Sound | None, new: Sound | None) -> str:
    if new is None:
        return "No sound"
    if old is not None and replace(old, offset_secs=new.offset_secs) == new:
        return f"Sound from {new.offset_secs:.2f} s on"
    return f"Sound {new.name}"


def _describe_mixing(old: tuple[MixSource, ...], new: tuple[MixSource, ...]) -> str:
    if len(new) > len(old):
        return f"Mix {_source_name(new[-1])}"
    if len(new) < len(old):
        gone = [source for source in old if source not in new]
        return f"Remove {_source_name(gone[0])}" if len(gone) == 1 else "Remove mix sources"
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    if len(changed) != 1:
        return "Order of mix sources"
    before, after = changed[0]
    name = _source_name(after)
    if before.enabled != after.enabled:
        return f"Mix {name} {'on' if after.enabled else 'off'}"
    return f"Rows of {name}" if before.weights != after.weights else f"Mix {name}"


def _source_name(source: MixSource) -> str:
    return f"seed {source.seed}" if source.saved is None else source.name or "a saved latent"


def _describe_slice(name: str, old: Any, new: Any) -> str:
    changed = [
        item.name for item in fields(old) if getattr(old, item.name) != getattr(new, item.name)
    ]
    for item in changed:
        template = _LABELS.get(f"{name}.{item}")
        if template is not None:
            value = getattr(new, item)
            if isinstance(value, bool):
                return f"{template} {'on' if value else 'off'}"
            return template.format(
                "all"
                if value is None and item == "cutoff"
                else "picture"
                if value is None
                else value
            )
    return _SLICES[name]
