"""A plausible state of every panel: a StyleGAN2 or StyleGAN3 open, jobs running, latents kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.messages import (
    Equivariance,
    JobUpdate,
    MeasureEquivariance,
    RenderThumbnails,
    SaveSeeds,
)
from explorer.model_info import LayerInfo, ModelInfo
from explorer.panel_state import (
    FolderEntry,
    ModelStatus,
    Operator,
    Operators,
    PanelState,
    Rates,
    TextureView,
)
from explorer.request import (
    ChannelStatistics,
    LayerReport,
    RenderRequest,
    RenderResult,
    Timings,
    request_from,
)
from explorer.settings import (
    ArrayRef,
    ClassChoice,
    Latent,
    LayerView,
    MixSource,
    ModelRef,
    Noise,
    SavedLatent,
    Settings,
    StyleMixing,
    Truncation,
)
from explorer.view_state import CanvasView, Preferences

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def stylegan2_info(c_dim: int = 10) -> ModelInfo:
    """Return a 256-pixel StyleGAN2 with named classes: 14 rows, 20 layers."""
    layers: list[LayerInfo] = []
    row = 0
    for resolution in (4, 8, 16, 32, 64, 128, 256):
        channels = min(512, 16384 // resolution)
        for name in ("conv1",) if resolution == 4 else ("conv0", "conv1"):
            full = f"b{resolution}.{name}"
            layers.append(LayerInfo(full, resolution, channels, (row,), ("noise",)))
            row += 1
        layers.append(LayerInfo(f"b{resolution}.torgb", resolution, 3, (row,)))
    return ModelInfo(
        "stylegan2", 256, 3, 512, c_dim, 512, row + 1, tuple(layers), 28_274_000,
        class_names=NAMES[:c_dim], has_noise=True, notes=("Read from a pickle",),
    )  # fmt: skip


def stylegan3_info() -> ModelInfo:
    """Return a 256-pixel StyleGAN3: 16 rows, 16 layers, an input transform."""
    layers = [LayerInfo("input", 36, 1024, (0,), ("input_transform",))]
    layers += [LayerInfo(f"L{i}_256_{1024 >> i // 5}", 256, 1024, (i + 1,)) for i in range(15)]
    return ModelInfo(
        "stylegan3-r", 256, 3, 512, 0, 512, 16, tuple(layers), 15_093_151, has_input_transform=True
    )


def empty_state(settings: Settings | None = None) -> PanelState:
    return PanelState(settings or Settings(), CanvasView(), Preferences())


def full_settings(info: ModelInfo) -> Settings:
    saved = ArrayRef("ab" * 32, (info.num_ws, info.w_dim))
    sources = (
        MixSource(1000, weights=((0, 1.0), (1, 0.5))),
        MixSource(saved=saved, name="A long name of a saved latent", weights=((9, 0.7),)),
        MixSource(4211, enabled=False),
    )
    library = (
        SavedLatent("A long name of a saved latent", saved),
        SavedLatent("Other model", ArrayRef("cd" * 32, (8, 512))),
    )
    return Settings(
        model=ModelRef("afhqcat-network-snapshot-015500.pkl", "3f" * 32, "/models/afhqcat.pkl"),
        latent=Latent(4012.35, -3.2, saved, "Sleepy cat", 12.0, -3.0),
        classes=ClassChoice("blend", ((3, 1.0), (5, 0.5))),
        truncation=Truncation(0.72, 8),
        noise=Noise("random", 7, 0.5),
        mixing=StyleMixing(sources),
        layer=LayerView(info.layers[5].name, base_channel=12, gain_db=-3.0, spectrum=True),
        library=library,
    )


def full_state(info: ModelInfo | None = None) -> PanelState:
    info = info or stylegan2_info()
    settings = full_settings(info)
    request = request_from(settings)
    assert request is not None
    thumbnails = {MixSource(1000): TextureView(1, 96, 96)}
    folder = (
        FolderEntry("/models/older", "older", 0, True),
        FolderEntry(
            "/models/afhqcat.pkl", "afhqcat-network-snapshot-015500.pkl", 352_000_000, False
        ),
    )
    return PanelState(
        settings,
        CanvasView(),
        Preferences(
            capture_folder="/pictures/captures",
            recent_models=("/models/a.pkl",),
            model_folder="/models",
        ),
        info=info,
        status=ModelStatus("ready"),
        result=_result(request, info),
        current=True,
        thumbnails=thumbnails,
        jobs=_jobs(request),
        equivariance=tuple(Equivariance(i, request, 60.0 + i, 55.0, 40.0) for i in range(5)),
        history_labels=("Start", "Seed 12", "Psi", "Gain"),
        history_index=2,
        folder=folder,
        devices=("auto", "cpu", "cuda:0"),
        rates=Rates(59.8, (16.0, 17.0, 16.5), (180.0, 190.0), 0.3, 812_000_000),
        operators=_operators(),
        session_name="cats.json",
    )


def failed(state: PanelState) -> PanelState:
    text = "afhqcat.pkl is not a model: the file ends after 12 bytes"
    return replace(
        state, info=None, result=None, status=ModelStatus("failed", text, "/models/a.pkl")
    )


def missing(state: PanelState) -> PanelState:
    status = ModelStatus("missing", "", "/models/moved/afhqcat.pkl")
    return replace(state, info=None, result=None, status=status)


def loading(state: PanelState) -> PanelState:
    return replace(state, info=None, status=ModelStatus("loading", "Reading weights", fraction=0.4))


def _result(request: RenderRequest, info: ModelInfo) -> RenderResult:
    counts = np.arange(32, dtype=np.float32)
    decibels = -np.arange(33, dtype=np.float32)
    some, other = ChannelStatistics(0.0123, 1.2, 14.2), ChannelStatistics(-0.2, 0.93, 6.21)
    layer = info.layers[5]
    size = (64, 64)
    limits = (-3.0, 3.0)
    report = LayerReport(
        layer.name, layer.channels, *size, some, other, counts, limits, decibels
    )  # fmt: skip
    times = Timings(1.2, 182.4, 3.1, 186.9, tuple((each.name, 3.0) for each in info.layers))
    return RenderResult(request, np.zeros((8, 8, 4), np.uint8), timings=times, layer=report)


def _operators() -> Operators:
    names = ("bias_act", "upfirdn2d", "filtered_lrelu", "modulated_conv2d")
    why = "Native kernels for AVX-512, prebuilt."
    ops = tuple(Operator(name, "cpu", "native", why) for name in names)
    return Operators(ops, 302_000_000, 84_000_000)


def _jobs(request: RenderRequest) -> tuple[JobUpdate, ...]:
    return (
        JobUpdate(1, SaveSeeds(request, (1,), "x"), "running", "Saving seeds", 3, 8, 12.0),
        JobUpdate(2, RenderThumbnails(request, ()), "waiting", "Rendering thumbnails", 0, 4),
        JobUpdate(3, MeasureEquivariance(request), "running", "Measuring equivariance"),
    )
