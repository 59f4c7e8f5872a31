"""The options that say what a picture is, of `render` and `video`, and what they stand for."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from dataclasses import replace

from explorer.errors import UserError
from explorer.render.recorded import MAX_THREADS
from explorer.seeds import parse_seeds
from explorer.session import Session
from explorer.settings import (
    SEED_MODULUS,
    ClassChoice,
    InputTransform,
    LayerView,
    MixSource,
    Noise,
    Settings,
    StyleMixing,
    Truncation,
)
from explorer.timeline.model import MAX_SECS
from networks.info import ModelInfo

_MIX = re.compile(r"(\d+):([\d\s,-]+)(?:@(\d*\.?\d+))?")


class OptionError(UserError):
    """An option has a value that cannot be used with this model."""


def take_negative_values(parser: argparse.ArgumentParser) -> None:
    """Let `--translate -0.1,0.2` be an option and its value: argparse sees two options."""
    parser._negative_number_matcher = re.compile(r"-[\d.][\d.,eE+-]*")


def add_picture_options(add: Callable[..., object]) -> None:
    """Declare what settings_with reads, but for device and threads.

    Args:
        add: add_argument of a parser or of a group.
    """
    add("--psi", help="truncation: 1 = none, 0 = the mean picture (default 1)")
    add("--cutoff", type=int, help="rows of ws that are truncated (default all)")
    add("--class", dest="class_", metavar="CLASS", help="number, name, or a blend: 3:0.5,7:0.5")
    add("--noise", help="none, const, random or random:SEED (default const)")
    add("--rotate", metavar="DEGREES", help="turn the input of a StyleGAN3")
    add("--translate", metavar="X,Y", help="move the input of a StyleGAN3, in image widths")
    add("--mix", action="append", metavar="SEED:ROWS[@WEIGHT]", help="rows of w from another seed")
    add("--layer", metavar="NAME", help="show this layer's first channels instead of the picture")


def settings_with(settings: Settings, arguments: argparse.Namespace, info: ModelInfo) -> Settings:
    """Return `settings` with every option that was given in place of what they say.

    Raises OptionError naming the option, its value and what the model allows.
    """
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    if "psi" in given or "cutoff" in given:
        truncation = _truncation(settings.truncation, given, info)
        settings = replace(settings, truncation=truncation)
    if "class_" in given:
        settings = replace(settings, classes=class_choice(given["class_"], info))
    if "noise" in given:
        settings = replace(settings, noise=noise_choice(given["noise"], settings.noise))
    if "translate" in given or "rotate" in given:
        settings = replace(settings, transform=_transform(settings.transform, given, info))
    if "mix" in given:
        sources = tuple(mix_source(text, info.num_ws) for text in given["mix"])
        settings = replace(settings, mixing=StyleMixing(sources))
    if "layer" in given:
        settings = replace(settings, layer=_layer(given["layer"], info))
    compute = settings.compute
    if "device" in given:
        compute = replace(compute, device=given["device"])
    if "threads" in given:
        if not 1 <= given["threads"] <= MAX_THREADS:
            raise OptionError(f"--threads must be 1 to {MAX_THREADS}, got {given['threads']}")
        compute = replace(compute, threads=given["threads"])
    return replace(settings, compute=compute)


def moment(text: str | None, session: Session | None, seeds: str | None) -> float | None:
    """Read --time in seconds; None if it was not given. Raises OptionError if it has no meaning."""
    if text is None:
        return None
    if session is None:
        raise OptionError(f"--time {text}: only a session has a timeline; say which with --session")
    if seeds is not None:
        raise OptionError("--time and --seeds: the timeline says what is shown; leave one out")
    if session.settings.timeline.empty:
        raise OptionError(f"--time {text}: the timeline of this session has no keys")
    return _number("--time", text, 0, MAX_SECS)


def class_choice(text: str, info: ModelInfo) -> ClassChoice:
    """Read "3", a class name, or a blend "3:0.5,7:0.5"."""
    if info.c_dim == 0:
        raise OptionError("--class: this model has no classes")
    if text in info.class_names or ":" not in text:
        return ClassChoice("blend", ((_class_index(text, info), 1.0),))
    weights = []
    for part in text.split(","):
        name, _, number = part.rpartition(":")
        weights.append((_class_index(name.strip(), info), _number("--class", number, 0, 1e6)))
    if sum(weight for _, weight in weights) <= 0:
        raise OptionError(f"--class: the weights of {text} must not all be 0")
    return ClassChoice("blend", tuple(weights))


def _class_index(text: str, info: ModelInfo) -> int:
    if text in info.class_names:
        return info.class_names.index(text)
    if text.isdecimal() and int(text) < info.c_dim:
        return int(text)
    names = f" or one of {', '.join(info.class_names[:20])}" if info.class_names else ""
    raise OptionError(f"--class must be 0 to {info.c_dim - 1}{names}, got {text or 'nothing'}")


def noise_choice(text: str, noise: Noise) -> Noise:
    """Read "none", "const", "random" or "random:SEED" (without one: seed 0)."""
    mode, _, seed = text.partition(":")
    if mode == "none" and not seed:
        return replace(noise, mode="none")
    if mode == "const" and not seed:
        return replace(noise, mode="const")
    if mode == "random" and (not seed or seed.isdecimal()):
        return replace(noise, mode="random", seed=int(seed or 0) % SEED_MODULUS)
    raise OptionError(f"--noise must be none, const, random or random:SEED, got {text}")


def mix_source(text: str, num_ws: int) -> MixSource:
    """Read "SEED:ROWS" or "SEED:ROWS@WEIGHT", rows as in "0-3,5"."""
    match = _MIX.fullmatch(text.strip())
    if match is None:
        raise OptionError(f"--mix must be SEED:ROWS such as 12:0-3,5 or 12:0-3@0.5, got {text}")
    (seed,) = parse_seeds(match[1])
    rows = parse_seeds(match[2])
    if max(rows) >= num_ws:
        raise OptionError(f"--mix: rows of this model are 0 to {num_ws - 1}, got {max(rows)}")
    weight = 1.0 if match[3] is None else _number("--mix", match[3], 0, 1)
    return MixSource(seed=seed, weights=tuple((row, weight) for row in rows))


def _truncation(truncation: Truncation, given: dict, info: ModelInfo) -> Truncation:
    if info.architecture == "progan":
        raise OptionError("--psi and --cutoff: a ProGAN has no mean latent to truncate towards")
    if "psi" in given:
        truncation = replace(truncation, psi=_number("--psi", given["psi"], -100, 100))
    if "cutoff" in given:
        cutoff = given["cutoff"]
        if not 0 <= cutoff <= info.num_ws:
            raise OptionError(f"--cutoff must be in 0 to {info.num_ws}, got {cutoff}")
        truncation = replace(truncation, cutoff=cutoff)
    return truncation


def _transform(transform: InputTransform, given: dict, info: ModelInfo) -> InputTransform:
    if not info.has_input_transform:
        raise OptionError("--translate and --rotate: only StyleGAN3 has an input to move")
    if "translate" in given:
        parts = given["translate"].split(",")
        if len(parts) != 2:
            raise OptionError(f"--translate must be X,Y, got {given['translate']}")
        x, y = (_number("--translate", part, -1e6, 1e6) for part in parts)
        transform = replace(transform, translate_x=x, translate_y=y)
    if "rotate" in given:
        turns = _number("--rotate", given["rotate"], -1e9, 1e9) / 360
        transform = replace(transform, rotate_turns=turns)
    return transform


def _layer(name: str, info: ModelInfo) -> LayerView:
    names = [layer.name for layer in info.layers]
    if name not in names:
        raise OptionError(f"--layer must be one of {', '.join(names)}, got {name}")
    return LayerView(layer=name)


def _number(option: str, text: object, low: float, high: float) -> float:
    try:
        number = float(str(text))
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise OptionError(f"{option} must be a number from {low:g} to {high:g}, got {text}")
    return number
