"""What widgets may know of a model: `networks.info` without torch."""

from __future__ import annotations

from networks.info import LayerInfo, ModelInfo

__all__ = ["LayerInfo", "ModelInfo"]
