"""Bounds on everything a model file may claim, checked before memory or time is spent.

The largest published file of the family (StyleGAN-XL at 1024 pixels) has about 100,000 opcodes
and 3,000 storages; the bounds leave an order of magnitude above it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one file may cost. Sizes in bytes, the rest are counts."""

    file_bytes: int = 16 << 30  # refused before a byte is read
    opcodes: int = 1_000_000  # nested streams included: bounds the time
    objects: int = 200_000  # containers, views and records
    memo_entries: int = 300_000  # per stream; also the highest memo index
    stack_items: int = 500_000  # on the stack between two marks
    marks: int = 1_000  # marks open at once
    text_bytes: int = 64 << 10  # one text; a longer one stays an undecoded view of the file
    total_text_bytes: int = 12 << 20  # all decoded text of a file (up to 4 bytes each in memory)
    line_bytes: int = 512  # a newline-terminated name
    integer_bytes: int = 16
    tensor_dims: int = 8
    tree_depth: int = 32  # modules within modules
    tree_nodes: int = 20_000  # modules and tensors of one network
    parameters: int = 4 << 30  # elements in one network
    header_bytes: int = 4 << 20  # JSON header of a safetensors file


LIMITS = Limits()
