"""Generators and discriminators of the StyleGAN family, usable without the application.

    from networks import create_model, load_model, save_model
    model = load_model("network.pkl")
    img = model.generator.synthesis(model.generator.mapping(z))

torch is imported only when one of the names below is first touched, so that networks.info,
networks.config and networks.errors stay cheap for code that never computes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from networks.checkpoint import load_model, save_model
    from networks.errors import ModelFileError
    from networks.info import LayerInfo, ModelInfo, Source
    from networks.model import Model, create_model

_HOME = {
    "LayerInfo": "networks.info",
    "Model": "networks.model",
    "ModelFileError": "networks.errors",
    "ModelInfo": "networks.info",
    "Source": "networks.info",
    "create_model": "networks.model",
    "load_model": "networks.checkpoint",
    "save_model": "networks.checkpoint",
}

__all__ = [
    "LayerInfo",
    "Model",
    "ModelFileError",
    "ModelInfo",
    "Source",
    "create_model",
    "load_model",
    "save_model",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'networks' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
