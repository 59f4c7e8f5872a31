"""Commands of the menu Render."""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import icons_fontawesome_6 as icons

from explorer import command_parts as parts
from explorer.actions import (
    PlayTimeline,
    Toggle,
)
from explorer.command import Command
from explorer.settings import (
    Animation,
    LayerView,
)

RENDER: tuple[Command, ...] = (
    Command(
        "stop_motion",
        "Render",
        "Stop all motion",
        parts.edit("Stop motion", parts.still),
        "Escape",
        icons.ICON_FA_STOP,
        parts.moves,
    ),
    Command(
        "animate_latent",
        "Render",
        "Animate latent",
        parts.edit("Animate latent", parts.toggle_latent),
        "A",
        icons.ICON_FA_PLAY,
        checked=lambda s: s.settings.animation.latent,
    ),
    Command(
        "play_timeline",
        "Render",
        "Play the timeline",
        lambda _: PlayTimeline(),
        icon=icons.ICON_FA_FILM,
        enabled=lambda s: not (s.settings.timeline.empty and s.settings.timeline.sound is None),
        checked=lambda s: s.timeline.view.playing,
    ),
    Command(
        "add_key",
        "Render",
        "Add keys at the playhead",
        parts.add_keys,
        icon=icons.ICON_FA_DIAMOND,
        enabled=parts.has_model,
    ),
    Command(
        "show_picture",
        "Render",
        "Show the picture, not a layer",
        parts.edit("Show picture", lambda s: replace(s, layer=LayerView())),
        icon=icons.ICON_FA_IMAGE,
        enabled=lambda s: s.settings.layer.layer is not None,
        group=1,
    ),
    Command(
        "metrics",
        "Render",
        "Measure equivariance",
        lambda _: Toggle("metrics"),
        icon=icons.ICON_FA_RULER,
        group=1,
    ),
    Command(
        "reset_motion",
        "Render",
        "Reset animation speeds",
        parts.edit("Reset animation", lambda s: replace(s, animation=Animation())),
        group=1,
    ),
)
