"""Loading and saving models: any supported file in, our own .safetensors out.

file -> inert description (networks.files) -> empty modules -> their tensors -> Model
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np

from networks.atomic import atomic_file
from networks.config import DiscriminatorConfig, StyleGAN2Config, StyleGAN3Config
from networks.errors import ModelFileError
from networks.files.build import build_network
from networks.files.formats import open_file
from networks.files.found import FoundModel, FoundNetwork
from networks.files.read import read_found
from networks.files.safe import header_json, write_safe
from networks.generator import Generator
from networks.model import (
    Model,
    build_discriminator,
    build_generator,
    describe,
)


def load_model(path: str | Path) -> Model:
    """Load any supported model file on the CPU, in float32 and evaluation mode.

    Raises ModelFileError with one sentence for the user; nothing in the file is run.
    """
    return build_model(read_model(path), file_name=Path(path).name)


def read_model(path: str | Path) -> FoundModel:
    """Read what a file holds without building it. Raises ModelFileError."""
    return read_found(open_file(path))


def build_model(found: FoundModel, *, file_name: str | None = None) -> Model:
    """Build the networks of a file that has been read. Raises ModelFileError."""
    notes = list(found.notes)
    try:
        generator = build_network(found.generator, build_generator, notes)
        assert isinstance(generator, Generator)
        discriminator = None
        if found.discriminator is not None:
            discriminator = build_network(found.discriminator, build_discriminator, notes)
    except ModelFileError as error:
        error.metadata = found.metadata | error.metadata
        raise error.in_file(file_name or _name(found)) from None
    info = describe(
        generator,
        found.generator.config,  # type: ignore[arg-type]
        source=found.source,
        class_names=found.class_names,
        notes=tuple(dict.fromkeys(notes)),
    )
    return Model(info, generator, discriminator)


def _name(found: FoundModel) -> str:
    return "the model" if found.source is None else found.source.name


def save_model(model: Model, path: str | Path) -> None:
    """Write a model as .safetensors, whole or not at all; loading it again is bit-exact.

    Raises ValueError if the path does not end in .safetensors, OSError if it cannot be written.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise ValueError(f"a model is saved as .safetensors, got {path.name!r}")
    tensors = {}
    for role, network in (("generator", model.generator), ("discriminator", model.discriminator)):
        if network is not None:
            for name, tensor in network.state_dict().items():
                tensors[f"{role}.{name}"] = tensor.detach().cpu().float().numpy()
    description = header_json(_description(model), model.info.architecture)
    try:
        _replace_with(path, description, tensors)
    except OSError as error:  # naming the file that was asked for, not the temporary one
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def _replace_with(path: Path, description: str, tensors: dict[str, np.ndarray]) -> None:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if path.parent.exists() and not path.parent.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    with atomic_file(path) as file:
        write_safe(file, description, tensors)


def _description(model: Model) -> FoundModel:
    """What the header says about a model."""
    config = model.generator.config
    assert isinstance(config, (StyleGAN2Config, StyleGAN3Config))
    generator = FoundNetwork("generator", "", config, {})
    discriminator = None
    if model.discriminator is not None:
        d_config = model.discriminator.config
        assert isinstance(d_config, DiscriminatorConfig)
        discriminator = FoundNetwork("discriminator", "", d_config, {})
    return FoundModel(
        "safetensors",
        generator,
        discriminator,
        class_names=model.info.class_names,
        notes=list(model.info.notes),
        source=model.info.source,
    )
