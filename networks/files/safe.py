"""Our own format: a .safetensors file whose header carries the configuration as JSON.

The header's metadata has one entry, `latent-explorer`: format version, architecture, both
configurations, class names, notes, and where the model came from (file name and SHA-256).
Tensors are named `generator.<state name>` and `discriminator.<state name>`, all float32.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import IO, Any

import numpy as np

from networks.config import GENERATOR_CONFIGS, DiscriminatorConfig
from networks.errors import DamagedFileError, UnsupportedModelError
from networks.files.arrays import shorten
from networks.files.bounds import LIMITS
from networks.files.found import FoundModel, FoundNetwork
from networks.files.records import Storage, TensorRecord
from networks.info import Source

KEY = "latent-explorer"
VERSION = 1
_ROLES = ("generator", "discriminator")
_MAX_NOTES = 100
_MAX_TEXT = 1000


def header_json(found: FoundModel, architecture: str) -> str:
    """What goes into the header's metadata under KEY."""
    discriminator = found.discriminator
    return json.dumps(
        {
            "version": VERSION,
            "architecture": architecture,
            "generator": found.generator.config.to_json(),
            "discriminator": None if discriminator is None else discriminator.config.to_json(),
            "class_names": list(found.class_names),
            "notes": [note[:_MAX_TEXT] for note in found.notes[:_MAX_NOTES]],
            "source": None if found.source is None else _described(found.source),
        },
        ensure_ascii=True,
        allow_nan=False,
    )


def _described(source: Source) -> dict[str, str]:
    """A source whose name is one on every system: Linux allows a backslash in a name."""
    return asdict(source) | {"name": source.name.replace("\\", "_")[-255:]}


def write_safe(file: IO[bytes], description: str, tensors: Mapping[str, np.ndarray]) -> None:
    """Write header and numbers; equal models give equal bytes.

    Args:
        description: what header_json gave.
        tensors:     "role.state name" -> float32.
    """
    header: dict[str, Any] = {"__metadata__": {KEY: description}}
    position = 0
    for name in sorted(tensors):
        end = position + 4 * tensors[name].size
        shape = list(tensors[name].shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [position, end]}
        position = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the numbers begin at a multiple of 8 bytes
    file.write(len(text).to_bytes(8, "little"))
    file.write(text)
    for name in sorted(tensors):
        file.write(np.ascontiguousarray(tensors[name], "<f4").data)


def read_safe(data: memoryview) -> FoundModel:
    """Read a file of our own format.

    Raises:
        UnsupportedModelError: a .safetensors file that another program wrote.
        DamagedFileError:      the header does not fit the file.
    """
    size = int.from_bytes(data[:8], "little")
    if size > LIMITS.header_bytes or 8 + size > len(data):
        raise DamagedFileError(
            f"its header claims {size:,} bytes of a file of {len(data):,}; "
            "download it again or ask for an intact copy"
        )
    header = _parse(bytes(data[8 : 8 + size]), "header")
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict) or not isinstance(metadata.get(KEY), str):
        raise UnsupportedModelError(
            "it was written by another program and does not say what network it holds; "
            "convert the original .pkl instead"
        )
    tensors = _tensors(header, data[8 + size :])
    return _model(_parse(metadata[KEY].encode(), "description"), tensors)


