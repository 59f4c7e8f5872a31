"""Style mixing: latents whose rows replace those of the main latent, by weight.

Ids: `###mix_add_seed`, `###mix_add_current`, `###mix_add_random`; per source, inside
the scope of its index: `##thumbnail`, `##mix_enabled`, `##mix_seed`, `###mix_seed_minus`,
`###mix_seed_plus`, `###mix_up`, `###mix_down`, `###mix_remove`, `##row<i>`, `##mix_weight`,
`###rows_coarse`, `###rows_middle`, `###rows_fine`, `###rows_all`, `###rows_none`.
"""

from __future__ import annotations

import random
from dataclasses import replace

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.control_state import Reach
from explorer.model_info import ModelInfo
from explorer.panel_state import Emit, PanelState
from explorer.settings import (
    RANDOM_SEEDS,
    SEED_MODULUS,
    MixSource,
    Settings,
    StyleMixing,
    row_ranges,
)
from widgets.cards import card
from widgets.choices import bare_toggle
from widgets.controls import (
    Button,
    button,
    button_row,
    ellipsis,
    em,
    hint,
    icon_button,
    id_scope,
    inner_spacing,
    same_line_at,
)
from widgets.fields import whole
from widgets.knobs import learn_ui, turned
from widgets.mix_rows import filled, group_spans, master_weight, rows_ui, with_master
from widgets.notices import empty_ui, text_dim
from widgets.pictures import picture_side, thumbnail, thumbnail_key
from widgets.sliders import slider_ground

Sources = tuple[MixSource, ...]
WEIGHT = Reach(0.0, 1.0)


