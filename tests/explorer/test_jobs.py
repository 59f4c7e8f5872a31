"""Jobs with real networks: exact pictures, files that are whole, and nothing overwritten."""

import json
import math
import os
from dataclasses import replace

import numpy as np
import pytest

from explorer.arrays import ArrayStore
from explorer.errors import UserError
from explorer.files import SaveError
from explorer.messages import (
    Cell,
    ConvertModel,
    Equivariance,
    ExportActivation,
    LatentReady,
    LoadModel,
    MeasureEquivariance,
    ModelLoaded,
    RenderGrid,
    RenderThumbnails,
    SaveLatent,
    SaveSeeds,
    Thumbnail,
)
from explorer.neighbours import cell_latent
from explorer.png import read_session
from explorer.render.engine import Progress, Superseded, always
from explorer.render.job_labels import job_label
from explorer.render.torch_engine import TorchEngine
from explorer.request import request_from
from explorer.session import session_from_json, session_to_json
from explorer.settings import (
    Compute,
    Grid,
    Latent,
    LayerView,
    MixSource,
    Settings,
    Truncation,
    seed_latent,
)
from explorer.view_state import CanvasView
from networks import create_model, load_model, save_model

FIELDS = {"z_dim": 8, "w_dim": 8, "channel_base": 64, "channel_max": 8, "map_depth": 2}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for name in ("stylegan2", "stylegan3-t"):
        model = create_model(name, resolution=16, randomise=True, **FIELDS)
        save_model(model, folder / f"{name}.safetensors")
    return folder


class Desk:
    def __init__(self, path):
        self.path = str(path)
        self.arrays = ArrayStore()
        self.engine = TorchEngine(self.arrays)
        ref = self.engine.library.load(self.path).ref
        self.settings = Settings(
            model=ref, truncation=Truncation(0.7), compute=Compute(device="cpu", threads=1)
        )
        self.request = request_from(self.settings)

    def run(self, job, keep_going=always):
        """Return what the job reports besides progress, and its outcome."""
        self.progress, reports = [], []
        assert job_label(job)
        units = self.engine.units(7, job, keep_going)
        while True:
            try:
                unit = next(units)
            except StopIteration as end:
                return reports, end.value
            (self.progress if isinstance(unit, Progress) else reports).append(unit)

    def picture(self, **changes):
        return self.engine.render(replace(self.request, **changes), always).rgba


@pytest.fixture
def desk(files):
    return Desk(files / "stylegan2.safetensors")


def test_loading_reports_the_model(files):
    desk = Desk(files / "stylegan2.safetensors")
    (loaded,), outcome = desk.run(LoadModel(desk.path))
    assert isinstance(loaded, ModelLoaded)
    assert loaded.ref == desk.settings.model
    assert loaded.info.resolution == 16
    assert outcome == "Opened stylegan2.safetensors"


def test_converting_writes_a_model_that_gives_the_same(desk, tmp_path):
    target = tmp_path / "copy.safetensors"
    _, outcome = desk.run(ConvertModel(desk.path, str(target)))
    assert "copy.safetensors" in outcome
    for a, b in zip(
        load_model(target).generator.parameters(),
        load_model(desk.path).generator.parameters(),
        strict=True,
    ):
        assert np.array_equal(a.numpy(), b.numpy())
    with pytest.raises(UserError, match="the model itself"):
        desk.run(ConvertModel(desk.path, desk.path))


def test_grid_cells_are_exactly_the_pictures_they_open(desk):
    grid = Grid(3, 2, step=0.5)
    request = replace(desk.request, latent=Latent(x=4.0, y=1.0))
    cells, _ = desk.run(RenderGrid(request, grid))
    assert len(cells) == 6
    assert (cells[0].column, cells[0].row) == (1, 0)
    assert {(cell.column, cell.row) for cell in cells} == {(i, j) for i in range(3) for j in (0, 1)}
    for cell in cells:
        assert isinstance(cell, Cell)
        latent = cell_latent(request.latent, grid, cell.column, cell.row)
        assert (latent.x, latent.y) == (4 + 0.5 * (cell.column - 1), 1 + cell.row)
        assert cell.seed == latent.seed
        assert cell.rgba.tobytes() == desk.picture(latent=latent).tobytes()
    assert [(p.done, p.total) for p in desk.progress] == [(k, 6) for k in range(1, 7)]


def test_a_grid_does_not_disturb_what_the_window_keeps(desk):
    desk.picture()
    desk.run(RenderGrid(desk.request, Grid(2, 2)))
    assert not desk.engine.render(desk.request, always).network_ran


