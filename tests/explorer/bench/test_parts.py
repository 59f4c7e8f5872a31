"""Previews, batches, memory, training, peers: each runs on something tiny and says what it is."""

import json
import sys
import time

import pytest
import torch

import cuda_ops
from cuda_ops.cpu import library
from explorer.bench import (
    apart,
    machine,
    many,
    memory,
    networks,
    parts,
    peers,
    previews,
    report,
    training,
)
from explorer.bench.memory import Memory
from explorer.bench.partial import Partial
from explorer.bench.peers import Peer
from explorer.bench.previews import Latency
from explorer.cli import bench as command
from explorer.errors import UserError
from explorer.render.pipeline import Pipeline
from explorer.settings import Grid
from networks import create_model, save_model

FIELDS = {"z_dim": 8, "w_dim": 8, "channel_base": 512, "channel_max": 16, "map_depth": 2}
TINY = {"channel_base": 64, "channel_max": 8, "z_dim": 8, "w_dim": 8, "batch": 4}
needs_native = pytest.mark.skipif(
    not cuda_ops.status().native, reason="platform: no native kernels here"
)


def silent(_):
    pass


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    save_model(create_model("stylegan2", resolution=64, randomise=True, **FIELDS), path)
    return str(path)


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def slowed(monkeypatch, step_secs, render_secs=0.0):
    """Let every step of the pipeline take longer, so that times can be told apart."""
    run = Pipeline._run

    def slow(self, placed, inputs, until, keep_going, clock):
        time.sleep(render_secs)
        done = len(clock.steps)
        activations = run(self, placed, inputs, until, keep_going, clock)
        count = len(clock.steps) - done
        time.sleep(step_secs * count)
        known = self._previews.of(placed.weights_key)
        known.step_ms = dict.fromkeys(known.step_ms, 1000 * step_secs)
        return activations

    monkeypatch.setattr(Pipeline, "_run", slow)


def test_the_command_lists_the_parts_in_their_order():
    assert tuple(parts.PARTS) == command.PARTS


def test_a_drag_has_its_preview_before_the_exact_picture(model, monkeypatch):
    slowed(monkeypatch, step_secs=0.01)
    (late, soon) = previews.measure("tiny", model, [1e6, 60.0], threads=1, rounds=2, said=silent)
    assert (late.step, late.preview_ms, late.shown) == (None, None, False)  # the picture is due
    steps = [info.name for info in create_model("stylegan2", resolution=64, **FIELDS).info.layers]
    assert soon.step in steps
    assert soon.side == int(soon.step.split(".")[0][1:])
    # 10 ms a step: what ran before the read-out, and all of it.
    assert 10 * (steps.index(soon.step) + 1) <= soon.preview_ms
    assert 10 * len(steps) <= soon.exact_ms
    assert soon.preview_ms < 0.8 * soon.exact_ms
    assert soon.error > 0


@pytest.mark.parametrize("most, shown", [(1e-6, False), (1e6, True)])
def test_what_is_too_far_off_is_timed_but_said_not_to_be_shown(model, monkeypatch, most, shown):
    monkeypatch.setattr("explorer.render.preview.MAX_ERROR", most)
    slowed(monkeypatch, step_secs=0.01)
    (row,) = previews.measure("tiny", model, [60.0], threads=1, rounds=1, said=silent)
    assert row.shown is shown
    assert row.preview_ms is not None
    assert row.error > 1e-6  # what was measured, not what let it through


def test_a_grid_is_timed_against_the_same_number_of_pictures_one_by_one(model, monkeypatch):
    slowed(monkeypatch, step_secs=0.0, render_secs=0.02)
    monkeypatch.setattr(many, "_as_grid", lambda *_: time.sleep(0.3) or 0.3)
    row = many.measure("tiny", model, Grid(3, 2), rounds=1, said=silent)
    assert row.pictures == 6
    assert row.grid_per_sec == pytest.approx(6 / 0.3)
    assert 10 < row.one_per_sec <= 50  # 20 ms and a little each
    assert row.grid_cores < 0.5  # it slept
    assert row.ratio == row.grid_per_sec / max(row.one_per_sec, row.one_all_per_sec)


