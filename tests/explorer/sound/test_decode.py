"""Sound files of every kind, and sentences for those that are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.arrays import ArrayStore
from explorer.sound import decode as decoding
from explorer.sound.decode import RATE, SoundError, decode, decode_stereo
from explorer.sound.files import find_sound, read_sound
from tests.explorer.sound.made import FILE_RATE, beats, converted, sine, write_wav


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    return write_wav(tmp_path_factory.mktemp("sounds") / "song.wav", beats(3.0))


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".ogg", ".flac", ".m4a", ".opus"])
def test_every_format_gives_the_same_curves(song, suffix):
    from explorer.sound.analyse import analyse

    wanted = analyse(decode(song).samples)
    made = song if suffix == ".wav" else converted(song, suffix)
    found = decode(made)
    assert found.samples.dtype == np.float32
    assert found.duration_secs == pytest.approx(3.0, abs=0.06)
    assert found.note == ""
    curves = analyse(found.samples)[:, :170]
    assert np.abs(curves[1] - wanted[1, :170]).mean() < 0.03
    assert np.flatnonzero(np.diff(curves[4]) > 0.2) == pytest.approx(
        np.flatnonzero(np.diff(wanted[4, :170]) > 0.2), abs=1
    )


def test_samples_are_what_was_written(tmp_path):
    samples = sine(500, 1.0, FILE_RATE)
    found = decode(write_wav(tmp_path / "a.wav", samples)).samples
    assert len(found) == RATE
    assert found[2000:-2000] == pytest.approx(sine(500, 1.0)[2000:-2000], abs=2e-3)


def test_stereo_is_mixed_unless_its_channels_cancel(tmp_path):
    one = sine(500, 1.0, FILE_RATE)
    half = decode(write_wav(tmp_path / "half.wav", np.stack([one, 0 * one], 1))).samples
    assert np.abs(half).max() == pytest.approx(0.5**1.5, abs=0.01)
    opposite = decode(write_wav(tmp_path / "opposite.wav", np.stack([one, -one], 1))).samples
    assert np.abs(opposite).max() == pytest.approx(0.5, abs=0.01)
    stereo = decode_stereo(tmp_path / "half.wav", 48000)
    assert stereo.shape == (48000, 2)
    assert np.abs(stereo[:, 0]).max() > 16000
    assert np.abs(stereo[:, 1]).max() == 0


def test_of_a_long_sound_the_first_minutes_are_used(tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "MAX_SOUND_SECS", 2.0)
    found = decode(write_wav(tmp_path / "long.wav", beats(5.0)))
    assert len(found.samples) == 2 * RATE
    assert found.duration_secs == pytest.approx(5.0)
    assert found.note.startswith("Of long.wav the first")


def test_of_a_damaged_sound_what_is_there_is_used(tmp_path):
    whole = converted(write_wav(tmp_path / "long.wav", beats(12.0)), ".flac").read_bytes()
    cut = tmp_path / "cut.flac"
    cut.write_bytes(whole[: len(whole) // 2])
    found = decode(cut)
    assert 3 < found.duration_secs < 9
    assert "cut.flac is damaged after" in found.note


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("none.wav", None, "There is no sound file"),
        ("empty.wav", b"", "empty.wav is empty"),
        ("text.mp3", b"a song in words " * 99, "text.mp3 is damaged, or of a kind"),
        ("silent.wav", np.zeros(9000), "silent.wav is silent"),
        ("no.wav", np.zeros(0), "no.wav has no sound in it"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(tmp_path, name, content, said):
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        write_wav(path, content)
    with pytest.raises(SoundError) as caught:
        decode(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_video_without_sound_says_so(tmp_path):
    import subprocess

    import imageio_ffmpeg

    words = ["-f", "lavfi", "-i", "color=s=16x16:d=0.2", str(tmp_path / "mute.mp4")]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *words], check=True)
    with pytest.raises(SoundError, match=r"mute\.mp4 has no sound in it"):
        decode(tmp_path / "mute.mp4")


def test_a_sound_is_found_again_by_its_content(song, tmp_path):
    arrays = ArrayStore()
    sound, note = read_sound(song, arrays)
    assert (sound.name, sound.path, note) == ("song.wav", str(song), "")
    assert sound.duration_secs == pytest.approx(3.0)
    assert arrays.get(sound.curves).shape == (5, 180)
    assert find_sound(sound) == str(song)
    elsewhere = replace(sound, path="")
    assert find_sound(elsewhere, [str(tmp_path)]) is None
    (tmp_path / "song.wav").write_bytes(b"another song")
    assert find_sound(elsewhere, [str(tmp_path)]) is None
    assert find_sound(elsewhere, [str(tmp_path), str(song.parent / "s.json")]) == str(song)
    outside = replace(sound, path="", name=f"../{song.parent.name}/song.wav")
    assert find_sound(outside, [str(tmp_path)]) is None
