"""The operators in the Performance panel: what they run as, why, and what they hold."""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import imgui

from explorer.panel_state import Operator, Operators, PanelState
from tests.widgets.fake_state import full_state
from tests.widgets.headless import desk
from widgets.operator_facts import operator_texts
from widgets.performance_panel import performance_ui

NATIVE = Operator("bias_act", "cpu", "native", "Native kernels for AVX2, prebuilt.")
PLAIN = Operator("upfirdn2d", "cpu", "reference", "There is no compiler.")
ON_GPU = Operator("bias_act", "cuda", "native", "CUDA kernels.")


def lines(state: PanelState) -> list[str]:
    """Return what can be read in the panel."""

    def draw() -> None:
        imgui.log_to_clipboard()
        performance_ui(state.settings, state.preferences, state, lambda action: None)
        imgui.log_finish()

    with desk(width=450) as table:
        table.settle(draw)
        return imgui.get_clipboard_text().splitlines()


def test_the_panel_says_what_runs_and_what_it_holds():
    said = lines(full_state())
    assert "Prepared 302 MB of weights" in said
    assert "For reuse 84 MB of memory" in said
    assert "All operators: Native kernels for AVX-512, prebuilt." in said


def test_without_kernels_the_panel_says_why_and_counts_nothing():
    said = lines(replace(full_state(), operators=Operators((PLAIN,))))
    assert "All operators: There is no compiler." in said
    assert not [line for line in said if line.startswith(("Prepared", "For reuse"))]


def test_a_gpu_has_its_own_sentence_and_no_prepared_weights():
    state = full_state()
    assert state.result is not None
    on_gpu = replace(state.result, device="cuda:0")
    said = lines(replace(state, result=on_gpu, operators=Operators((NATIVE, ON_GPU), 1, 1)))
    assert "All operators: CUDA kernels." in said
    assert not [line for line in said if line.startswith(("Prepared", "For reuse"))]


def test_operators_that_differ_are_named():
    another = replace(NATIVE, name="filtered_lrelu")
    assert operator_texts(Operators((NATIVE, PLAIN, another, ON_GPU)), "cpu") == (
        "bias_act, filtered_lrelu: Native kernels for AVX2, prebuilt.",
        "upfirdn2d: There is no compiler.",
    )
    assert operator_texts(Operators((NATIVE,)), "mps") == ()
