"""Fields of the training panel: what is no value is said in a sentence and changes nothing."""

from __future__ import annotations

import re

import pytest
from imgui_bundle import imgui

from explorer.training_state import FieldSpec, kimg_text
from tests.widgets.headless import Desk, desk
from widgets.training_import import rgb_of, shape_text
from widgets.training_run import longer
from widgets.training_typed import Typed, aspect_of, colour_of, fps_of, length_of, value_of

KIMG = FieldSpec("kimg", "run", "length", "float", "25000")
BATCH = FieldSpec("batch", "run", "pictures per step", "int")
PIPE = FieldSpec("augment_pipe", "augment", "", "str")


def test_typed_text_becomes_the_fields_kind():
    assert value_of(KIMG, "Kimg", "12.5") == 12.5
    assert value_of(BATCH, "Batch", "32") == 32
    assert value_of(PIPE, "Augment pipe", "bgc") == "bgc"
    assert (colour_of("#FF8000"), rgb_of("ff0000")) == ("ff8000", (1.0, 0.0, 0.0))
    assert aspect_of("16:9") == 16 / 9
    assert aspect_of("1.85") == 1.85
    assert (fps_of("2.5"), fps_of("0")) == (2.5, 0.0)
    assert length_of(100.0)("150 kimg") == 150.0


@pytest.mark.parametrize(
    "read, text, sentence",
    [
        (lambda text: value_of(KIMG, "Kimg", text), "long", "Kimg must be a number such as 0.5"),
        (lambda text: value_of(KIMG, "Kimg", text), "inf", "Kimg must be a number such as 0.5"),
        (lambda text: value_of(BATCH, "Batch", text), "3.5", "Batch must be a whole number"),
        (colour_of, "red", "The background must be a colour such as ffffff"),
        (colour_of, "ff00", "The background must be a colour such as ffffff"),
        (aspect_of, "0.5", "The shape must be like 16:9 or 1.78, from 1 to 100"),
        (aspect_of, "16:0", "The shape must be like 16:9 or 1.78, from 1 to 100"),
        (aspect_of, "wide", "The shape must be like 16:9 or 1.78, from 1 to 100"),
        (fps_of, "-1", "Frames per second must be from 0 (all) to 1000"),
        (fps_of, "nan", "Frames per second must be a number such as 2.5"),
        (length_of(100.0), "100", "The length must be more than the 100 kimg that are done"),
        (length_of(100.0), "1e10", "The length must be more than the 100 kimg that are done"),
        (length_of(100.0), "more", "The length must be a number such as 200"),
    ],
)
def test_what_is_no_value_is_refused_in_a_sentence_with_the_value(read, text, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}.*, got {re.escape(text)}$"):
        read(text)


def typing(table: Desk, typed: Typed, text: str, shown: str = "25000") -> float | None:
    """Click into the field, type and leave it; returns what came of it."""
    found: list[float] = []

    def draw() -> None:
        value = typed.field("kimg", shown, lambda t: value_of(KIMG, "Kimg", t), 100.0)
        if isinstance(value, float):
            found.append(value)

    table.settle(draw)
    table.click(draw, table.last.at())
    io = imgui.get_io()
    io.add_input_characters_utf8(text)
    table.settle(draw)
    io.add_key_event(imgui.Key.enter, True)
    table.frame(draw)
    io.add_key_event(imgui.Key.enter, False)
    table.settle(draw)
    return found[-1] if found else None


def test_a_field_keeps_what_it_refused_until_it_is_put_right():
    typed = Typed()
    with desk() as table:
        assert typing(table, typed, "soon") is None
        assert typed.problem("kimg") == "Kimg must be a number such as 0.5, got soon"
        assert typing(table, typed, "50") == 50.0
        assert typed.problem("kimg") == ""
        assert typing(table, typed, "soon") is None
        table.frame(lambda: typed.field("kimg", "30000", float, 100.0))
        assert typed.problem("kimg") == ""  # the value was set otherwise


def test_lengths_and_shapes_in_words():
    assert [kimg_text(kimg) for kimg in (0.0, 0.016, 1.5, 76.5, 123.456, 25000.0)] == [
        "0 kimg", "0.016 kimg", "1.5 kimg", "76.5 kimg", "123.5 kimg", "25,000 kimg"
    ]  # fmt: skip
    assert (longer(25000.0), longer(0.016)) == (37500.0, 0.024)
    assert [shape_text(aspect) for aspect in (16 / 9, 1.5, 1.85)] == ["16:9", "3:2", "1.85"]
