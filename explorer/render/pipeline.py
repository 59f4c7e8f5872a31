"""Request -> ws -> activation -> pixels; every stage is kept until what it reads changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

import cuda_ops
from cuda_ops import cuda
from explorer.errors import UserError
from explorer.render.activation_display import Display
from explorer.render.device import resolve_device, thread_count
from explorer.render.engine import KeepGoing, Superseded
from explorer.render.gpu_pixels import fetched_image, fetched_pixels
from explorer.render.graphs import STEP_NAME, Graphs
from explorer.render.latents import LatentSource
from explorer.render.limits import Limits
from explorer.render.memo import Memo
from explorer.render.model_library import LoadedModel, ModelLibrary
from explorer.render.preview import (
    Previews,
    preview_image,
    preview_pixels,
    shows_picture,
)
from explorer.render.reuse import ActivationCache
from explorer.render.transform import inverse_matrix
from explorer.request import GpuPixels, Preview, RenderRequest, RenderResult, Timings
from explorer.settings import InputTransform
from networks.info import ModelInfo
from networks.resample import untransform
from networks.steps import Activations, Inputs, Step

OUTPUT = "output"  # the last step of every network: the picture


class LayerError(UserError):
    """The model has no layer of that name."""


@dataclass(eq=False)
class _Clock:
    """Collects the timings of one render."""

    device: torch.device
    started: float = field(default_factory=time.perf_counter)
    steps: list[tuple[str, float]] = field(default_factory=list)
    reused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def lap_ms(self) -> float:
        """Return the milliseconds since the last lap, the device's queue included."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        now = time.perf_counter()
        lap, self.started = 1000 * (now - self.started), now
        return lap


@dataclass(frozen=True, eq=False)
class Placed:
    """A model where it runs."""

    loaded: LoadedModel
    generator: Any
    device: torch.device
    key: Hashable  # weights, device, precision, threads: equal keys give equal bits
    weights_key: Hashable  # the same without the threads


