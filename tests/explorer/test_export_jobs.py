"""What the window says of videos that end, and what it makes of a choice."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from explorer.app.export_jobs import JobWatch
from explorer.app.export_options import default_name, options_of, outcome_of, outcome_text
from explorer.app.notices import Notices
from explorer.export_state import ExportChoice
from explorer.settings import Settings
from explorer.slices import LayerView, ModelRef
from explorer.timeline.recipes import through_seeds, truncation_sweep
from explorer.video import launcher
from explorer.video.plan import VideoError, video_times
from explorer.video.status import JobStatus, read_status, write_status
from tests.explorer.video.making import job_of, make_model, moving

MODEL = ModelRef("faces.pkl", "0" * 64)


class Now:
    """Tasks that are done at once."""

    def run(self, work: Any, then: Any, failed: Any) -> None:
        then(work())


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path / "home"))
    return tmp_path


def test_a_video_that_ends_is_said_once_and_an_old_one_never(home):
    model = make_model(home)
    app: Any = SimpleNamespace(notices=Notices())
    old, bad, good = (
        launcher.make_job(job_of(moving(model, 1.0), home / f"{name}.mp4"))
        for name in ("old", "bad", "good")
    )
    write_status(old, JobStatus("failed", "It was yesterday."))
    write_status(bad, JobStatus("queued"))
    watch = JobWatch(Now())  # type: ignore[arg-type]
    watch.look(app)
    write_status(good, JobStatus("finished", total=30))
    watch.started(app, good)  # done before anybody looked
    write_status(bad, JobStatus("failed", "The disk is full."))
    watch.look(app)
    watch.look(app)
    said = [(notice.text, notice.reveal) for notice in app.notices.shown()]
    assert said == [
        ("Exported good.mp4, 30 frames", str(home / "good.mp4")),
        ("bad.mp4 was not exported. The disk is full.", ""),
    ]
    assert [row.name for row in watch.rows] == ["good.mp4", "bad.mp4", "old.mp4"]


def test_a_killed_video_is_said_too(home):
    app: Any = SimpleNamespace(notices=Notices())
    folder = launcher.make_job(job_of(moving(make_model(home), 1.0), home / "a.mp4"))
    watch = JobWatch(Now())  # type: ignore[arg-type]
    write_status(folder, JobStatus("queued"))
    watch.look(app)
    write_status(folder, JobStatus("rendering", pid=2**22 - 1, start_mark="gone"))
    assert read_status(folder).state == "crashed"
    watch.look(app)
    assert next(n.text for n in app.notices.shown()).startswith("a.mp4 was not exported.")


@pytest.mark.parametrize("playing", ["loop", "once", "mirror"])
@pytest.mark.parametrize("fps", [0.0, 12.0, 29.97])
def test_as_many_frames_are_said_as_there_will_be(playing, fps):
    settings = moving(MODEL, 3.0)
    timeline = replace(settings.timeline, playing=playing, fps=25.0)
    settings = replace(settings, timeline=timeline)
    for part, marked in (("all", None), ("range", (0.4, 1.2)), ("range", None)):
        options = options_of(ExportChoice(fps=fps, part=part), timeline, marked, ())
        times = video_times(timeline, options)
        assert outcome_of(settings, options, 64).frames == len(times)
    marked = options_of(ExportChoice(part="range"), timeline, (0.4, 1.2), ())
    assert video_times(timeline, marked)[-1] == pytest.approx(1.2)  # its last frame is seen


@pytest.mark.parametrize(
    "choice, said",
    [
        (ExportChoice(), "90 frames, 3.0 s, 512 × 512 px"),
        (ExportChoice(size="2"), "90 frames, 3.0 s, 128 × 128 px"),
        (ExportChoice(size="exact", width=100), "90 frames, 3.0 s, 100 × 100 px"),
        (ExportChoice(cells="seeds", columns=3, rows=1), "90 frames, 3.0 s, 1536 × 512 px"),
        (ExportChoice(caption=("psi",)), "90 frames, 3.0 s, 512 × 512 px and a caption"),
        (ExportChoice(cells="models", models=("a", "b")), "90 frames, 3.0 s"),
    ],
)
def test_what_comes_out_is_said_in_words(choice, said):
    settings = moving(MODEL, 3.0)
    models = [MODEL] * len(choice.models)
    options = options_of(choice, settings.timeline, None, models)
    assert outcome_text(outcome_of(settings, options, 64), bool(choice.caption)) == said
    layered = replace(settings, layer=LayerView(layer="b4.conv1"))
    assert "512" not in outcome_text(outcome_of(layered, options, 64), caption=False)


def test_a_grid_of_models_needs_some():
    with pytest.raises(VideoError, match="no models"):
        options_of(ExportChoice(cells="models"), Settings().timeline, None, ())
    options = options_of(
        ExportChoice(cells="models", columns=2), Settings().timeline, None, [MODEL] * 4
    )
    assert (options.columns, options.rows, options.models) == (2, 2, (MODEL,) * 4)


def test_a_file_is_named_by_the_session_or_by_model_and_motion():
    settings = truncation_sweep(through_seeds(Settings(model=MODEL), [1, 2]))
    assert default_name(settings, "") == "faces-latent-psi"
    assert default_name(settings, "/home/me/my film.json") == "my-film"
