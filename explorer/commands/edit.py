"""Commands of the menu Edit."""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import icons_fontawesome_6 as icons

from explorer import command_parts as parts
from explorer.actions import (
    CopyPicture,
    KeepLatent,
    LearnKnobs,
    Redo,
    Undo,
)
from explorer.command import Command
from explorer.settings import (
    InputTransform,
    Noise,
    StyleMixing,
    Truncation,
)

EDIT: tuple[Command, ...] = (
    Command(
        "undo",
        "Edit",
        "Undo",
        lambda _: Undo(),
        "Ctrl+Z",
        icons.ICON_FA_ROTATE_LEFT,
        lambda s: s.history_index > 0,
    ),
    Command(
        "redo",
        "Edit",
        "Redo",
        lambda _: Redo(),
        "Ctrl+Shift+Z",
        icons.ICON_FA_ROTATE_RIGHT,
        lambda s: s.history_index + 1 < len(s.history_labels),
        also="Ctrl+Y",
    ),
    Command(
        "copy_picture",
        "Edit",
        "Copy picture",
        lambda _: CopyPicture(),
        "Ctrl+C",
        icons.ICON_FA_COPY,
        parts.has_picture,
        group=1,
    ),
    Command(
        "keep_latent",
        "Edit",
        "Keep latent in library",
        lambda _: KeepLatent(),
        "Ctrl+K",
        icons.ICON_FA_BOOKMARK,
        parts.has_picture,
        group=1,
    ),
    Command(
        "random_seed", "Edit", "Random seed", parts.random_seed, "R", icons.ICON_FA_SHUFFLE, group=2
    ),
    Command(
        "previous_seed",
        "Edit",
        "Previous seed",
        parts.seed_step(-1),
        "[",
        icons.ICON_FA_MINUS,
        group=2,
    ),
    Command("next_seed", "Edit", "Next seed", parts.seed_step(1), "]", icons.ICON_FA_PLUS, group=2),
    Command(
        "learn_knobs",
        "Edit",
        "Learn knobs (MIDI, OSC)",
        lambda s: LearnKnobs(not s.controls.learning),
        "L",
        icons.ICON_FA_WAND_MAGIC_SPARKLES,
        enabled=parts.can_learn,
        checked=lambda s: s.controls.learning,
        group=3,
    ),
    Command(
        "reset_all",
        "Edit",
        "Reset all controls",
        parts.edit("Reset all controls", parts.reset_all),
        icon=icons.ICON_FA_ARROWS_ROTATE,
        group=3,
    ),
    Command(
        "reset_truncation",
        "Edit",
        "Reset truncation",
        parts.edit("Reset truncation", lambda s: replace(s, truncation=Truncation())),
        group=3,
    ),
    Command(
        "reset_noise",
        "Edit",
        "Reset noise",
        parts.edit("Reset noise", lambda s: replace(s, noise=Noise())),
        group=3,
    ),
    Command(
        "reset_mixing",
        "Edit",
        "Reset style mixing",
        parts.edit("Reset style mixing", lambda s: replace(s, mixing=StyleMixing())),
        group=3,
    ),
    Command(
        "reset_transform",
        "Edit",
        "Reset transform",
        parts.edit("Reset transform", lambda s: replace(s, transform=InputTransform())),
        group=3,
    ),
)
