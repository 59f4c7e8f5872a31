"""The worker with the real engine: a model arrives by a job, pictures follow."""

import hashlib
import threading
import time

from explorer.arrays import ArrayStore
from explorer.messages import JobUpdate, LoadModel, ModelLoaded
from explorer.render.worker import Worker
from explorer.request import RenderResult, request_from
from explorer.settings import Compute, ModelRef, Settings
from networks import create_model, save_model


def wait(worker, woken):
    """Return what the worker reports until it has nothing left to do."""
    reports, end = [], time.monotonic() + 60
    while worker.busy:
        assert time.monotonic() < end
        woken.wait(0.05)
        woken.clear()
        reports += worker.poll()
    return reports + worker.poll()


def test_a_picture_that_failed_is_made_once_its_model_is_there(tmp_path):
    path = tmp_path / "tiny.safetensors"
    fields = {"z_dim": 8, "w_dim": 8, "channel_base": 64, "channel_max": 8, "map_depth": 2}
    save_model(create_model("stylegan2", resolution=16, randomise=True, **fields), path)
    woken = threading.Event()
    worker = Worker(ArrayStore(), woken.set)
    worker.start()
    compute = Compute(device="cpu", threads=1)

    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    request = request_from(Settings(model=ModelRef("tiny", sha256), compute=compute))
    worker.submit(request)
    (result,) = wait(worker, woken)
    assert "was not found" in result.error.message
    worker.submit(request)
    assert wait(worker, woken) == []

    worker.enqueue(LoadModel(str(path)))
    reports = wait(worker, woken)
    (loaded,) = [report for report in reports if isinstance(report, ModelLoaded)]
    labels = [report.label for report in reports if isinstance(report, JobUpdate)]
    assert labels[0] == "Opening tiny.safetensors"
    assert "Reading tiny.safetensors" in labels

    assert loaded.ref.sha256 == sha256
    worker.submit(request)
    (result,) = wait(worker, woken)
    assert isinstance(result, RenderResult)
    assert result.error is None
    assert result.rgba.shape == (16, 16, 4)
    assert result.request == request
    assert result.threads == 1
    assert worker.close(20)
    assert worker.poll() == []
