"""Small stand-ins for what is slow: an engine, and a network whose answers are known by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.messages import Job
from explorer.render.engine import KeepGoing, Progress, Superseded, Units
from explorer.request import Preview, RenderRequest, RenderResult
from explorer.settings import ModelRef, Settings
from networks.info import LayerInfo, ModelInfo
from networks.steps import Activations, Inputs, Step

TINY_SHA256 = "ab" * 32
TINY_REF = ModelRef(name="tiny.pkl", sha256=TINY_SHA256, path="/home/someone/tiny.pkl")
TINY_W_AVG = 0.25


class TinyMapping(nn.Module):
    """w = z (+ the class's weights in the first numbers); two equal rows; the mean is 0.25."""

    has_w_avg = True

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("w_avg", torch.full((4,), TINY_W_AVG))
        self.anchor = nn.Parameter(torch.zeros(1), requires_grad=False)
        self.calls = 0

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        assert z.shape == (1, 4), "each seed is mapped alone"
        self.calls += 1
        w = z.clone()
        if c is not None:
            w[:, : c.shape[1]] += c
        return w[:, None, :].repeat(1, 2, 1)


class TinyGenerator(nn.Module):
    """8x8, z_dim 4, two rows of ws, three steps; counts every step that runs.

    "first":  4 channels, channel k is ws[0, k] everywhere.
    "second": first + ws[1], + noise strength x seed / 100 if the noise is random.
    "output": the first 3 channels of second, / 10.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mapping = TinyMapping()
        self.ran: list[str] = []
        self.before_step: Callable[[str], None] = lambda name: None
        self._steps = (
            Step("first", 8, 4, self._first, ws_rows=(0,)),
            Step("second", 8, 4, self._second, ws_rows=(1,), reads=frozenset({"noise"})),
            Step("output", 8, 3, self._output),
        )

    def steps(self) -> tuple[Step, ...]:
        return self._steps

    def inputs(self, ws: Tensor, **options: Any) -> Inputs:
        assert options["input_transform"] is None
        return Inputs(
            ws=ws,
            noise=options["noise"],
            noise_seeds=(options["noise_seed"],),
            noise_strength=options["noise_strength"],
            force_fp32=options["force_fp32"],
        )

    def _note(self, name: str) -> None:
        self.before_step(name)
        self.ran.append(name)

    def _first(self, acts: Activations, inputs: Inputs) -> Activations:
        self._note("first")
        x = inputs.ws[:, 0, :, None, None].expand(1, 4, 8, 8).contiguous()
        return Activations(x=x, out=x)

    def _second(self, acts: Activations, inputs: Inputs) -> Activations:
        self._note("second")
        assert acts.x is not None
        x = acts.x + inputs.ws[:, 1, :, None, None]
        if inputs.noise == "random":
            x = x + inputs.noise_strength * inputs.noise_seeds[0] / 100
        return Activations(x=x, out=x)

    def _output(self, acts: Activations, inputs: Inputs) -> Activations:
        self._note("output")
        assert acts.x is not None
        img = acts.x[:, :3] / 10
        return Activations(x=acts.x, img=img, out=img)


def tiny_info(c_dim: int = 0) -> ModelInfo:
    return ModelInfo(
        architecture="stylegan2",
        resolution=8,
        img_channels=3,
        z_dim=4,
        c_dim=c_dim,
        w_dim=4,
        num_ws=2,
        layers=(
            LayerInfo("first", 8, 4, (0,)),
            LayerInfo("second", 8, 4, (1,), ("noise",)),
            LayerInfo("output", 8, 3),
        ),
        parameters=1,
        has_noise=True,
    )


class TinyLibrary:
    """A model library that holds one TinyGenerator."""

    def __init__(self, c_dim: int = 0) -> None:
        self.generator = TinyGenerator()
        self.info = tiny_info(c_dim)

    def get(self, ref: ModelRef) -> Any:
        return SimpleNamespace(ref=ref, info=self.info, model=None)

    def placed(self, loaded: Any, device: torch.device) -> Any:
        return self.generator


def tiny_z(seed: int) -> np.ndarray:
    """Return what the tiny network maps a seed to: its z."""
    return np.random.RandomState(seed).randn(4).astype(np.float32)


def tiny_settings(**changes: Any) -> Settings:
    return Settings(model=TINY_REF, **changes)


class FakeEngine:
    """Renders a grey picture of the request's seed; can be held at a gate, told to fail, counts.

    With `gate` set to an event that is not set, a render waits for it between its two "steps".
    """

    def __init__(self) -> None:
        self.rendered: list[RenderRequest] = []
        self.log: list[str] = []
        self.gate: threading.Event | None = None
        self.entered = threading.Event()
        self.error: Exception | None = None
        self.units_per_job = 3
        self.thread_name = ""
        self.progress = 0.0
        self.has_previews = False

    def preview(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult | None:
        """Answer at once with a darker picture, if `has_previews`."""
        if not self.has_previews:
            return None
        self.log.append(f"preview {request.latent.seed}")
        rgba = np.full((8, 8, 4), request.latent.seed % 128, dtype=np.uint8)
        return RenderResult(request, rgba=rgba, preview=Preview("first", 4, 0.25))

    def render(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult:
        self.thread_name = threading.current_thread().name
        self.entered.set()
        if self.gate is not None:
            assert self.gate.wait(20)
        if not keep_going():
            raise Superseded
        self.rendered.append(request)
        self.log.append(f"render {request.latent.seed}")
        if self.error is not None:
            raise self.error
        rgba = np.full((8, 8, 4), request.latent.seed % 256, dtype=np.uint8)
        return RenderResult(request, rgba=rgba)

    def render_other(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult:
        return self.render(request, keep_going)

    def units(self, job_id: int, job: Job, keep_going: KeepGoing) -> Units:
        try:
            for index in range(self.units_per_job):
                self.log.append(f"job {job_id} unit {index}")
                if self.gate is not None:
                    self.entered.set()
                    assert self.gate.wait(20)
                yield Progress(index + 1, self.units_per_job)
            return "all done"
        finally:
            self.log.append(f"job {job_id} closed")
