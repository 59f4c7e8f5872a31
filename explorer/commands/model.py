"""Commands of the menu Model."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons

from explorer import command_parts as parts
from explorer.actions import (
    CloseModel,
    RetryLoad,
    ShowDialog,
)
from explorer.command import Command
from explorer.training_actions import ShowTrainingPage

MODEL: tuple[Command, ...] = (
    Command(
        "model_folder",
        "Model",
        "Choose model folder…",
        lambda _: ShowDialog("model_folder"),
        icon=icons.ICON_FA_FOLDER_TREE,
    ),
    Command(
        "retry",
        "Model",
        "Retry loading",
        lambda _: RetryLoad(),
        icon=icons.ICON_FA_ROTATE_RIGHT,
        enabled=parts.has_problem,
    ),
    Command(
        "locate",
        "Model",
        "Locate model…",
        lambda _: ShowDialog("locate_model"),
        icon=icons.ICON_FA_MAGNIFYING_GLASS,
        enabled=parts.has_problem,
    ),
    Command(
        "convert",
        "Model",
        "Convert to safetensors…",
        lambda _: ShowDialog("convert_model"),
        icon=icons.ICON_FA_SHIELD_HALVED,
        enabled=lambda s: s.status.kind == "ready",
    ),
    Command(
        "train",
        "Model",
        "Train a model…",
        lambda _: ShowTrainingPage("new"),
        icon=icons.ICON_FA_DUMBBELL,
        group=1,
    ),
    Command(
        "close_model",
        "Model",
        "Close model",
        lambda _: CloseModel(),
        icon=icons.ICON_FA_XMARK,
        enabled=parts.has_model,
    ),
)
