"""What reading a file yields: inert descriptions from which networks can be built."""

from dataclasses import dataclass, field
from typing import Any

from networks.config import DiscriminatorConfig, GeneratorConfig
from networks.files.records import TensorRecord
from networks.info import Source


@dataclass(frozen=True)
class FoundNetwork:
    """One network of a file.

    Attributes:
        role:          "generator" or "discriminator".
        class_name:    as the file says.
        config:        inferred from shapes and settings.
        tensors:       state name -> tensor; views of the file.
        source_sha256: digest of the embedded source text, which is never run.
    """

    role: str
    class_name: str
    config: GeneratorConfig | DiscriminatorConfig
    tensors: dict[str, TensorRecord]
    source_sha256: str | None = None


@dataclass
class FoundModel:
    """All that a file holds.

    Attributes:
        format:        what kind of file it is, in words.
        mapped:        entry of the file -> what became of it.
        ignored:       entry of the file -> why nothing became of it.
        metadata:      what the file says about itself; JSON-able.
        notes:         sentences about differences and oddities.
        source:        where the model was first read from; None = this file.
    """

    format: str
    generator: FoundNetwork
    discriminator: FoundNetwork | None = None
    mapped: dict[str, str] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    class_names: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    source: Source | None = None
