"""`render`: pictures from seeds or a saved session, without a window."""

from __future__ import annotations

import argparse
import io
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.arrays import ArrayStore
from explorer.cli.progress import Progress
from explorer.cli.render_inputs import is_model, load_named, model_places
from explorer.cli.render_options import (
    add_picture_options,
    moment,
    settings_with,
    take_negative_values,
)
from explorer.errors import UserError
from explorer.files import save_bytes
from explorer.png import encode_png, result_pixels
from explorer.render.device import (
    differences,
    recorded,
    recorded_environment,
    resolve_device,
    thread_count,
)
from explorer.render.recorded import as_recorded
from explorer.request import RenderResult, request_from
from explorer.seeds import parse_seeds
from explorer.session import session_to_json as to_json
from explorer.session_files import read_session_file
from explorer.settings import Latent, Settings, seed_latent
from explorer.timeline.evaluate import settings_at
from explorer.view_state import CanvasView

if TYPE_CHECKING:
    from explorer.render.torch_engine import TorchEngine

HELP = (
    "Render exact pictures as seedNNNN.png, on all cores. With --session, render a saved session "
    "or a picture made here again, with --time as timeSSSS.SSS.png the moment of its timeline; "
    "options that are given replace what it says."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    take_negative_values(parser)
    add = parser.add_argument
    add("--model", metavar="FILE", help="a model; with --session: where the session's model is")
    add("--session", metavar="FILE", help="a saved session, or a PNG that carries one")
    add("--time", metavar="SECS", help="the frame of the session's timeline at this time")
    add("--seeds", metavar="LIST", help="such as 0-7,12,100-110")
    add("--out", metavar="DIR", required=True, help="folder for the PNGs; made if it is missing")
    add_picture_options(add)
    add("--device", help="auto, cpu, cuda, cuda:1, mps (default auto)")
    add("--threads", type=int, help="threads of each picture; pictures are then made one at a time")
    add("--sheet", type=int, metavar="COLUMNS", help="also sheet.png: all pictures, side by side")
    add("--no-session", action="store_true", help="write PNGs without the session that made them")


def run(arguments: argparse.Namespace) -> int:
    """Render what was asked for; return the exit code."""
    arrays = ArrayStore()
    session = read_session_file(arguments.session, arrays) if arguments.session else None
    if session is None and arguments.model is None:
        raise UserError("Say what to render: --model FILE with --seeds LIST, or --session FILE")
    time = moment(arguments.time, session, arguments.seeds)
    if session is not None and time is not None:
        session = replace(session, settings=settings_at(session.settings, time, arrays))
    if session is None and arguments.seeds is None:
        raise UserError("Say which pictures to render: --seeds such as 0-7,12")
    seeds = parse_seeds(arguments.seeds) if arguments.seeds is not None else ()
    _check_folder(arguments.out)
    if arguments.sheet is not None and arguments.sheet < 1:
        raise UserError(f"--sheet must be a number of columns, at least 1, got {arguments.sheet}")

    from explorer.render.torch_engine import TorchEngine
    from explorer.video.frames import frame_compute

    engine = TorchEngine(arrays, lambda: model_places(arguments.session))
    loaded = load_named(engine, arguments.model, session)
    base = session.settings if session is not None else Settings()
    settings = settings_with(replace(base, model=loaded.ref), arguments, loaded.info)
    if session is not None:
        settings = as_recorded(
            settings,
            session.recorded,
            threads=arguments.threads is None,
            device=arguments.device is None,
        )
        same_model = base.model is not None and is_model(loaded, base.model)
        if not seeds and same_model and _same_picture(settings, base):
            print(_promise(session.recorded, settings), file=sys.stderr)

    if time is not None:
        generator = loaded.model.generator
        settings = replace(settings, compute=frame_compute(settings.compute, generator))
    latents = [seed_latent(seed) for seed in seeds] or [settings.latent]
    view = session.view if session is not None else CanvasView()
    progress = Progress("Rendering", len(latents))
    pictures: list[bytes] = []
    made = _pictures(engine, settings, latents, view, embed=not arguments.no_session)
    for done, (latent, data) in enumerate(zip(latents, made, strict=True)):
        name = _file_name(latent) if time is None else f"time{time:08.3f}.png"
        save_bytes(Path(arguments.out) / name, data)
        if arguments.sheet is not None:
            pictures.append(data)
        progress.update(done + 1)
    if arguments.sheet is not None:
        save_bytes(Path(arguments.out) / "sheet.png", _sheet(pictures, arguments.sheet))
    return 0


def _sheet(pictures: Sequence[bytes], columns: int) -> bytes:
    """Return a PNG of equally large PNGs, row by row."""
    from PIL import Image

    shown = [Image.open(io.BytesIO(data)) for data in pictures]
    width, height = shown[0].size
    rows = math.ceil(len(shown) / columns)
    sheet = Image.new(shown[0].mode, (width * min(columns, len(shown)), height * rows))
    for index, picture in enumerate(shown):
        sheet.paste(picture, (index % columns * width, index // columns * height))
    return encode_png(np.asarray(sheet))


def _check_folder(out: str) -> None:
    """Refuse what can be no folder before a model is read."""
    if not out:
        raise UserError("--out must name a folder; `--out .` is this one")
    place = Path(out)
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise UserError(f"--out must be a folder, but {place} is a file")


def _pictures(
    engine: TorchEngine,
    settings: Settings,
    latents: Sequence[Latent],
    view: CanvasView,
    *,
    embed: bool,
) -> Iterator[bytes]:
    """Render pictures on all cores and yield their PNGs, in order."""
    from explorer.render.together import rendered

    shown = [replace(settings, latent=latent) for latent in latents]

    def png(index: int, result: RenderResult) -> bytes:
        if not embed:
            return encode_png(result_pixels(result))
        environment = recorded_environment(result)
        text = to_json(shown[index], view, engine.arrays, keep_paths=False, recorded=environment)
        return encode_png(result_pixels(result), text)

    requests = [request for each in shown if (request := request_from(each)) is not None]
    return rendered(engine.pipeline, engine.library, engine.arrays, requests, png)


def _file_name(latent: Latent) -> str:
    return f"seed{latent.seed:04d}.png"


def _same_picture(settings: Settings, base: Settings) -> bool:
    """Return whether no option asked for another picture than the session's."""
    unlike = replace(settings, compute=base.compute, model=base.model)
    return unlike == base


def _promise(then: Mapping[str, Any], settings: Settings) -> str:
    """Say how near the pixels will be to those that were saved."""
    from explorer.render.pipeline import implementation_on

    if not then:
        return "at most one level off: the session does not record what it was made with"
    device = resolve_device(settings.compute.device)
    threads = thread_count(settings.compute.threads)
    now = recorded(str(device), implementation_on(device.type), threads)
    changes = differences(then, now)
    if not changes:
        return "identical pixels expected: the machine and its settings are those recorded"
    return f"at most one level off: recorded with {', '.join(changes)}"
