"""`video` end to end: the same frames as `render`, decoded videos, sentences."""

import os

import numpy as np
import pytest
from PIL import Image

from explorer.arrays import ArrayStore
from explorer.cli import main
from explorer.settings import Settings
from explorer.slices import ModelRef
from explorer.timeline import recipes
from explorer.video import launcher, png_frames
from explorer.video.finish import caption_parts
from explorer.video.plan import VideoOptions
from tests.explorer.video.making import decoded, make_model, moving, session_of
from tests.gui.made_runs import made_run
from train.runs import list_snapshots

pytestmark = pytest.mark.usefixtures("command_home")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("models"), resolution=64)


def video(*words):
    return main(["video", *map(str, words)])


def psnr_db(a, b):
    error = ((a.astype(float) - b.astype(float)) ** 2).mean()
    return 10 * np.log10(255**2 / error)


def test_frames_are_what_render_makes_at_their_times(model, tmp_path):
    settings = moving(model, 1.0)
    (tmp_path / "s.json").write_text(session_of(settings))
    assert video("--session", "s.json", "--fps", 8, "--out", "frames") == 0
    assert sorted(os.listdir("frames"))[-1] == "000007.png"
    for index in (0, 3, 7):
        time = index / 8
        assert main(["render", "--session", "s.json", "--time", f"{time}", "--out", "r"]) == 0
        frame = png_frames.decode((tmp_path / "frames" / f"{index:06d}.png").read_bytes())
        with Image.open(tmp_path / "r" / f"time{time:08.3f}.png") as picture:
            assert np.array_equal(np.asarray(picture), frame)
    first = png_frames.decode((tmp_path / "frames" / "000000.png").read_bytes())
    assert not np.array_equal(first, frame)


def test_a_decoded_video_is_near_its_frames(tmp_path):
    from explorer.app.opening import default_model

    words = ["--model", default_model(), "--seeds", "0-2", "--seconds", 1, "--fps", 24]
    assert video(*words, "--out", "frames") == 0
    assert video(*words, "--out", "a.mp4") == 0
    names = sorted(os.listdir("frames"))
    frames = [png_frames.decode((tmp_path / "frames" / name).read_bytes()) for name in names]
    back = decoded(tmp_path / "a.mp4")
    assert len(back) == len(frames) == 24
    assert psnr_db(back, np.stack(frames)) > 35
    assert launcher.jobs() == ()


def test_ctrl_c_leaves_a_job_that_goes_on(model, tmp_path, monkeypatch, capsys):
    from explorer.video import frames

    write, written = frames._write, []

    def interrupted(path, data):
        if len(written) == 4:
            written.append(None)
            raise KeyboardInterrupt
        written.append(path)
        write(path, data)

    monkeypatch.setattr(frames, "_write", interrupted)
    words = ["--model", model.path, "--seeds", "1-2", "--seconds", 1, "--fps", 10]
    assert video(*words, "--out", "a.gif") == 130
    assert "--resume" in capsys.readouterr().err
    assert not (tmp_path / "a.gif").exists()
    assert video("--resume") == 0
    assert len(written) == 11
    assert len(decoded(tmp_path / "a.gif")) == 10
    assert video("--resume") == 1
    assert "no video to go on with" in capsys.readouterr().err


def test_shares_of_a_grid_and_captions(model, tmp_path):
    words = ["--model", model.path, "--seconds", 0.2, "--fps", 10, "--grid", "2x1"]
    assert video(*words, "--seeds", "0-3", "--caption", "time,seed", "--out", "grid") == 0
    assert video(*words[:-2], "--seeds", "2-3", "--out", "right") == 0
    both = png_frames.decode((tmp_path / "grid" / "000001.png").read_bytes())
    right = png_frames.decode((tmp_path / "right" / "000001.png").read_bytes())
    assert both.shape[0] > 64
    assert np.array_equal(both[:64, 64:], right)
    assert both[64:].max() > 200


