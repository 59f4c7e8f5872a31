"""A session survives its trip through JSON, and a stranger's session can do no harm."""

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.arrays import ArrayStore
from explorer.codec import from_plain, to_plain
from explorer.preferences import (
    load_preferences,
    preferences_path,
    save_preferences,
    with_recent_model,
)
from explorer.session import SessionError, session_from_json, session_to_json
from explorer.settings import (
    Animation,
    ClassChoice,
    Compute,
    Grid,
    InputTransform,
    Latent,
    LatentPart,
    LayerView,
    MixSource,
    ModelRef,
    Noise,
    SavedLatent,
    Settings,
    StyleMixing,
    Truncation,
    corner_seeds,
    round_half_up,
    row_ranges,
)
from explorer.timeline.model import Key, Timeline, Track
from explorer.view_state import CanvasView, Preferences


def everything(arrays: ArrayStore) -> Settings:
    """Settings in which no field has its default."""
    random = np.random.RandomState(0)
    ws = arrays.add(random.randn(10, 8))
    other = arrays.add(random.randn(10, 8))
    return Settings(
        model=ModelRef("net.pkl", "ab" * 32, "/home/someone/models/net.pkl"),
        latent=Latent(1.5, -2.25, ws, "face", 1.0, -2.0, (LatentPart(0.5, 1, 2, other),), "z"),
        classes=ClassChoice("blend", ((1, 0.5), (4, 2.0))),
        truncation=Truncation(0.7, 6),
        noise=Noise("random", 9, 0.5),
        mixing=StyleMixing(
            (MixSource(7, None, "seven", False, ((0, 1.0), (3, 0.25))), MixSource(0, other, "b")),
        ),
        transform=InputTransform(0.1, -0.2, 0.3, True, True),
        layer=LayerView("b16.conv1", "mosaic", 4, True, -3.5, True, False, 40.0, 2.0),
        grid=Grid(3, 2, 0.5),
        animation=Animation(True, 1.0, True, 3.0, True, "eight", 0.2, 0.1, True, 0.3),
        compute=Compute("cpu", "float32", 2),
        library=(SavedLatent("face", ws, "cd" * 32),),
        timeline=timeline(arrays),
    )


def timeline(arrays: ArrayStore) -> Timeline:
    """A timeline in which no field has its default."""
    ws = arrays.add(np.random.RandomState(1).randn(10, 8))
    blended = Latent(blend=(LatentPart(1.5, 2, 3, ws, "a", 1, 1), LatentPart(-0.5)))
    key = Key(1.5, 0.25, "b4", blended, ClassChoice("blend"), "spline", "cubic in", "z")
    models = (ModelRef("later.pkl", "ef" * 32, "/home/someone/runs/later.pkl"),)
    return Timeline((Track("latent", (key,), False),), 4.0, 25.0, "mirror", models)


def test_every_field_survives_the_round_trip():
    arrays = ArrayStore()
    settings = everything(arrays)
    view = CanvasView("free", 2.0, 3.0, -4.0, "nearest", False, True)
    for item in fields(Settings):
        assert getattr(settings, item.name) != getattr(Settings(), item.name), item.name
    text = session_to_json(settings, view, arrays, keep_paths=True, recorded={"device": "cpu"})
    fresh = ArrayStore()
    session = session_from_json(text, fresh)
    assert session.settings == settings
    assert session.view == view
    assert session.recorded == {"device": "cpu"}
    assert settings.latent.anchor is not None
    restored = fresh.get(settings.latent.anchor)
    assert restored.tobytes() == arrays.get(settings.latent.anchor).tobytes()


def test_no_folder_of_this_machine_travels_unless_asked():
    arrays = ArrayStore()
    text = session_to_json(everything(arrays), CanvasView(), arrays, keep_paths=False)
    assert "/home" not in text
    assert "someone" not in text
    assert "net.pkl" in text


def test_unknown_fields_are_ignored_and_missing_ones_take_defaults():
    arrays = ArrayStore()
    data = json.loads(session_to_json(Settings(), CanvasView(), arrays, keep_paths=True))
    data["settings"]["truncation"] = {"psi": 0.5, "from_the_future": [1]}
    session = session_from_json(json.dumps(data), arrays)
    assert session.settings.truncation == Truncation(psi=0.5)


