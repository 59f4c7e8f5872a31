"""What the operators of the networks run as, why, and what their kernels hold in memory."""

from __future__ import annotations

from explorer.panel_state import Operators
from widgets.fields import fact
from widgets.model_facts import size_text
from widgets.notices import text_dim


def operators_ui(value: Operators, device: str) -> None:
    """Draw what runs on `device`, "cpu" or "cuda", and on processors what it holds."""
    native = any(op.implementation == "native" for op in value.ops if op.device == device)
    if native and device == "cpu":
        fact(
            "Prepared",
            f"{size_text(value.prepared_bytes)} of weights",
            "Weights once more, as the kernels read them; kept as long as the model is",
        )
        fact(
            "For reuse",
            f"{size_text(value.kept_bytes)} of memory",
            "Memory of earlier results, kept for the next picture",
        )
    for text in operator_texts(value, device):
        text_dim(text)


def operator_texts(value: Operators, device: str) -> tuple[str, ...]:
    """Return one sentence for all operators of `device`, or one for each group that differs."""
    groups: dict[str, list[str]] = {}
    for op in value.ops:
        if op.device == device:
            groups.setdefault(op.reason, []).append(op.name)
    if len(groups) == 1:
        return tuple(f"All operators: {reason}" for reason in groups)
    return tuple(f"{', '.join(names)}: {reason}" for reason, names in groups.items())
