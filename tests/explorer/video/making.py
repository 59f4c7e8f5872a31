"""A small model with a timeline, jobs of it, and videos read back."""

from __future__ import annotations

import hashlib
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from explorer.arrays import ArrayStore
from explorer.session import session_to_json
from explorer.settings import Settings
from explorer.slices import ModelRef
from explorer.timeline import recipes
from explorer.video.plan import VideoJob, VideoOptions, format_of
from explorer.view_state import CanvasView
from networks import create_model, save_model

FIELDS = {"z_dim": 8, "w_dim": 8, "channel_base": 64, "channel_max": 8, "map_depth": 2}


def make_model(folder: Path, seed: int = 0, resolution: int = 16) -> ModelRef:
    path = folder / f"model{seed}.safetensors"
    model = create_model("stylegan2", resolution=resolution, seed=seed, randomise=True, **FIELDS)
    save_model(model, path)
    return ModelRef(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), str(path))


def moving(model: ModelRef, secs: float, seeds=(1, 2, 3)) -> Settings:
    settings = Settings(model=model)
    timeline = replace(settings.timeline, duration_secs=secs)
    return recipes.through_seeds(replace(settings, timeline=timeline), seeds)


def session_of(settings: Settings) -> str:
    return session_to_json(settings, CanvasView(), ArrayStore(), keep_paths=True)


def job_of(settings: Settings, out: Path, **options) -> VideoJob:
    return VideoJob(session_of(settings), str(out), VideoOptions(format=format_of(out), **options))


def decoded(path: Path) -> np.ndarray:
    """Return all frames [N, H, W, 3], converted as the file's tags say."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
    to_rgb = "scale=flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24"
    command += ["-fps_mode", "passthrough", "-vf", to_rgb, "-f", "rawvideo", "-"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    width, height = map(int, re.search(r"Video: .*? (\d\d+)x(\d+)", described(path)).groups())
    return np.frombuffer(data, np.uint8).reshape(-1, height, width, 3)


def described(path: Path) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    return subprocess.run(command, capture_output=True, text=True).stderr


def frame_secs(path: Path) -> list[float]:
    """Return the time of each frame."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "info", "-i", str(path)]
    command += ["-vf", "showinfo", "-fps_mode", "passthrough", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return [float(secs) for secs in re.findall(r"pts_time:([\d.]+)", said)]
