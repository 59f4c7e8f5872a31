"""What panels may look at, built anew in each frame of what the application owns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgui_bundle import hello_imgui

from explorer.app.export import capture_folder
from explorer.panel_state import PanelState

if TYPE_CHECKING:
    from explorer.app.controller import Controller


def panel_state(app: Controller) -> PanelState:
    """Return the state of this frame."""
    settings = app.frame_settings
    return PanelState(
        settings=settings,
        view=app.view,
        preferences=app.preferences,
        info=app.models.info,
        status=app.models.status,
        result=app.result,
        preview=app.preview,
        progress=app.worker.progress,
        current=app.current,
        rendering=app.worker.rendering,
        render_error=app.render_error,
        picture=app.pictures.picture,
        magnified=app.pictures.magnified,
        grid_cells=app.pictures.cells(settings.grid),
        thumbnails=app.pictures.thumbnails(),
        jobs=app.open_jobs,
        equivariance=app.background.measured,
        history_labels=app.history.labels,
        history_index=app.history.index,
        folder=app.folder,
        devices=app.devices,
        rates=app.rates.rates(hello_imgui.frame_rate()),
        operators=app.operators.known,
        gpu_notes=_gpu_notes(app),
        shipped=app.shipped,
        session_name=app.sessions.name,
        capture_folder=str(capture_folder(app)),
        training=app.training.state(app),
        wipe=app.training.comparison.wipe(app),
        controls=app.knobs.state(settings, app.models.info),
        live=app.live.state(),
        timeline=app.timeline.state(app.sound.state(app)),
        export=app.exports.state(app),
    )


def _gpu_notes(app: Controller) -> tuple[str, ...]:
    made = app.result.notes if app.result is not None else ()
    return tuple(note for note in (*made, app.pictures.gpu.sentence) if note)
