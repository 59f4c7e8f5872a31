"""Pictures of what is shown: their names, their contents, the session they carry."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.files import free_path, save_bytes
from explorer.png import encode_png
from explorer.request import RenderRequest
from explorer.settings import Settings


def settings_of(settings: Settings, request: RenderRequest) -> Settings:
    """Return `settings` as they were when `request` was made, where a picture depends on them."""
    return replace(
        settings,
        model=request.model,
        latent=request.latent,
        classes=request.classes,
        truncation=request.truncation,
        noise=request.noise,
        mixing=request.mixing,
        transform=request.transform,
        layer=request.layer,
        compute=request.compute,
    )


def picture_name(request: RenderRequest) -> str:
    """Return a file name that says what is shown: "ffhq-seed0042.png"."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(request.model.name).stem)[:60] or "picture"
    if request.latent.anchor is not None:
        place = re.sub(r"[^A-Za-z0-9._-]+", "-", request.latent.anchor_name)[:40] or "latent"
    else:
        place = f"seed{request.latent.seed:04d}"
    layer = f"-{request.layer.layer}" if request.layer.layer is not None else ""
    return f"{stem}-{place}{layer}.png"


def save_picture(
    folder: Path, name: str, pixels: NDArray[np.uint8], session_json: str | None
) -> tuple[Path, bool]:
    """Write a PNG without replacing another; return where it is and whether it is new."""
    data = encode_png(pixels, session_json)
    path = free_path(folder / name, data)
    if path is None:
        return folder / name, False
    save_bytes(path, data)
    return path, True
