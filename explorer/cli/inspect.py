"""`inspect MODEL`: what a model file holds, without running anything from it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

HELP = "Show what a model file holds, without running anything from it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="a .pkl or .safetensors file")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the description of one file; 1 if its network cannot be built."""
    from networks.errors import ModelFileError

    print(f"Reading {arguments.model}", file=sys.stderr)
    try:
        described = describe(arguments.model)
    except ModelFileError as error:
        refused = {"error": str(error), "class": error.class_name, "metadata": error.metadata}
        if arguments.json:
            print(json.dumps(refused, indent=2))
        elif error.metadata:
            print("\n".join(_tree({"the file says": error.metadata})))
        print(str(error), file=sys.stderr)
        return 1
    print(json.dumps(described, indent=2) if arguments.json else "\n".join(_lines(described)))
    return 0


def describe(path: str) -> dict[str, Any]:
    """Everything `inspect` prints as JSON-able values. Raises ModelFileError."""
    from networks.checkpoint import build_model, read_model

    found = read_model(path)
    model = build_model(found)
    networks: dict[str, Any] = {}
    for network in (found.generator, found.discriminator):
        if network is not None:
            networks[network.role] = {
                "class": network.class_name,
                "source_sha256": network.source_sha256,
                "tensors": len(network.tensors),
                "config": network.config.to_json(),
            }
    return {
        "format": found.format,
        **model.info.to_json(),
        "mapped": found.mapped,
        "ignored": found.ignored,
        "networks": networks,
        "metadata": found.metadata,
    }


def _lines(described: dict[str, Any]) -> Iterator[str]:
    source = described["source"] or {}
    rows = {
        "file": f"{source.get('name', '?')} ({described['format']})",
        "SHA-256": source.get("sha256", ""),
        "architecture": described["architecture"],
        "resolution": f"{described['resolution']} x {described['resolution']}, "
        f"{described['img_channels']} channels",
        "latent sizes": f"z {described['z_dim']}, w {described['w_dim']} x {described['num_ws']}",
        "classes": described["c_dim"] or "none",
        "parameters": f"{described['parameters']:,}",
    }
    if described["class_names"]:
        rows["class names"] = ", ".join(described["class_names"])
    for name, value in rows.items():
        yield f"{name:13} {value}"
    yield "layers"
    for layer in described["layers"]:
        rows_read = ", ".join(map(str, layer["ws_rows"])) or "-"
        size = f"{layer['resolution']} x {layer['resolution']}"
        yield f"  {layer['name']:16} {size:>11} {layer['channels']:5} channels  w {rows_read}"
    yield from _tree({"mapped": described["mapped"], "ignored": described["ignored"] or "nothing"})
    if described["metadata"]:
        yield from _tree({"the file says": described["metadata"]})
    yield "notes" if described["notes"] else "notes         none"
    for note in described["notes"]:
        yield f"  {note}"


def _tree(values: dict[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{name}"
            yield from _tree(value, indent + "  ")
        else:
            yield f"{indent}{name}: {value}" if indent else f"{name:13} {value}"
