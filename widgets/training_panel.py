"""Training: the runs there are, and the run to come.

Ids: `###training_page_runs`, `###training_page_new`; see training_runs and training_new for what
is on the two pages.
"""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings
from explorer.training_actions import ShowTrainingPage
from explorer.training_state import TrainingPage
from widgets.choices import segmented
from widgets.training_new import NewRunPage
from widgets.training_runs import RunsPage

PAGES: tuple[tuple[TrainingPage, str, str], ...] = (
    ("runs", "Runs", "What is being trained and what was"),
    ("new", "New run", "From pictures to a model that learns them"),
)


class TrainingPanel:
    """The panel, with what its pages keep between frames."""

    def __init__(self) -> None:
        self.runs = RunsPage()
        self.new = NewRunPage()

    def draw(self, settings: Settings, state: PanelState, emit: Emit) -> Settings:
        training = state.training
        width = imgui.get_content_region_avail().x
        page = segmented("training_page", training.page, PAGES, width)
        if page != training.page:
            emit(ShowTrainingPage(page))
        if training.page == "runs":
            self.runs.draw(training, emit)
        else:
            self.new.draw(training, emit)
        return settings


training_ui = TrainingPanel().draw