@pytest.mark.parametrize(
    "place, value, message",
    [
        (("settings", "truncation", "psi"), "high", r"settings\.truncation\.psi must be a finite"),
        (("settings", "truncation", "psi"), float("inf"), "finite number"),
        (("settings", "noise", "mode"), "loud", "must be one of none, const, random"),
        (("settings", "noise", "seed"), 1.5, "whole number"),
        (("settings", "noise", "seed"), True, "whole number"),
        (("settings", "mixing", "sources"), {}, "must be a list"),
        (("settings", "mixing", "sources"), [{}] * 65, "at most 64"),
        (("settings", "library"), [{"name": "x"}], "lacks a required field"),
        (("settings",), 3, "must be an object"),
        (("arrays",), {"00": {"shape": [1], "data": "AAAAAA=="}}, "does not match its digest"),
        (("arrays",), {"00": {"shape": [65536, 65536], "data": ""}}, "claims"),
        (("arrays",), {"00": {"shape": [2], "data": "AAAA"}}, "its shape needs 8"),
        (("arrays",), {"00": {"shape": [-2], "data": "AAAA"}}, "no shape"),
        (("version",), 99, "newer version"),
        (("version",), "1", "whole number"),
        (("format",), "other", "not a session"),
    ],
)
def test_a_damaged_session_is_one_sentence_that_names_the_field(place, value, message):
    arrays = ArrayStore()
    data = json.loads(session_to_json(Settings(), CanvasView(), arrays, keep_paths=True))
    target = data
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    with pytest.raises(SessionError, match=message) as caught:
        session_from_json(json.dumps(data), arrays)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", '{"format": 1}'])
def test_text_that_is_no_session_is_refused(text: str):
    with pytest.raises(SessionError):
        session_from_json(text, ArrayStore())


def test_a_latent_that_is_named_but_absent_is_refused():
    arrays = ArrayStore()
    data = json.loads(session_to_json(everything(arrays), CanvasView(), arrays, keep_paths=True))
    data["arrays"] = {}
    with pytest.raises(SessionError, match="is named but not in the session"):
        session_from_json(json.dumps(data), ArrayStore())


@given(
    st.builds(
        Settings,
        latent=st.builds(
            Latent,
            x=st.floats(-1e6, 1e6),
            y=st.floats(-1e6, 1e6),
        ),
        truncation=st.builds(
            Truncation, psi=st.floats(-1, 2), cutoff=st.none() | st.integers(0, 18)
        ),
        classes=st.builds(
            ClassChoice,
            mode=st.sampled_from(["seed", "blend"]),
            weights=st.lists(st.tuples(st.integers(0, 999), st.floats(0, 1)), max_size=5).map(
                tuple
            ),
        ),
    )
)
def test_any_settings_equal_themselves_after_the_round_trip(settings: Settings):
    assert from_plain(Settings, json.loads(json.dumps(to_plain(settings)))) == settings


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_corner_weights_sum_to_one_and_name_uint32_seeds(x: float, y: float):
    corners = corner_seeds(x, y)
    assert sum(weight for _, weight in corners) == pytest.approx(1.0)
    assert all(0 <= seed < 2**32 and weight > 0 for seed, weight in corners)


def test_whole_positions_use_one_seed():
    assert corner_seeds(3.0, 2.0) == ((203, 1.0),)
    assert corner_seeds(-1.0, 0.0) == ((2**32 - 1, 1.0),)


def test_rounding_halves_goes_up():
    assert [round_half_up(value) for value in (0.5, 1.5, -0.5, 2.49)] == [1, 2, 0, 2]


@given(st.integers(1, 40))
def test_row_ranges_cover_every_row_once(num_ws: int):
    ranges = row_ranges(num_ws)
    rows = [row for part in ranges.values() for row in part]
    assert rows == list(range(num_ws))


def test_row_ranges_follow_the_paper_for_a_1024_network():
    assert row_ranges(18) == {
        "coarse": range(4),
        "middle": range(4, 8),
        "fine": range(8, 18),
    }


def test_preferences_survive_and_damage_falls_back_to_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path))
    assert load_preferences() == Preferences()
    preferences = with_recent_model(Preferences(fps_limit=30), "a.pkl")
    preferences = with_recent_model(with_recent_model(preferences, "b.pkl"), "a.pkl")
    assert preferences.recent_models == ("a.pkl", "b.pkl")
    save_preferences(preferences)
    assert load_preferences() == preferences
    preferences_path().write_text("{")
    assert load_preferences() == Preferences()


def test_equal_arrays_share_one_reference_and_cannot_be_written():
    arrays = ArrayStore()
    first = arrays.add(np.arange(6).reshape(2, 3))
    second = arrays.add(np.arange(6.0).reshape(2, 3))
    assert first == second
    assert replace(first) in arrays
    assert arrays.add(np.arange(6)) != first
    with pytest.raises(ValueError, match="read-only"):
        arrays.get(first)[0, 0] = 1
