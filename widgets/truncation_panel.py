"""Truncation: how far every row of ws is pulled towards the mean latent.

Ids: `##psi`, `###reset_psi`, `##cutoff`, `###reset_cutoff`.
"""

from __future__ import annotations

from dataclasses import replace

from explorer.model_info import ModelInfo
from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings, Truncation
from widgets.controls import disabled
from widgets.notices import text_dim
from widgets.sliders import int_slider, slider


def truncation_ui(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    new = truncation_fields_ui(settings.truncation, state.info)
    return settings if new is settings.truncation else replace(settings, truncation=new)


def truncation_fields_ui(value: Truncation, info: ModelInfo | None) -> Truncation:
    """Draw psi and cutoff; without a model psi alone can be set."""
    reason = no_mean_reason(info)
    if reason:
        text_dim(reason)
    with disabled(reason):
        psi = slider(
            "Psi", "psi", value.psi, -1.0, 2.0, default=1.0,
            tooltip="1 shows the latent as it is, 0 the mean picture, negative its opposite",
        )  # fmt: skip
        rows = info.num_ws if info is not None else 0
        shown = rows if value.cutoff is None else min(value.cutoff, rows)
        unknown = (
            None if info is not None else "How many rows there are is known once a model is open"
        )
        with disabled(unknown):
            cutoff = int_slider(
                "Cutoff", "cutoff", shown, 0, max(rows, 1), default=rows, default_text="all",
                fmt=cutoff_text(shown, rows),
                tooltip="Psi acts on the first rows only, from coarse to fine",
            )  # fmt: skip
    if psi == value.psi and cutoff == shown:
        return value
    if cutoff == shown:
        return replace(value, psi=psi)
    return replace(value, psi=psi, cutoff=None if cutoff >= rows else cutoff)


def cutoff_text(cutoff: int, num_ws: int) -> str:
    """Return what the slider shows: "all", "none" or "5 of 14"."""
    if num_ws == 0:
        return "–"
    if cutoff >= num_ws:
        return "all"
    return f"{cutoff} of {num_ws}" if cutoff else "none"


def no_mean_reason(info: ModelInfo | None) -> str | None:
    """Return why truncation does nothing for this network, or None."""
    if info is not None and info.architecture == "progan":
        return "ProGAN has no mapping network, so there is no mean latent to move towards"
    return None