@pytest.mark.skipif(not memory.available(), reason="platform: no peak memory here")
def test_memory_of_a_picture_is_what_it_took_over_the_model(model):
    row = memory.measure("tiny", model, threads=1, said=silent)
    assert 0 < row.weights_mb < 10 < row.loaded_mb
    assert (row.prepared_mb > 0) == cuda_ops.status().native
    assert 0 < row.picture_mb < 200


@pytest.mark.skipif(not memory.available(), reason="platform: no peak memory here")
def test_memory_counts_what_is_gone_again(model, monkeypatch):
    """A render that takes 300 MB for a moment, in this process in place of the other one."""
    from explorer.render.torch_engine import TorchEngine

    render = TorchEngine.render

    def hungry(self, request, keep_going):
        bytearray(b"1") * (300 * 2**20)
        return render(self, request, keep_going)

    monkeypatch.setattr(TorchEngine, "render", hungry)
    row = Memory(**memory.work("tiny", model, 1))
    assert 290 < row.picture_mb < 450


@needs_native
@pytest.mark.parametrize("isa", library.supported())
def test_native_is_what_the_program_chose(isa):
    """LATENT_EXPLORER_OPS=avx2 is measured as AVX2."""
    with library.using(isa):
        with networks.by("reference"):
            assert not cuda_ops.status().native
        with networks.by("native"):
            assert library.current().isa == isa


@needs_native
@pytest.mark.parametrize("recipe", training.REQUIRED)
def test_training_compares_both_from_equal_weights(recipe):
    row = training.measure(
        recipe, threads=1, rounds=1, budget_secs=0, said=silent, wishes=TINY | {"resolution": 16}
    )
    assert row.steps == 1 + training.PLAIN_STEPS
    assert row.native_secs_per_kimg > 0 < row.reference_secs_per_kimg
    assert row.first_difference < 1e-3
    assert row.ratio == row.reference_secs_per_kimg / row.native_secs_per_kimg


def test_r1_counts_as_often_as_it_occurs(monkeypatch):
    """One step in 16 with R1: 16 steps of 4 pictures take 15 times 0.1 s and once 0.9 s."""
    run = training._Run("reference", "toon-head-64", TINY | {"resolution": 16}, 1)
    had_r1 = []
    monkeypatch.setattr(run._trainer, "r1_phase", lambda _: had_r1.append(run._trainer.step_index))
    run.round(counted=True)
    run.round(counted=True)
    assert had_r1 == [0, 16]
    assert (len(run.r1_secs), len(run.plain_secs)) == (2, 2 * training.PLAIN_STEPS)
    run.r1_secs, run.plain_secs = [0.9, 0.9], [0.1, 0.1]
    assert run.secs_per_kimg() == pytest.approx((15 * 0.1 + 0.9) / 64 * 1000)


def test_a_process_of_its_own_has_the_environment_and_its_last_words():
    assert apart.run_apart("tests.explorer.bench.echo", {"a": 1}, {"ECHO": "x"}) == [1, "x"]
    with pytest.raises(UserError, match="echo failed: KeyError: 'ECHO'"):
        apart.run_apart("tests.explorer.bench.echo", {"a": 1})


def _answers(monkeypatch, kernels):
    """Answer as the process of a peer would; kernels by whether it was limited."""
    asked = []

    def answer(module, arguments, environment):
        asked.append((module, dict(environment)))
        ours, theirs = kernels[bool(environment)]
        return {
            "network": "x", "peer": "P 1", "threads": arguments["threads"], "native_kernels": ours,
            "peer_kernels": theirs, "peer_ms": 230.0, "native_ms": 100.0, "difference": 1e-6,
        }  # fmt: skip

    monkeypatch.setattr(peers, "run_apart", answer)
    monkeypatch.setattr(
        peers.library, "current", lambda: peers.library.Loaded(None, "avx512", "for a test")
    )
    return asked