def _parse(text: bytes, what: str) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ValueError("a name occurs twice")
        return result

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"its {what} is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise DamagedFileError(f"its {what} is {shorten(value)}")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _tensors(header: dict[str, Any], body: memoryview) -> dict[str, TensorRecord]:
    """Check every tensor's place: float32, in the file, together covering it without overlap."""
    if len(header) > LIMITS.tree_nodes:
        raise DamagedFileError(f"it lists {len(header):,} tensors")
    tensors: dict[str, TensorRecord] = {}
    places: list[tuple[int, int]] = []
    for name, entry in header.items():
        if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
            raise DamagedFileError(f"{shorten(name)} is not described as a tensor")
        shape, offsets = entry["shape"], entry["data_offsets"]
        if entry["dtype"] != "F32":
            raise DamagedFileError(f"{shorten(name)} is stored as {shorten(entry['dtype'])}")
        if not _sizes(shape, LIMITS.tensor_dims) or not _sizes(offsets, 2) or len(offsets) != 2:
            raise DamagedFileError(f"{shorten(name)} has an impossible shape or place")
        begin, end = offsets
        stride = _contiguous(shape)
        numel = shape[0] * stride[0] if shape else 1
        if end > len(body) or end - begin != 4 * numel:
            raise DamagedFileError(
                f"{shorten(name)} of shape {shorten(tuple(shape))} lies at bytes {begin:,} to "
                f"{end:,} of {len(body):,}"
            )
        places.append((begin, end))
        tensors[name] = TensorRecord(
            Storage("f4", body[begin:end], numel), 0, tuple(shape), tuple(stride)
        )
    position = 0
    for begin, end in sorted(places):
        if begin != position:
            raise DamagedFileError(f"its tensors overlap or leave a gap at byte {position:,}")
        position = end
    if position != len(body):
        raise DamagedFileError(f"its tensors end at byte {position:,} of {len(body):,}")
    return tensors


def _sizes(value: Any, longest: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= longest
        and all(type(item) is int and 0 <= item < 1 << 48 for item in value)
    )


def _contiguous(shape: list[int]) -> list[int]:
    stride, step = [], 1
    for size in reversed(shape):
        stride.append(step)
        step *= size
    return stride[::-1]


def _model(description: dict[str, Any], tensors: dict[str, TensorRecord]) -> FoundModel:
    version = description.get("version")
    if type(version) is not int or version < 1:
        raise DamagedFileError(f"its description has version {shorten(version)}")
    if version > VERSION:
        raise UnsupportedModelError(
            f"it was written by a newer version of this program (format {version}, known is "
            f"{VERSION}); update the program"
        )
    architecture = description.get("architecture")
    if not isinstance(architecture, str) or architecture not in GENERATOR_CONFIGS:
        raise UnsupportedModelError(f"its architecture {shorten(architecture)} is not known")
    groups: dict[str, dict[str, TensorRecord]] = {role: {} for role in _ROLES}
    for name, tensor in tensors.items():
        role, _, rest = name.partition(".")
        if role not in groups or not rest:
            raise DamagedFileError(f"it holds an unknown tensor {shorten(name)}")
        groups[role][rest] = tensor
    try:
        config = GENERATOR_CONFIGS[architecture].from_json(description.get("generator"))
        generator = FoundNetwork("generator", architecture, config, groups["generator"])
        discriminator = None
        if description.get("discriminator") is not None:
            config = DiscriminatorConfig.from_json(description["discriminator"])
            discriminator = FoundNetwork(
                "discriminator", "discriminator", config, groups["discriminator"]
            )
        elif groups["discriminator"]:
            raise ValueError("it holds a discriminator's tensors without its description")
        source = _source(description.get("source"))
        names = _texts(description.get("class_names"), generator.config.c_dim)
        notes = list(_texts(description.get("notes"), _MAX_NOTES))
    except (ValueError, OverflowError) as error:
        raise DamagedFileError(f"its description does not fit: {error}") from None
    found = FoundModel("safetensors", generator, discriminator)
    found.mapped = {role: role for role in _ROLES if groups[role]}
    found.class_names, found.notes, found.source = names, notes, source
    return found


def _source(value: Any) -> Source | None:
    if value is None:
        return None
    match value:
        case {"name": str(name), "sha256": str(digest)}:
            bare = name.replace("\\", "/").rsplit("/", 1)[-1]
            if len(name) <= 255 and bare == name and _is_digest(digest):
                return Source(name, digest)
    raise ValueError("its source is not a file name with a SHA-256")


def _is_digest(digest: str) -> bool:
    return digest == "" or (len(digest) == 64 and set(digest) <= set("0123456789abcdef"))


def _texts(value: Any, longest: int) -> tuple[str, ...]:
    if value is None:
        return ()
    if (
        not isinstance(value, list)
        or len(value) > longest
        or not all(
            isinstance(item, str) and len(item) <= _MAX_TEXT and item.isprintable()
            for item in value
        )
    ):
        raise ValueError("its notes or class names are not short texts")
    return tuple(value)
