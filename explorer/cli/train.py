"""`train --data D --config C --outdir RUNS`, `train --resume RUN`: a training run."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from train.config import FIELDS, GROUPS, TrainConfig, field_type
from train.errors import TrainError
from train.presets import PRESETS
from train.problems import is_barred
from train.recipes import RECIPES, recipe_of

HELP = "Train a model, or continue a run exactly where it was."
POLL_SECS = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments: one option per field of train.config.TrainConfig."""
    parser.add_argument("--outdir", metavar="RUNS", help="where the run's folder is made")
    parser.add_argument(
        "--resume", metavar="RUN", help="continue this run, for longer with a larger --kimg"
    )
    parser.add_argument(
        "--recipe", metavar="NAME", help=f"defaults of docs/recipes.md: {', '.join(RECIPES)}"
    )
    parser.add_argument("--dry-run", action="store_true", help="check and print, start nothing")
    parser.add_argument("--estimate", action="store_true", help="measure speed before the start")
    parser.add_argument("--no-start", action="store_true", help="make the run's folder only")
    parser.add_argument("--background", action="store_true", help="start, and return at once")
    parser.add_argument("--queue", action="store_true", help="start after the runs before it")
    groups = {key: parser.add_argument_group(title) for key, title in GROUPS.items()}
    for name, field in FIELDS.items():
        kind, optional = field_type(name)
        option = f"--{name.replace('_', '-')}"
        default = "by preset" if field.default is None and optional else field.default
        text = f"{field.metadata['help']} ({default})".replace("%", "%%")
        group = groups[field.metadata["group"]]
        if kind is bool:
            action = argparse.BooleanOptionalAction
            group.add_argument(option, dest=name, action=action, default=None, help=text)
            continue
        more: dict[str, Any] = {"choices": list(PRESETS)} if name == "config" else {}
        group.add_argument(option, dest=name, type=kind, default=None, help=text, **more)


def run(arguments: argparse.Namespace) -> int:
    """Make or continue a run; in the foreground, follow it until it ends."""
    try:
        return _run(arguments)
    except TrainError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        if not is_barred(error):
            raise
        place = f"{error.filename} cannot be used: {error.strerror}"
        raise UserError(f"{place}; change that, or take another place") from error


def _run(arguments: argparse.Namespace) -> int:
    wishes = {f.name: getattr(arguments, f.name) for f in fields(TrainConfig)}
    wishes = {name: value for name, value in wishes.items() if value is not None}
    folder = _continued(arguments, wishes) if arguments.resume else _made(arguments, wishes)
    if folder is None or arguments.no_start:
        return 0
    from train import launcher

    if arguments.queue:
        launcher.queue(folder)
        started = launcher.start_next(folder.parent)
        print("Started." if started == folder else "Queued.", file=sys.stderr)
        return 0
    if arguments.background:
        print(f"Started as process {launcher.start(folder)}", file=sys.stderr)
        return 0
    return _follow(folder)


def _continued(arguments: argparse.Namespace, wishes: dict[str, Any]) -> Path | None:
    from train.start import change_run

    if arguments.recipe is not None:
        raise UserError("--recipe is for a new run; leave it out to continue one")
    folder = Path(arguments.resume)
    config = change_run(folder, wishes)
    if arguments.dry_run:
        print(json.dumps(config.to_json(), indent=2))
        return None
    return folder


def _made(arguments: argparse.Namespace, wishes: dict[str, Any]) -> Path | None:
    from train.data_set import open_pictures
    from train.start import create_run, prepare

    recipe = None if arguments.recipe is None else recipe_of(arguments.recipe)
    if "data" not in wishes:
        hint = "" if recipe is None else f"; `{recipe.data_command()}` makes this recipe's"
        raise UserError(f"Say what to train on (--data) or which run to continue (--resume){hint}")
    if arguments.outdir is None and not arguments.dry_run:
        raise UserError("Say where the run's folder is to be made: --outdir RUNS")
    config = TrainConfig(**wishes) if recipe is None else recipe.config(wishes)
    pictures = open_pictures(config)
    resolved = prepare(config, pictures.shape)
    if arguments.dry_run:
        print(json.dumps(resolved.to_json(), indent=2))
    from train.estimate import check_memory, measure

    print(check_memory(resolved, pictures.shape).sentence(), file=sys.stderr)
    if arguments.estimate:
        measured = measure(resolved, pictures.shape)
        print(measured.sentence(resolved.kimg), file=sys.stderr)
    if arguments.dry_run or arguments.outdir is None:
        return None
    facts = {"class_names": list(pictures.class_names)}
    folder = create_run(Path(arguments.outdir), config, pictures.shape, pictures.name, facts)
    print(folder)
    return folder


def _follow(folder: Path) -> int:
    """Start a run and print its log until it ends; Ctrl-C asks it to stop in order."""
    from train import control, launcher
    from train.layout import LOG
    from train.runs import read_status

    log = folder / LOG
    position = log.stat().st_size if log.exists() else 0
    pid = launcher.start(folder)
    while True:
        try:
            time.sleep(POLL_SECS)
            ended = not launcher.is_running(folder, pid)
            position = _print_new(log, position)
            if ended:
                break
        except KeyboardInterrupt:
            print("Stopping after this step; the run can be continued.", file=sys.stderr)
            control.stop_now(folder)
    status = read_status(folder)
    print(f"{folder.name}: {status.state}. {status.reason}".rstrip(), file=sys.stderr)
    if status.state in ("finished", "stopped"):
        return 0
    if status.state in ("new", "queued", "crashed"):
        from train.runs import last_log_lines

        print("\n".join(last_log_lines(folder)), file=sys.stderr)
    return 1


def _print_new(log: Path, position: int) -> int:
    try:
        with open(log, encoding="utf-8") as file:
            file.seek(position)
            sys.stderr.write(file.read())
            return file.tell()
    except OSError:
        return position