def test_peers_are_measured_as_they_are_and_limited(monkeypatch):
    asked = _answers(
        monkeypatch, {False: ("avx512", ["conv_avx512"]), True: ("avx2", ["conv_avx2"])}
    )
    free, limited = peers.measure(2, rounds=1, budget_secs=1, said=silent)
    assert [environment for _, environment in asked] == [{}, peers.LIMITED_TO_AVX2]
    assert (free.native_kernels, limited.peer_kernels) == ("avx512", ("conv_avx2",))
    assert limited.ratio == 2.3


@pytest.mark.parametrize("kernels", [("avx2", ["conv_avx2", "conv_avx512"]), ("avx512", ["c"])])
def test_a_limit_that_has_no_effect_is_not_passed_off_as_one(monkeypatch, kernels):
    _answers(monkeypatch, {False: ("avx512", ["conv_avx512"]), True: kernels})
    with pytest.raises(UserError, match="cannot be limited to AVX2"):
        peers.measure(2, rounds=1, budget_secs=1, said=silent)


@pytest.mark.avx512
@needs_native
def test_the_limit_holds_for_our_kernels_and_torch():
    found = apart.run_apart("tests.explorer.bench.isa", {}, peers.LIMITED_TO_AVX2)
    assert found == ["avx2", "AVX2"]


def test_each_part_is_in_the_table_and_in_the_json():
    made = report.Report(machine.describe(), {1: 50.0}, 10.0)
    made.previews = [
        Latency("drawn", 2, 50.0, "b64.torgb", 64, 0.7, False, 48.25, 330.5, 5),
        Latency("quick", 2, 50.0, None, None, None, False, None, 2.5, 5),
    ]
    made.many = [many.Many("some", 12, 2, 4.0, 5.0, 7.5, 1.75)]
    made.memory = Memory("large", 2, 100.0, 400.0, 250.0, 600.0)
    made.training = [training.Training("toon-head-64", 2, 10.0, 18.0, 1e-6, 1e-3, 9)]
    made.partial = [Partial("some", "b64.conv0", 200.0, 50.0, 49.0, within=True)]
    made.peer = [Peer("StyleGAN2-256", "P 1", 2, "avx2", ("conv_avx2",), 230.0, 100.0, 1e-6)]
    text, values = report.as_table(made), json.loads(report.as_json(made))
    assert "| drawn | 2 | 50 ms | 48.2 | b64.torgb | 64 | 0.70 | no, too far off | 330.5 |" in text
    assert "| quick | 2 | 50 ms | none | | | |  | 2.5 |" in text
    assert "| some | b64.conv0 | 200 | 50 | 25 % | 49 | yes |" in text
    assert "| some | 4.0 | 5.0 | 7.5 | 1.50 | 1.75 of 2 |" in text
    assert "a picture takes 600 MiB over both" in text
    assert "| toon-head-64 | 2 | 10.0 | 18.0 | 1.80 | 1.5 | 1.0e-06 | 1.0e-03 |" in text
    assert "| StyleGAN2-256 | 2 | 100 | avx2 | 230 (P 1) | conv_avx2 | 2.30 | 2.3 |" in text
    assert [row["ratio"] for row in (*values["many"], *values["training"], *values["peer"])] == [
        1.5, 1.8, 2.3,
    ]  # fmt: skip
    assert values["previews"][0]["shown"] is False
    assert values["memory"]["picture_mb"] == 600.0


def test_only_the_parts_asked_for_run(monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(
        parts, "PARTS", {name: lambda _plan, _report, n=name: ran.append(n) for name in parts.PARTS}
    )
    from explorer.cli import main

    monkeypatch.setattr(sys, "argv", ["main.py"])
    assert main(["bench", "--quick", "--json", "--only", "memory", "--only", "previews"]) == 0
    assert ran == ["previews", "memory"]
    assert json.loads(capsys.readouterr().out)["previews"] == []
