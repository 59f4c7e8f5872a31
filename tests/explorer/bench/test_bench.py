"""The benchmark compares what it says it compares."""

import json

import pytest

from explorer.bench import clock, machine, networks, partial, report
from explorer.bench.clock import Times
from networks import create_model
from networks.macs import direct_macs

# Convolution multiply-adds of the published networks at standard widths.
PUBLISHED_GMAC = [
    ("stylegan2", {"resolution": 256}, 45.118),
    ("stylegan2", {"resolution": 256, "channel_base": 16384}, 14.897),
    ("stylegan3-t", {"resolution": 256, "channel_base": 16384}, 105.028),
]


@pytest.mark.parametrize("architecture, fields, gmac", PUBLISHED_GMAC)
def test_multiply_adds_are_the_published_ones(architecture, fields, gmac):
    generator = create_model(architecture, seed=0, **fields).generator
    assert sum(direct_macs(generator).values()) / 1e9 == pytest.approx(gmac, abs=6e-4)


def test_cases_take_turns_after_a_warm_up():
    order = []
    cases = {name: lambda name=name: order.append(name) for name in "ab"}
    times = clock.interleaved(cases, rounds=3, budget_secs=60)
    assert order == list("ab" * 4)
    assert {name: value.runs for name, value in times.items()} == {"a": 3, "b": 3}


def test_the_budget_ends_the_rounds_but_never_the_first():
    times = clock.interleaved({"a": lambda: None}, rounds=100, budget_secs=-1, warm_up=False)
    assert times["a"].runs == 1


def test_summary_is_the_median_and_the_extremes():
    assert clock.summary([5.0, 1.0, 2.0]) == Times(2.0, 1.0, 5.0, 3)


def test_r_is_one_where_direct_convolution_runs_as_fast_as_sgemm():
    row = networks.Row("x", "native", 1, 10.0, Times(200.0, 1, 1, 1), sgemm_gflops=100.0)
    assert row.r == pytest.approx(1.0)
    assert machine.sgemm_gflops(1000.0, size=1000) == pytest.approx(2.0)


def test_a_small_network_is_measured_by_each_implementation_and_reported():
    subject = networks.Subject("StyleGAN2-256", "stylegan2", 8, 1.5, 1.8)
    rows = networks.measure(
        subject, [1], rounds=2, budget_secs=5, reference=True, said=lambda _: None
    )
    assert [row.implementation for row in rows][-1] == "reference"
    assert all(row.times.median_ms > 0 and row.sgemm_gflops > 0 for row in rows)
    made = report.Report(machine.describe(), {1: 50.0}, 10.0, rows)
    assert json.loads(report.as_json(made))["networks"][0]["r"] == pytest.approx(rows[0].r)
    assert "| StyleGAN2-256 | reference | 1 |" in report.as_table(made)


def test_a_late_change_runs_its_own_steps_only(tmp_path):
    part = partial.measure(
        "stylegan2", 64, "b64.conv1", str(tmp_path), threads=1, rounds=2, said=lambda _: None
    )
    assert part.first_step == "b64.conv1"
    assert part.steps_ms < part.part_ms < part.whole_ms
    assert not list(tmp_path.iterdir())
