"""`metrics MODEL --data D`: how near a model's pictures are to real ones."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.cli.progress import Progress
from explorer.cli.render_options import settings_with
from explorer.errors import UserError
from explorer.settings import SEED_MODULUS, Settings
from train.metrics.names import FD_MOBILENETV2, TITLES, measures

if TYPE_CHECKING:
    from train.data.dataset import Dataset
    from train.metrics.features import Extractor
    from train.metrics.frechet import Gaussian
    from train.metrics.split import Split

HELP = (
    "Measure how far the pictures of a model are from real ones, and beside it how far other real "
    "pictures are, which is what a perfect model would score. fd_mobilenetv2: Fréchet distance "
    "between features of MobileNetV2 (not comparable with published FIDs); fd_4x4: between "
    "pictures of 4x4 pixels, which sees colours and layout only."
)
_MANY = 1281  # pictures, from which on MobileNetV2's 1,280 features can have a full covariance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("model", metavar="MODEL", help="a .pkl or .safetensors file")
    add("--data", metavar="ZIP", required=True, help="a data set as `dataset` writes it")
    add("--held-out", metavar="ZIP", help="other real pictures (default: held out of --data)")
    add("--mirror", action="store_true", help="mirror half of the real pictures, as training may")
    add("--metrics", default=",".join(TITLES), metavar="A,B", help=f"of {', '.join(TITLES)} (all)")
    add("--count", type=int, metavar="N", help="pictures of the model (default 5000 if possible)")
    add("--seed", type=int, default=0, help="of the first picture; also draws labels and split (0)")
    add("--psi", help="truncation: 1 = none, 0 = the mean picture (default 1)")
    add("--device", help="where the model runs: auto, cpu, cuda, cuda:1, mps (default auto)")
    add("--threads", type=int, help="threads of each picture; pictures are then made one at a time")
    add("--json", action="store_true", help="print everything as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    try:
        measured = _measure(arguments)
    except KeyboardInterrupt:
        start = "\n" if sys.stderr.isatty() else ""
        print(f"{start}Stopped; nothing was measured.", file=sys.stderr)
        return 130
    print(json.dumps(measured, indent=2) if arguments.json else "\n".join(_lines(measured)))
    return 0


def _measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return everything the command prints, as JSON-able values."""
    from train.data.dataset import Dataset
    from train.metrics.split import split

    names = measures(arguments.metrics)
    if arguments.held_out is not None and _is_same(arguments.data, arguments.held_out):
        raise UserError("--held-out must be other pictures than --data, got the same file")
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(Dataset(arguments.data, cache_bytes=0))
        second = None
        if arguments.held_out is not None:
            second = stack.enter_context(Dataset(arguments.held_out, cache_bytes=0))
        sides = split(data, second, arguments.count, arguments.seed)
        count = len(sides.held_out)
        if not 0 <= arguments.seed <= SEED_MODULUS - count:
            limit = SEED_MODULUS - count
            raise UserError(f"--seed must be 0 to {limit}, got {arguments.seed}")
        return _compared(arguments, names, data, second, sides)


def _is_same(path: str, other: str) -> bool:
    return os.path.exists(path) and os.path.exists(other) and os.path.samefile(path, other)


def _compared(
    arguments: argparse.Namespace,
    names: Sequence[str],
    data: Dataset,
    second: Dataset | None,
    sides: Split,
) -> dict[str, Any]:
    """Load the model, run all three sets of pictures through the features, and compare."""
    import torch

    from explorer.cli.metrics_pictures import check_fit, labels_of, made_pictures, real_pictures
    from explorer.render.device import cores, recorded, resolve_device
    from explorer.render.model_library import ModelLibrary
    from explorer.render.pipeline import implementation_on
    from explorer.render.together import at_once
    from train.metrics.features import extractors
    from train.metrics.frechet import frechet_distance
    from train.random import Draws

    print(f"Reading {os.path.basename(arguments.model)}", file=sys.stderr)
    library = ModelLibrary()
    loaded = library.load(arguments.model)
    for pictures, path in ((data, arguments.data), (second, arguments.held_out)):
        if pictures is not None:
            check_fit(loaded.info, pictures, path)
    settings = settings_with(Settings(), arguments, loaded.info)
    device = resolve_device(settings.compute.device)
    torch.set_num_threads(settings.compute.threads or cores())
    if FD_MOBILENETV2 in names:
        print("Loading MobileNetV2 (13 MB, fetched once)", file=sys.stderr)
    features = extractors(names)

    count, psi = len(sides.held_out), settings.truncation.psi
    generator = library.placed(loaded, device)
    labels = labels_of(data, loaded.info, arguments.seed, count, os.path.basename(arguments.data))
    together = at_once(settings.compute, generator, count)
    pictures = made_pictures(generator, loaded, arguments.seed, count, psi, labels, together)
    made = _through("Pictures of the model", pictures, count, features)
    mirror = Draws(arguments.seed) if arguments.mirror else None
    held = real_pictures(data if second is None else second, sides.held_out, mirror)
    others = _through("Held-out pictures", held, count, features)
    reference = real_pictures(data, sides.reference, mirror)
    reals = _through("Real pictures", reference, len(sides.reference), features)
    return {
        "model": {"name": loaded.ref.name, "sha256": loaded.ref.sha256},
        "data": {"name": os.path.basename(arguments.data), "count": len(sides.reference)},
        "held_out": None if second is None else {"name": os.path.basename(arguments.held_out)},
        "count": count,
        "seed": arguments.seed,
        "mirror": arguments.mirror,
        "psi": psi,
        "noise": "const",
        "metrics": {
            name: {
                "model": frechet_distance(made[name], reals[name]),
                "real": frechet_distance(others[name], reals[name]),
            }
            for name in names
        },
        "recorded": recorded(str(device), implementation_on(device.type), torch.get_num_threads()),
    }


def _through(
    label: str,
    pictures: Iterable[NDArray[np.uint8]],
    count: int,
    features: dict[str, Extractor],
) -> dict[str, Gaussian]:
    """Return the Gaussians of the pictures' features, showing how far it is."""
    from train.metrics.features import gaussians

    progress = Progress(label, count)

    def counted() -> Iterator[NDArray[np.uint8]]:
        for done, picture in enumerate(pictures):
            progress.update(done)
            yield picture

    found = gaussians(counted(), features)
    progress.update(count)
    return found


def _lines(measured: dict[str, Any]) -> Iterator[str]:
    count, held_out = measured["count"], measured["held_out"]
    data, reference = measured["data"]["name"], measured["data"]["count"]
    seeds = f"seeds {measured['seed']} to {measured['seed'] + count - 1}"
    yield f"{measured['model']['name']}, {seeds}, psi {measured['psi']:g}"
    yield f"{'':16}{'this model':>14}{'real pictures':>16}"
    for name, values in measured["metrics"].items():
        yield f"{TITLES[name]:16}{values['model']:14.4g}{values['real']:16.4g}"
    other = f"of {held_out['name']}" if held_out else "others of it"
    yield (
        f"Both: {count:,} pictures against {reference:,} of {data}; the real ones are {other}. "
        + ("Half of the real ones are mirrored. " if measured["mirror"] else "")
        + "Lower is better."
    )
    few = FD_MOBILENETV2 in measured["metrics"] and min(count, reference) < _MANY
    yield "Fewer pictures score worse: compare only numbers of equally many." + (
        f" Below {_MANY:,} that is strong." if few else ""
    )