class Pipeline:
    """Answers requests one after the other. For one thread; two pipelines may share their parts.

    Args:
        library: where models come from.
        latents: computes ws, and keeps w of seeds.
        limits:  called before each picture for what it may cost.
        previews: what is known about rough pictures.
        graphs:  what of it GPUs replay as a whole.

    progress: how much of the picture under way is done, 0..1 by the time its steps take; may be
        read from any thread.
    """

    def __init__(
        self,
        library: ModelLibrary,
        latents: LatentSource,
        limits: Callable[[], Limits] = Limits,
        previews: Previews | None = None,
        graphs: Graphs | None = None,
    ) -> None:
        self._library = library
        self._latents = latents
        self._limits = limits
        self._previews = previews or Previews()
        self._graphs = graphs or Graphs()
        self.progress = 0.0
        self._ws: Memo[Tensor] = Memo(16)
        self._activations = ActivationCache()
        self._resampled: tuple[Tensor, InputTransform, Tensor] | None = None
        self._display = Display()

    @torch.inference_mode()
    def render(self, request: RenderRequest, keep_going: KeepGoing | None = None) -> RenderResult:
        """Return the picture of `request`.

        Raises UserError (a missing model, layer or device, a latent that does not fit),
        networks.ModelFileError, and Superseded when `keep_going` returns False between two steps.
        """
        begun = time.perf_counter()
        placed = self.place(request)
        clock = _Clock(placed.device)
        ws = self._ws_of(request, placed)
        mapping_ms = clock.lap_ms()
        batch = self._activation(request, placed, ws, keep_going, clock)
        synthesis_ms = clock.lap_ms()
        is_picture = (request.layer.layer or OUTPUT) == OUTPUT
        if is_picture:
            batch = self._untransformed(batch, request.transform, placed)
        shown, report = self._display.show(batch, request.layer, request.layer.layer or OUTPUT)
        gpu = shown if isinstance(shown, GpuPixels) else None
        fetch_img = fetched_image(batch[0])
        img = None if not is_picture else fetch_img() if gpu is None else fetch_img
        display_ms = clock.lap_ms()
        return RenderResult(
            request,
            rgba=fetched_pixels(shown) if isinstance(shown, GpuPixels) else shown,
            img=img,
            gpu=gpu,
            timings=Timings(
                mapping_ms=mapping_ms,
                synthesis_ms=synthesis_ms,
                display_ms=display_ms,
                total_ms=1000 * (time.perf_counter() - begun),
                steps=tuple(clock.steps),
                reused=clock.reused,
            ),
            layer=report,
            device=str(placed.device),
            implementation=implementation_on(placed.device.type),
            threads=torch.get_num_threads(),
            network_ran=bool(clock.steps),
            notes=(*clock.notes, self._display.gpu.sentence, layout_note(request, placed)),
        )

    @torch.inference_mode()
    def preview(
        self, request: RenderRequest, keep_going: KeepGoing | None = None
    ) -> RenderResult | None:
        """Return a rough picture of `request`, or None where the exact one is as well begun now.

        None also while nothing is known about previews of the model, or none is near enough.
        What is computed on the way is reused by `render`. Raises what `render` does.
        """
        begun = time.perf_counter()
        budget_ms = self._limits().preview_ms
        if budget_ms <= 0 or not shows_picture(request.layer, OUTPUT):
            return None
        placed = self.place(request)
        known = self._previews.of(placed.weights_key)
        clock = _Clock(placed.device)
        ws = self._ws_of(request, placed)
        mapping_ms = clock.lap_ms()
        steps = placed.generator.steps()
        inputs = synthesis_inputs(request, placed.generator, placed.loaded.info, ws)
        usable = self._activations.usable(placed.key, steps, inputs)
        readout = known.choose(steps, usable, budget_ms)
        if readout is None or known.cut is None:
            return None
        activations = self._run(placed, inputs, steps[readout.index].name, keep_going, clock)
        synthesis_ms = clock.lap_ms()
        batch = preview_image(known.cut, readout, activations, inputs)
        batch = self._untransformed(batch, request.transform, placed)
        gain = 10 ** (request.layer.gain_db / 20)
        rgba = preview_pixels(batch[0], placed.loaded.info.resolution, gain)
        display_ms = clock.lap_ms()
        known.note_readout(readout.index, display_ms)
        return RenderResult(
            request,
            rgba=rgba,
            timings=Timings(
                mapping_ms=mapping_ms,
                synthesis_ms=synthesis_ms,
                display_ms=display_ms,
                total_ms=1000 * (time.perf_counter() - begun),
                steps=tuple(clock.steps),
                reused=clock.reused,
            ),
            device=str(placed.device),
            implementation=implementation_on(placed.device.type),
            threads=torch.get_num_threads(),
            preview=Preview(steps[readout.index].name, readout.side, readout.error),
        )

    @torch.inference_mode()
    def ws(self, request: RenderRequest) -> Tensor:
        """Return the final ws [1, num_ws, w_dim] of `request`, on the device."""
        return self._ws_of(request, self.place(request))

    @torch.inference_mode()
    def activation(self, request: RenderRequest, keep_going: KeepGoing | None = None) -> Tensor:
        """Return what the shown layer computes, [1, C, H, W], before anything done for display."""
        placed = self.place(request)
        ws = self._ws_of(request, placed)
        return self._activation(request, placed, ws, keep_going, _Clock(placed.device))

    def place(self, request: RenderRequest) -> Placed:
        """Return the request's model on its device, and set torch's threads as it asks."""
        threads = thread_count(request.compute.threads)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        loaded = self._library.get(request.model)
        device = resolve_device(request.compute.device)
        # Threads change the last bits, so what was kept under another number is not reused.
        weights_key = (loaded.ref.sha256, str(device), request.compute.precision)
        placed = self._library.placed(loaded, device)
        return Placed(loaded, placed, device, (*weights_key, threads), weights_key)

    def _ws_of(self, request: RenderRequest, placed: Placed) -> Tensor:
        key = (placed.key, request.latent, request.classes, request.truncation, request.mixing)
        return self._ws.get(
            key,
            lambda: self._latents.ws(request, placed.generator, placed.loaded.info, placed.key),
        )

    def _activation(
        self,
        request: RenderRequest,
        placed: Placed,
        ws: Tensor,
        keep_going: KeepGoing | None,
        clock: _Clock,
    ) -> Tensor:
        layer = request.layer.layer
        if layer is not None and layer not in {step.name for step in placed.generator.steps()}:
            raise LayerError(f"{placed.loaded.ref.name} has no layer {layer}: choose another one")
        inputs = synthesis_inputs(request, placed.generator, placed.loaded.info, ws)
        activations = self._run(placed, inputs, layer, keep_going, clock)
        assert activations.out is not None
        return activations.out

    def _run(
        self,
        placed: Placed,
        inputs: Inputs,
        until: str | None,
        keep_going: KeepGoing | None,
        clock: _Clock,
    ) -> Activations:
        """Run what is needed up to the step `until`; what each step took is remembered."""
        steps = placed.generator.steps()
        names = [step.name for step in steps]
        last = len(names) - 1 if until is None else names.index(until)
        known = self._previews.of(placed.weights_key)
        self._activations.budget_bytes = self._limits().keep_bytes
        if last == len(steps) - 1:
            whole = self._replayed(placed, inputs, keep_going, clock)
            if whole is not None:
                return whole
        usable = self._activations.usable(placed.key, steps, inputs)
        total_ms = known.cost_ms(steps, usable, last)
        self.progress, spent_ms = 0.0, 0.0

        def observe(index: int, step: Step, secs: float) -> None:
            nonlocal spent_ms
            spent_ms += 1000 * secs
            clock.steps.append((step.name, 1000 * secs))
            share = spent_ms / total_ms if total_ms else (index + 1) / (last + 1)
            self.progress = min(share, 1.0)

        try:
            activations = self._activations.run(
                placed.key, steps, inputs, until=until, keep_going=keep_going, observe=observe
            )
            if len(clock.steps) == len(steps):
                assert activations.out is not None
                self._graphs.note(placed.generator, steps, inputs, activations.out)
            return activations
        finally:
            known.note_steps(clock.steps)
            if last == len(steps) - 1 and placed.device.type == "cuda":
                clock.notes += (self._graphs.sentence(placed.generator, inputs),)
            clock.reused = tuple(names[: last + 1 - len(clock.steps)])

    def _replayed(
        self, placed: Placed, inputs: Inputs, keep_going: KeepGoing | None, clock: _Clock
    ) -> Activations | None:
        """Make the whole picture at once where that is recorded and no kept step would help."""
        if not self._graphs.ready(placed.generator, inputs):
            return None
        steps = placed.generator.steps()
        if self._activations.usable(placed.key, steps, inputs):
            return None
        goes_on = self._activations.unchanged(placed.key, steps, inputs) > 0
        if goes_on and self._limits().keep_bytes > 0:
            return None  # the next picture of this drag begins where this one leaves its steps
        if keep_going is not None and not keep_going():
            raise Superseded
        started = time.perf_counter()
        out = self._graphs.picture(placed.generator, inputs)
        if out is None:
            return None
        if placed.device.type == "cuda":
            torch.cuda.synchronize(placed.device)
        clock.steps.append((STEP_NAME, 1000 * (time.perf_counter() - started)))
        clock.notes += (self._graphs.sentence(placed.generator, inputs),)
        self.progress = 1.0
        activations = Activations(img=out, out=out)
        self._activations.take(placed.key, inputs, len(steps) - 1, activations)
        return activations

    def _untransformed(self, batch: Tensor, transform: InputTransform, placed: Placed) -> Tensor:
        """Resample a picture back to where it would be without the input transform, if asked."""
        if not (transform.untransform and placed.loaded.info.has_input_transform):
            return batch
        kept = self._resampled
        if kept is None or kept[0] is not batch or kept[1] != transform:
            matrix = inverse_matrix(transform, placed.loaded.info.resolution)
            kept = self._resampled = (batch, transform, untransform(batch, matrix))
        return kept[2]


def synthesis_inputs(request: RenderRequest, generator: Any, info: ModelInfo, ws: Tensor) -> Inputs:
    """Return what synthesis reads for `request`; what the network has no use for is left out."""
    matrix = None
    if info.has_input_transform:
        inverse = inverse_matrix(request.transform, info.resolution)
        matrix = torch.from_numpy(inverse).to(ws.device, ws.dtype)
    return generator.inputs(
        ws,
        noise=request.noise.mode,
        noise_seed=request.noise.seed,
        noise_strength=request.noise.strength,
        input_transform=matrix,
        force_fp32=request.compute.precision == "float32",
    )


def layout_note(request: RenderRequest, placed: Placed) -> str:
    """Say how half precision lies in memory on a GPU; "" where there is none."""
    half = request.compute.precision == "file" and placed.device.type == "cuda"
    if not half or placed.loaded.info.architecture != "stylegan2":
        return ""
    return cuda.channels_last(placed.device.index or 0)[1]


def implementation_on(device_type: str) -> str:
    """Return what the operators run as: "reference", "native avx512", or both, joined by "+"."""
    names = {op.variant for op in cuda_ops.status().ops if op.device == device_type}
    return "+".join(sorted(names)) or "reference"
