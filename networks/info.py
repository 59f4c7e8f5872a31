"""What a program may know about a model without torch: names, sizes, where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from networks.config_checks import from_plain, plain

Architecture = Literal["progan", "stylegan", "stylegan2", "stylegan3-t", "stylegan3-r"]


@dataclass(frozen=True)
class Source:
    """The file a model was first read from, without its folder.

    name:   file name, e.g. "afhqcat.pkl".
    sha256: of the whole file, 64 lower-case hex digits; "" = not computed.
    """

    name: str
    sha256: str = ""


@dataclass(frozen=True)
class LayerInfo:
    """One step of synthesis, as the layer list shows it.

    name:       as capture takes it: "b64.conv1", "L10_276_256", "output".
    resolution: width and height of its activation in pixels (StyleGAN3: with the margin).
    channels:   feature maps of its activation.
    ws_rows:    rows of ws it reads.
    reads:      which other inputs it reads, sorted, of "input_transform", "lod", "noise".
    """

    name: str
    resolution: int
    channels: int
    ws_rows: tuple[int, ...] = ()
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelInfo:
    """Everything widgets and the command line may know about a model.

    parameters:  trainable numbers of the generator.
    class_names: one per label, or () when the file names none.
    notes:       sentences for the user about how the file was read.
    """

    architecture: Architecture
    resolution: int
    img_channels: int
    z_dim: int
    c_dim: int
    w_dim: int
    num_ws: int
    layers: tuple[LayerInfo, ...]
    parameters: int
    source: Source | None = None
    class_names: tuple[str, ...] = ()
    has_noise: bool = False
    has_input_transform: bool = False
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict that json can write."""
        return plain(self)

    @classmethod
    def from_json(cls, data: object) -> ModelInfo:
        """Read what to_json wrote; ValueError names a field that is unknown or missing."""
        return from_plain(
            cls,
            data,
            {
                "layers": lambda layers: tuple(
                    from_plain(LayerInfo, layer, where="layer") for layer in layers
                ),
                "source": lambda source: from_plain(Source, source),
            },
        )