@pytest.mark.parametrize(
    "words, said",
    [
        (["--out", "a.mp4"], "Say what to show"),
        (["--seeds", "0-3"], "Say where the video goes"),
        (["--out", "a.avi"], "must end in .mp4"),
        (["--seeds", "0-2", "--grid", "2x1", "--out", "a.mp4"], "as many for each of the 2 cells"),
        (["--seeds", "0,3,5,6", "--grid", "2x1", "--out", "a.mp4"], "equal steps"),
        (["--grid", "0x2", "--out", "a.mp4"], "--grid must be WxH"),
        (["--recipe", "rotation", "--out", "a.mp4"], "only StyleGAN3"),
        (["--recipe", "classes", "--out", "a.mp4"], "no classes"),
        (["--caption", "mood", "--out", "a.mp4"], "--caption must list"),
        (["--bits", "16", "--out", "a.mp4"], "PNG frames only"),
        (["--size", "big", "--out", "a.mp4"], "--size must be auto or WxH"),
        (["--audio", "none.wav", "--out", "a.mp4"], "no sound file"),
        (["--audio", "a.wav", "--no-audio", "--out", "a.mp4"], "either a sound or none"),
        (["--recipe", "timelapse", "--out", "a.mp4"], "needs --run"),
        (["--run", "r", "--out", "a.mp4"], "add that"),
        (["--recipe", "timelapse", "--run", ".", "--out", "a.mp4"], "has no snapshots"),
        (["--format", "gif", "--out", "a.mp4"], "different formats"),
    ],
)
def test_mistakes_are_one_sentence(model, words, said, capsys):
    given = words if words[0] == "--out" and said.startswith("Say") else [
        "--model", model.path, *words,
    ]  # fmt: skip
    assert video(*given) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert said in lines[-1]
    assert launcher.jobs() == ()


def test_render_explains_what_a_time_is_of(model, tmp_path, capsys):
    (tmp_path / "s.json").write_text(session_of(moving(model, 1.0)))
    words = ["render", "--model", model.path, "--time", "1", "--out", "r"]
    assert main([*words, "--seeds", "1"]) == 1
    assert "only a session has a timeline" in capsys.readouterr().err
    assert main(["render", "--session", "s.json", "--time", "x", "--out", "r"]) == 1
    assert "--time must be a number" in capsys.readouterr().err


def test_several_sessions_become_as_many_videos(model, tmp_path, capsys):
    for name, secs in (("a", 0.25), ("b", 0.5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "loop.json").write_text(session_of(moving(model, secs)))
    both = ["--session", "a/loop.json", "--session", "b/loop.json", "--fps", 8]
    assert video(*both, "--format", "gif", "--out", "videos") == 0
    assert capsys.readouterr().out.split() == [
        str(tmp_path / "videos" / name) for name in ("loop.gif", "loop-2.gif")
    ]
    assert len(decoded(tmp_path / "videos" / "loop.gif")) == 2
    assert len(decoded(tmp_path / "videos" / "loop-2.gif")) == 4
    assert video(*both, "--out", "one.mp4") == 1
    assert "must be a folder" in capsys.readouterr().err
    (tmp_path / "b" / "loop.json").write_text("{}")
    assert video(*both, "--out", "none") == 1
    assert not (tmp_path / "none").exists()  # all are read before the first is made


def test_a_time_lapse_shows_the_snapshots_of_a_run(tmp_path):
    run = made_run(tmp_path / "runs", [1, 2, 3])
    words = ["--recipe", "timelapse", "--run", run, "--every", 2, "--seeds", 5, "--seconds", 2]
    assert video(*words, "--fps", 1, "--out", "frames") == 0
    frames = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "frames").iterdir())]
    shown = []
    for _, snapshot in list_snapshots(run):
        assert main(["render", "--model", str(snapshot), "--seeds", "5", "--out", "r"]) == 0
        shown.append(np.asarray(Image.open(tmp_path / "r" / "seed0005.png")))
    assert len(frames) == 3
    for frame, snapshot in zip(frames, (0, 2, 2), strict=True):
        assert np.array_equal(frame, shown[snapshot])
    assert not np.array_equal(shown[0], shown[2])


def test_a_caption_names_the_model_of_each_moment():
    first, second = (ModelRef(f"network-00{n}.pkl", str(n) * 64) for n in (1, 2))
    settings = recipes.time_lapse(Settings(model=first), [first, second])
    said = [
        caption_parts(settings, secs, VideoOptions(caption=("model", "psi")), ArrayStore())
        for secs in (1.0, 6.0)
    ]
    assert said == [["network-001", "psi 1.00"], ["network-002", "psi 1.00"]]
    grid = VideoOptions(columns=2, cells="models", models=(first, second), caption=("model",))
    assert caption_parts(settings, 0.0, grid, ArrayStore()) == ["network-001, network-002"]


def test_small_pictures_are_enlarged_where_that_is_asked_for(model, tmp_path):
    words = ["--model", model.path, "--seconds", 0.1, "--fps", 10, "--filter", "nearest"]
    assert video(*words, "--size", "auto", "--out", "large") == 0
    assert video(*words, "--out", "small") == 0
    large, small = (
        png_frames.decode((tmp_path / name / "000000.png").read_bytes())
        for name in ("large", "small")
    )
    assert np.array_equal(large, small.repeat(8, 0).repeat(8, 1))