def test_thumbnails_are_small_and_saved_latents_untruncated(desk):
    ws = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32)
    saved = MixSource(saved=desk.arrays.add(ws), name="kept", weights=((1, 0.5),))
    sources = (MixSource(seed=3), saved)
    thumbs, _ = desk.run(RenderThumbnails(desk.request, sources, size_px=8))
    assert [thumb.source for thumb in thumbs] == list(sources)
    assert all(isinstance(thumb, Thumbnail) for thumb in thumbs)
    assert all(thumb.rgba.shape == (8, 8, 4) for thumb in thumbs)
    seed = desk.picture(latent=seed_latent(3)).reshape(8, 2, 8, 2, 4).mean(axis=(1, 3))
    assert np.abs(thumbs[0].rgba - seed).max() <= 0.5
    kept = desk.picture(latent=Latent(anchor=saved.saved), truncation=Truncation())
    kept = kept.reshape(8, 2, 8, 2, 4).mean(axis=(1, 3))
    assert np.abs(thumbs[1].rgba - kept).max() <= 0.5


def test_saving_seeds_never_overwrites(desk, tmp_path):
    text = session_to_json(desk.settings, CanvasView(), desk.arrays, keep_paths=True)
    job = SaveSeeds(desk.request, (3, 12345), str(tmp_path / "new"), text)
    _, outcome = desk.run(job)
    assert outcome == "Saved 2 pictures in new"
    assert sorted(os.listdir(job.folder)) == ["seed0003.png", "seed12345.png"]
    _, outcome = desk.run(job)
    assert outcome == "Saved 0 pictures in new; 2 had been saved before"
    other = replace(job, request=replace(desk.request, truncation=Truncation(0.1)), seeds=(3,))
    desk.run(other)
    assert sorted(os.listdir(job.folder)) == ["seed0003-2.png", "seed0003.png", "seed12345.png"]


def test_saved_seeds_carry_the_session_of_their_seed(desk, tmp_path):
    from PIL import Image

    text = session_to_json(desk.settings, CanvasView(zoom=2.0), desk.arrays, keep_paths=True)
    desk.run(SaveSeeds(desk.request, (5,), str(tmp_path), text))
    carried = read_session(tmp_path / "seed0005.png")
    assert str(os.path.dirname(desk.path)) not in carried
    session = session_from_json(carried, ArrayStore())
    assert session.settings.latent == seed_latent(5)
    assert session.settings.truncation == Truncation(0.7)
    assert session.view.zoom == 2.0
    assert session.recorded["threads"] == 1
    assert session.recorded["device"] == "cpu"
    with Image.open(tmp_path / "seed0005.png") as picture:
        pixels = np.asarray(picture)
    assert np.array_equal(pixels, desk.picture(latent=seed_latent(5))[:, :, :3])
    desk.run(SaveSeeds(desk.request, (6,), str(tmp_path), None))
    assert read_session(tmp_path / "seed0006.png") is None


def test_a_full_disk_ends_the_job_with_a_sentence(desk, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SaveError, match=r"no space left on the disk for seed0001\.png"):
        desk.run(SaveSeeds(desk.request, (1, 2), str(tmp_path), None))
    assert os.listdir(tmp_path) == []


def test_a_kept_latent_is_what_the_picture_was_made_from(desk):
    request = replace(desk.request, latent=Latent(x=0.5))
    (ready,), _ = desk.run(SaveLatent(request, "half"))
    assert isinstance(ready, LatentReady)
    assert ready.ws.shape == (6, 8)
    assert ready.model_sha256 == desk.settings.model.sha256
    again = Latent(anchor=desk.arrays.add(ready.ws))
    kept = desk.picture(latent=again, truncation=Truncation())
    assert np.array_equal(kept, desk.picture(latent=request.latent))


def test_exported_activation_is_the_captured_one(desk, tmp_path):
    layer = LayerView(layer="b8.conv1", mode="mosaic", gain_db=12.0)
    path = tmp_path / "layer.npz"
    desk.run(ExportActivation(replace(desk.request, layer=layer), str(path)))
    with np.load(path, allow_pickle=False) as data:
        activation, name = data["activation"], str(data["layer"])
        request = json.loads(str(data["request"]))
    ws = desk.engine.pipeline.ws(desk.request)
    generator = desk.engine.library.get(desk.settings.model).model.generator
    assert np.array_equal(activation, generator.capture(ws, "b8.conv1")[0].numpy())
    assert activation.dtype == np.float32
    assert name == "b8.conv1"
    assert request["truncation"]["psi"] == 0.7
    assert request["model"]["path"] == ""
    assert os.listdir(tmp_path) == ["layer.npz"]


def test_equivariance_of_a_picture_and_its_cancellation(files):
    desk = Desk(files / "stylegan3-t.safetensors")
    (report,), outcome = desk.run(MeasureEquivariance(desk.request))
    assert isinstance(report, Equivariance)
    assert all(math.isfinite(db) for db in (report.eq_t_db, report.eq_t_frac_db, report.eq_r_db))
    assert f"{report.eq_t_db:.1f} dB" in outcome
    assert desk.run(MeasureEquivariance(desk.request))[0] == [report]
    answers = iter([True] * 30)
    with pytest.raises(Superseded):
        desk.run(MeasureEquivariance(desk.request), lambda: next(answers, False))


def test_equivariance_needs_stylegan3(desk):
    with pytest.raises(UserError, match="StyleGAN3 only"):
        desk.run(MeasureEquivariance(desk.request))
