"""Where pictures come from: `open_source(path or "demo:NAME", choices)` tells by what is there."""

from train.data.sources.base import Entry, Source
from train.data.sources.find import open_source

__all__ = ["Entry", "Source", "open_source"]
