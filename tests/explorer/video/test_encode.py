"""What ffmpeg makes of frames: count, times, colours, sound; read back by ffmpeg."""

import errno
import wave
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from explorer.video.encode import colours_of, crf_of, encode, failure
from explorer.video.plan import VideoError, VideoOptions
from tests.explorer.video.making import decoded, described, frame_secs

FLAT = np.array([(230, 30, 40), (20, 200, 60), (30, 60, 220), (128, 128, 128)], np.uint8)


def flat_frames(count, size=64):
    """Return pictures of four flat areas that change places."""
    half = size // 2
    order = [np.roll(FLAT, n, axis=0).reshape(2, 2, 3) for n in range(count)]
    return np.stack([each.repeat(half, 0).repeat(half, 1) for each in order])


def made(tmp_path, frames, name="a.mp4", fps="30", **options):
    out = tmp_path / name
    options = VideoOptions(format=out.suffix[1:], **options)
    encode(lambda: iter(frames), len(frames), Fraction(fps), options, out)
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []
    return out


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_flat_colours_come_back_within_two_levels(tmp_path, name):
    frames = flat_frames(3)
    out = made(tmp_path, frames, name, quality=95)
    assert "tv, bt709" in described(out)
    assert "unknown" not in described(out).partition("Video:")[2].partition("\n")[0]
    back = decoded(out)
    middles = (slice(None), slice(12, 64, 32), slice(12, 64, 32))
    assert np.abs(back[middles].astype(int) - frames[middles]).max() <= 2


@pytest.mark.parametrize("fps", ["30", "30000/1001", "24"])
def test_the_rate_is_constant_and_exact(tmp_path, fps):
    out = made(tmp_path, flat_frames(40, 16), fps=fps)
    expected = np.arange(40) / float(Fraction(fps))
    assert np.abs(np.array(frame_secs(out)) - expected).max() < 1e-5


def test_odd_sides_get_their_last_pixels_twice(tmp_path):
    frames = flat_frames(2)[:, :63, :61]
    assert decoded(made(tmp_path, frames)).shape == (2, 64, 62, 3)
    assert decoded(made(tmp_path, frames, "a.webm")).shape == (2, 63, 61, 3)


def test_a_gif_loops_for_ever_in_its_own_colours(tmp_path):
    frames = flat_frames(5)
    with Image.open(made(tmp_path, frames, "a.gif", fps="25")) as gif:
        assert (gif.n_frames, gif.info["loop"]) == (5, 0)
        for index, frame in enumerate(frames):
            gif.seek(index)
            assert gif.info["duration"] == 40
            assert "transparency" not in gif.info
            assert np.abs(np.asarray(gif.convert("RGB")).astype(int) - frame).max() <= 2


def test_sound_is_cut_to_the_video(tmp_path):
    sound = tmp_path / "a.wav"
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        tone = 8000 * np.sin(np.arange(8000 * 5) / 5)
        file.writeframes(tone.astype("<i2").tobytes())
    for name, codec in (("a.mp4", "aac"), ("a.webm", "opus")):
        said = described(made(tmp_path, flat_frames(30, 16), name, audio=str(sound)))
        assert f"Audio: {codec}" in said
        assert "Duration: 00:00:01.0" in said


def test_what_ffmpeg_cannot_do_is_one_sentence_and_leaves_nothing(tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    with pytest.raises(VideoError, match=r"ffmpeg says: .+") as caught:
        made(tmp_path, flat_frames(3), audio=str(broken))
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["broken.wav"]
    full = failure("av_interleaved_write_frame(): No space left on device\n", 1)
    assert isinstance(full, OSError)
    assert full.errno == errno.ENOSPC


def test_quality_means_the_same_everywhere():
    assert [crf_of(VideoOptions(quality=q)) for q in (0, 100)] == [39, 3]
    assert crf_of(VideoOptions(format="webm", quality=0)) == 60
    assert crf_of(VideoOptions(crf=3)) == 3
    assert [colours_of(VideoOptions(quality=q)) for q in (0, 75, 100)] == [16, 256, 256]
