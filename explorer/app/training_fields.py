"""A new run's fields for the panel: what each means, what it comes to, what is impossible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.training_state import FieldSpec, NewRun
from train import config as configs
from train.checks import PIPES
from train.config import FIELDS, DataShape, TrainConfig, field_type
from train.errors import TrainError
from train.presets import PRESETS, resolve
from train.start import prepare

GROUPS: Mapping[str, str] = configs.GROUPS
_OPTIONS = {
    "config": tuple(PRESETS),
    "augment": ("none", "ada", "fixed"),
    "augment_pipe": tuple(PIPES),
    "d_architecture": ("resnet", "skip", "orig"),
    "dtype": ("float32", "float64"),
}


def text_of(value: Any) -> str:
    """Return a field's value as it is typed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value).removesuffix(".0")


def _spec(name: str) -> FieldSpec:
    about = FIELDS[name].metadata
    kind = field_type(name)[0].__name__
    default = text_of(FIELDS[name].default)
    return FieldSpec(name, about["group"], about["help"], kind, default, _OPTIONS.get(name, ()))


SPECS = tuple(_spec(name) for name in FIELDS if name != "data")


def config_of(draft: NewRun) -> TrainConfig:
    """Return the configuration as wished."""
    wishes: dict[str, Any] = dict(draft.wishes)
    return TrainConfig(**{**wishes, "data": draft.dataset})


def check_draft(draft: NewRun, shape: DataShape) -> tuple[dict[str, str], str]:
    """Return what every field comes to, as text, and why the run cannot be, or ""."""
    config = config_of(draft)
    problem = ""
    try:
        resolved = prepare(config, shape)
    except TrainError as error:
        problem = str(error)
        try:
            resolved = resolve(config, shape)
        except (ValueError, TypeError, ZeroDivisionError):
            resolved = config
    return {name: text_of(getattr(resolved, name)) for name in FIELDS}, problem
