"""Sounds to test with, as samples and as files."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from explorer.sound.decode import RATE

FILE_RATE = 44100


def sine(hz: float, secs: float = 4.0, rate: int = RATE, height: float = 0.5) -> np.ndarray:
    return height * np.sin(2 * np.pi * hz * np.arange(round(secs * rate)) / rate)


def clicks(times: np.ndarray, secs: float, rate: int = RATE) -> np.ndarray:
    """Short clicks that begin at `times`."""
    samples, length = np.zeros(round(secs * rate)), round(0.008 * rate)
    shape = np.exp(-np.arange(length) / (length / 5)) * np.sin(np.arange(length) * 0.9)
    for time in times:
        start = round(time * rate)
        samples[start : start + length] += shape[: len(samples) - start]
    return samples


def beats(secs: float, rate: int = FILE_RATE, every_secs: float = 0.5) -> np.ndarray:
    """A low drum every `every_secs`, the first one at half of that, over silence."""
    samples = np.zeros(round(secs * rate))
    at = np.arange(round(0.2 * rate)) / rate
    drum = 0.9 * np.exp(-at / 0.05) * np.sin(2 * np.pi * 70 * at)
    for time in np.arange(every_secs / 2, secs, every_secs):
        start = round(time * rate)
        part = samples[start : start + len(drum)]
        part += drum[: len(part)]
    return samples


def write_wav(path: Path, samples: np.ndarray, rate: int = FILE_RATE) -> Path:
    """Write samples [n] or [n, channels] as 16 bit."""
    samples = samples if samples.ndim == 2 else samples[:, None]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def converted(path: Path, suffix: str) -> Path:
    """Return the same sound in another format."""
    out = path.with_suffix(suffix)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", str(path), str(out)]
    subprocess.run(command, check=True)
    return out


def heard_of(path: Path) -> np.ndarray:
    """Return a video's sound, one channel at FILE_RATE; CalledProcessError if there is none."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", "0:a:0"]
    command += ["-ac", "1", "-ar", str(FILE_RATE), "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<f4")


def beat_secs(sound: np.ndarray) -> np.ndarray:
    """Return when the drums of `beats` begin."""
    loud = np.abs(sound) > 0.25
    starts = np.flatnonzero(loud & ~np.roll(loud, 1)) / FILE_RATE
    return starts[np.diff(starts, prepend=-1) > 0.2]
