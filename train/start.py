"""From a wish to a run folder: resolve, check against the data, write it down; no torch."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

from train.checks import check, check_values
from train.config import CHANGEABLE, DataShape, TrainConfig, changed_fields
from train.errors import ConfigError, RunError
from train.layout import new_run_folder
from train.presets import resolve
from train.run_log import write_options, write_status
from train.runs import RunStatus, read_config, read_options, read_status


def prepare(config: TrainConfig, shape: DataShape) -> TrainConfig:
    """Resolve and check a configuration. Raises ConfigError with a sentence."""
    try:
        check_values(config)
        resolved = resolve(config, shape)
        check(resolved, shape)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    if config.tensorboard and importlib.util.find_spec("tensorboard") is None:
        raise ConfigError("tensorboard: run `pip install tensorboard` first, or leave it out")
    if config.transfer is not None and not Path(config.transfer).is_file():
        raise ConfigError(f"transfer: there is no file {config.transfer}")
    return resolved


def create_run(
    runs: Path, config: TrainConfig, shape: DataShape, name: str, facts: dict[str, Any]
) -> Path:
    """Make the folder of a new run, ready to be started.

    Args:
        runs:   where run folders are.
        config: as wished; it is resolved and checked here.
        name:   of the data set, for the folder's name.
        facts:  more to keep in options.json.

    Raises ConfigError, or OSError if the folder cannot be made.
    """
    resolved = prepare(config, shape)
    if resolved.data:
        resolved = replace(resolved, data=str(Path(resolved.data).resolve()))
    if resolved.transfer is not None:
        resolved = replace(resolved, transfer=str(Path(resolved.transfer).resolve()))
    gamma = f"gamma{resolved.gamma:g}"
    run = new_run_folder(runs, f"{resolved.config}-{name}-batch{resolved.batch}-{gamma}")
    wish = changed_fields(config)
    shape_json = {"data_shape": shape.__dict__, "data_name": name, "wished": wish}
    write_options(run, resolved, {**shape_json, **facts})
    write_status(run, RunStatus(total_kimg=resolved.kimg))
    return run


def recorded_shape(run: Path) -> DataShape:
    """Return the data's shape at the start of a run. Raises RunError if it is not recorded."""
    try:
        return DataShape(**read_options(run)["data_shape"])
    except (KeyError, TypeError):
        raise RunError(f"{run} is not the folder of a run: it has no usable options.json") from None


def change_run(run: Path, changes: dict[str, Any]) -> TrainConfig:
    """Change what may change in a run that is to be continued; options.json says it from then on.

    Raises RunError for a run that is active or has nothing left to do, or a field that would make
    it another run, ConfigError for a value that is not possible.
    """
    shape = recorded_shape(run)
    config = read_config(run)
    if config is None:
        raise RunError(f"{run.name}: options.json cannot be read")
    status = read_status(run)
    if status.is_active:
        raise RunError(f"{run.name} is running; stop it first")
    fixed = [name for name in changes if name not in CHANGEABLE]
    if fixed:
        raise RunError(
            f"{', '.join(fixed)} cannot change while a run is continued; start a new run with "
            "--transfer and a snapshot of this one"
        )
    kimg = changes.get("kimg", config.kimg)
    if status.cur_kimg > 0 and not kimg > status.cur_kimg:
        raise RunError(
            f"kimg {kimg:g} leaves nothing to do: {run.name} has reached {status.cur_kimg:g}; "
            "give a larger one"
        )
    if not changes:
        return config
    if ("gpus" in changes) and "batch_gpu" not in changes:
        changes = {**changes, "batch_gpu": None}
    changed = prepare(replace(config, **changes), shape)
    if "data" in changes:
        changed = replace(changed, data=str(Path(changed.data).resolve()))
    facts = {k: v for k, v in read_options(run).items() if k not in ("version", "config")}
    if isinstance(facts.get("wished"), dict):
        facts["wished"] = {**facts["wished"], **changes}  # the command line that does the same
    write_options(run, changed, facts)
    write_status(run, _with_length(status, changed.kimg))
    return changed


def _with_length(status: RunStatus, kimg: float) -> RunStatus:
    """Return what a run that ended says of itself once it may become longer."""
    if status.state == "finished":
        status = replace(status, state="stopped", reason="")
    return replace(status, total_kimg=kimg)