def mixing_ui(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    info = state.info
    if info is None:
        empty_ui(
            icons.ICON_FA_LAYER_GROUP, "No model is open", "Which rows can be mixed depends on it"
        )
        return settings
    if info.num_ws < 2:
        reason = "Its latent has a single row, which cannot be mixed with another"
        empty_ui(icons.ICON_FA_LAYER_GROUP, "Nothing to mix", reason)
        return settings
    sources = settings.mixing.sources
    if not sources:
        text_dim(
            "Give some rows to another latent: coarse rows hold pose and shape, fine ones colour"
        )
    for index, source in enumerate(settings.mixing.sources):
        with id_scope(index):
            sources = _card_ui(sources, index, source, state, info)
    sources = _add_ui(sources, settings, info.num_ws)
    if sources is settings.mixing.sources:
        return settings
    return replace(settings, mixing=StyleMixing(sources))


def moved_source(sources: Sources, index: int, by: int) -> Sources:
    """Return the sources with one moved up (-1) or down (1); at the ends nothing moves."""
    place = index + by
    if not 0 <= place < len(sources):
        return sources
    order = list(sources)
    order[index], order[place] = order[place], order[index]
    return tuple(order)


def new_source(seed: int, num_ws: int) -> MixSource:
    """Return a source that gives its coarse rows, the change seen best."""
    return MixSource(seed=seed, weights=filled(row_ranges(num_ws)["coarse"]))


def _card_ui(
    sources: Sources, index: int, source: MixSource, state: PanelState, info: ModelInfo
) -> Sources:
    """Draw one source on a ground of its own."""
    with card(active=source.enabled and bool(source.weights)) as width:
        new, moved = _head_ui(source, index, len(sources), info.num_ws, state, width)
        new = _rows_ui(new, index, info, width)
    if moved == "remove":
        return tuple(s for i, s in enumerate(sources) if i != index)
    if moved:
        return moved_source(sources, index, -1 if moved == "up" else 1)
    if new is source:
        return sources
    return tuple(new if i == index else s for i, s in enumerate(sources))


def replace_weights(source: MixSource, weights: tuple[tuple[int, float], ...]) -> MixSource:
    return source if weights == source.weights else replace(source, weights=weights)


def _head_ui(
    source: MixSource, index: int, count: int, num_ws: int, state: PanelState, width: float
) -> tuple[MixSource, str]:
    """Draw picture, weight, name or seed; return the source and "up", "down", "remove" or ""."""
    side, gap, picture = imgui.get_frame_height(), inner_spacing(), picture_side()
    room = width - picture - em(0.5)
    buttons_width = 3 * side + 2 * gap
    fixed = 1.7 * side + gap + buttons_width
    wide, tight = room >= fixed + gap + em(4), room < fixed
    view = state.thumbnails.get(thumbnail_key(source))
    thumbnail("thumbnail", view, picture, faded=not source.enabled)
    name = source.name if source.saved is not None else f"Seed {source.seed}"
    hint(f"{name}, alone, under the present truncation and class")
    imgui.same_line(0, em(0.5))
    imgui.begin_group()
    left = imgui.get_cursor_pos_x()
    enabled = bare_toggle("mix_enabled", source.enabled, "Use this source")
    moved = ""
    if tight:
        imgui.end_group()
        room = width
        source = _weight_ui(source, index, num_ws, room)
    else:
        end = left + room - buttons_width
        if wide:
            imgui.same_line(0, gap)
            source = _weight_ui(source, index, num_ws, end - imgui.get_cursor_pos_x() - gap)
        same_line_at(end)
        moved = _order_ui(index, count)
        if not wide:  # the weight beside the picture, the seed below both
            source = _weight_ui(source, index, num_ws, room)
            imgui.end_group()
            room = width
    seed = source.seed
    if source.saved is None:
        label = f"Mix {index + 1} seed"
        seed = whole("mix_seed", source.seed, room, tooltip="Seed of this source", label=label)
    else:
        imgui.align_text_to_frame_padding()
        imgui.text_unformatted(ellipsis(name, room))
    if tight:
        moved = _order_ui(index, count)
    elif wide:
        imgui.end_group()
    if enabled == source.enabled and seed == source.seed:
        return source, moved
    return replace(source, enabled=enabled, seed=seed), moved


def _order_ui(index: int, count: int) -> str:
    """Draw the buttons that move and remove a source; return which was pressed, or ""."""
    pressed = ""
    for key, icon, tip, usable in (
        ("up", icons.ICON_FA_ARROW_UP, "Apply earlier", index > 0),
        ("down", icons.ICON_FA_ARROW_DOWN, "Apply later, over the others", index < count - 1),
        ("remove", icons.ICON_FA_XMARK, "Remove this source", True),
    ):
        if key != "up":
            imgui.same_line(0, inner_spacing())
        imgui.begin_disabled(not usable)
        if icon_button(icon, f"###mix_{key}", tip, quiet=True):
            pressed = key
        imgui.end_disabled()
    return pressed


def _weight_ui(source: MixSource, index: int, num_ws: int, width: float) -> MixSource:
    """Draw the master weight, which scales every row."""
    master = master_weight(source.weights)
    label = f"Mix {index + 1} weight"
    moved = learn_ui("mix_weight", label, master, WEIGHT, width, shown=f"{master:.2f}")
    if moved is None:
        imgui.set_next_item_width(width)
        flags = imgui.SliderFlags_.always_clamp
        fmt = "Weight  %.2f" if width > em(6) else "%.2f"
        with slider_ground(width, master):
            changed, moved = imgui.slider_float("##mix_weight", master, 0.0, 1.0, fmt, flags)
        hint("Weight: scales every row; the largest becomes this")
        asked = turned("mix_weight", master, WEIGHT)
        moved = moved if changed else asked
    if abs(moved - master) > 1e-6:
        return replace_weights(source, with_master(source.weights, moved, num_ws))
    return source


def _rows_ui(source: MixSource, index: int, info: ModelInfo, width: float) -> MixSource:
    """Draw the bars and the buttons that fill whole groups of rows, each below its own bars."""
    ranges = {**row_ranges(info.num_ws), "all": range(info.num_ws), "none": range(0)}
    present = {row for row, _ in source.weights}
    buttons = {
        name: Button(f"rows_{name}", name.capitalize(), tooltip=_group_tip(name, rows),
                     selected=bool(rows) and present == set(rows))
        for name, rows in ranges.items()
        if rows or name == "none"
    }  # fmt: skip
    gap, height = inner_spacing(), picture_side()
    side_width = imgui.calc_text_size("None").x + 2 * imgui.get_style().frame_padding.x
    spans = group_spans(info.num_ws, width - side_width - gap)
    room = 2 * em(0.2)
    if any(imgui.calc_text_size(name.capitalize()).x + room > wide for name, _, _, wide in spans):
        weights = rows_ui(source.weights, info, width, height, label=f"Mix {index + 1}")
        pressed = button_row([buttons[name] for name, _, _, _ in spans], width)
        pressed = button_row([buttons["all"], buttons["none"]], width) or pressed
    else:
        weights, pressed = _aligned_rows_ui(source, index, info, width, side_width, buttons)
    source = replace_weights(source, weights)
    if pressed is None:
        return source
    master = master_weight(source.weights)
    return replace_weights(source, filled(ranges[pressed.removeprefix("rows_")], master or 1.0))


def _aligned_rows_ui(
    source: MixSource, index: int, info: ModelInfo, width: float, side_width: float,
    buttons: dict[str, Button],
) -> tuple[tuple[tuple[int, float], ...], str | None]:  # fmt: skip
    """Draw bars with the buttons of their groups below and those for all and none beside them."""
    gap, height = inner_spacing(), picture_side()
    bars = width - side_width - gap
    left, top = imgui.get_cursor_pos_x(), imgui.get_cursor_pos_y()
    pressed = None
    weights = rows_ui(source.weights, info, bars, height, labels=False, label=f"Mix {index + 1}")
    below = imgui.get_cursor_pos_y()
    for place, name in enumerate(("all", "none")):
        imgui.set_cursor_pos((left + bars + gap, top + place * (height - imgui.get_frame_height())))
        if button(buttons[name], side_width):
            pressed = buttons[name].name
    imgui.push_style_var(imgui.StyleVar_.frame_padding, (0, imgui.get_style().frame_padding.y))
    for name, _, offset, wide in group_spans(info.num_ws, bars):
        imgui.set_cursor_pos((left + offset, below))
        if button(buttons[name], wide):
            pressed = buttons[name].name
    imgui.pop_style_var()
    return weights, pressed


def _group_tip(name: str, rows: range) -> str:
    if not rows:
        return "Take no row from this source"
    return f"Exactly rows {rows[0]} to {rows[-1]}, at the present weight"


def _add_ui(sources: Sources, settings: Settings, num_ws: int) -> Sources:
    pressed = button_row(
        (
            Button("mix_add_seed", "Add seed", icons.ICON_FA_PLUS,
                   "Add a source with the next seed"),
            Button("mix_add_current", "Add current", icons.ICON_FA_LOCATION_DOT,
                   "Add the seed shown now, to keep it while the main latent moves on"),
            Button("mix_add_random", "Add random", icons.ICON_FA_SHUFFLE,
                   "Add a seed drawn at random"),
        )
    )  # fmt: skip
    if pressed is None:
        return sources
    if pressed == "mix_add_seed":
        seed = max((s.seed for s in sources if s.saved is None), default=999) + 1
    elif pressed == "mix_add_current":
        if settings.latent.anchor is not None:
            return (*sources, replace(
                new_source(settings.latent.seed, num_ws),
                saved=settings.latent.anchor, name=settings.latent.anchor_name,
            ))  # fmt: skip
        seed = settings.latent.seed
    else:
        seed = random.randrange(RANDOM_SEEDS)
    return (*sources, new_source(seed % SEED_MODULUS, num_ws))
