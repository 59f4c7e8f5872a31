"""Recipes: a menu, and a small dialog of each recipe's numbers.

Ids: popup "recipe_menu" with `###recipe_<id>`, `###recipe_lapse` (the window of `timeline_lapse`),
`###keep_look`, `###fade_file`; popup "###recipe_dialog" with `##recipe_secs`, `##recipe_<field>`,
`###recipe_ok`, `###recipe_cancel`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import Apply, SetTimelineView, ShowDialog
from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings, row_ranges
from explorer.timeline import recipes
from explorer.timeline.drives import dance
from explorer.timeline.edit import set_duration
from widgets.controls import Button, button, dim, em, hint
from widgets.fields import menu_row
from widgets.timeline_lapse import LapseWindow
from widgets.timeline_sound import DANCE_TIP

Values = Mapping[str, float]
Make = Callable[[Settings, PanelState, Values], Settings]


@dataclass(frozen=True)
class Field:
    """A number of a recipe; `decimals` 0 = a whole one. None as default: the seed on screen."""

    name: str
    label: str
    default: float | None
    low: float
    high: float
    decimals: int = 0


@dataclass(frozen=True)
class Recipe:
    """needs: returns why the recipe cannot be used now, or None."""

    name: str
    label: str
    tip: str
    fields: tuple[Field, ...]
    make: Make
    needs: Callable[[PanelState], str | None] = lambda _: None


def _transform_input(state: PanelState) -> str | None:
    there = state.info is not None and state.info.has_input_transform
    return None if there else "Needs a StyleGAN3 model, whose input can be moved"


def _classes(state: PanelState) -> str | None:
    there = state.info is not None and state.info.c_dim > 1
    return None if there else "Needs a model with classes"


def _model(state: PanelState) -> str | None:
    return None if state.info is not None else "Open a model first"


def _look(state: PanelState) -> str | None:
    return None if state.timeline.view.look is not None else "Keep a look as A first"


def _sound(state: PanelState) -> str | None:
    there = state.settings.timeline.sound is not None
    return None if there else "Open a sound for the timeline first"


def _mixing(settings: Settings, state: PanelState, values: Values) -> Settings:
    rows = row_ranges(state.info.num_ws if state.info is not None else 1)["coarse"]
    return recipes.mixing_sweep(settings, int(values["seed"]), rows)


def _dive(settings: Settings, state: PanelState, _values: Values) -> Settings:
    layers = state.info.layers if state.info is not None else ()
    return recipes.layer_dive(settings, [layer.name for layer in layers])


def _tour(settings: Settings, state: PanelState, values: Values) -> Settings:
    known = state.info.c_dim if state.info is not None else 1
    return recipes.class_tour(settings, range(min(int(values["count"]), known)))


def _seeds(settings: Settings, _state: PanelState, values: Values) -> Settings:
    first, count = int(values["seed"]), int(values["count"])
    return recipes.through_seeds(settings, recipes.neighbouring_seeds(first, count))


def _fade(settings: Settings, state: PanelState, _values: Values) -> Settings:
    look = state.timeline.view.look
    return settings if look is None else recipes.fade(look_of(settings, look), settings)


def look_of(settings: Settings, look: Settings) -> Settings:
    """Return the kept look with the timeline of today."""
    return replace(look, timeline=settings.timeline, model=settings.model)


_COLUMN_EMS, _FIELD_EMS = 9.0, 11.0
_SEED = Field("seed", "First seed", None, 0, 2**32 - 1)
_WALK_SEED = Field("seed", "Seed of the walk", 0, 0, 2**32 - 1)

RECIPES: Final = (
    Recipe(
        "seeds", "Loop through seeds", "From seed to seed and back to the first",
        (Field("count", "Seeds", 6, 2, 100), _SEED), _seeds,
    ),
    Recipe(
        "walk", "Random walk", "Through random places, without a corner",
        (
            Field("count", "Places", 8, 2, 100), Field("smooth", "Smoothness", 0.5, 0, 1, 2),
            _WALK_SEED,
        ),
        lambda s, _, v: recipes.random_walk(s, int(v["count"]), v["smooth"], int(v["seed"])),
    ),
    Recipe(
        "circle", "Circle in latent space", "Around the latent on screen",
        (Field("radius", "Radius", 0.5, 0.05, 2, 2), Field("seed", "Seed", 0, 0, 2**32 - 1)),
        lambda s, _, v: recipes.latent_circle(s, int(v["seed"]), v["radius"]),
    ),
    Recipe(
        "truncation", "Truncation sweep", "Psi from low to high and back",
        (Field("low", "From psi", -1, -1, 2, 2), Field("high", "To psi", 1, -1, 2, 2)),
        lambda s, _, v: recipes.truncation_sweep(s, v["low"], v["high"]),
    ),
    Recipe(
        "mixing", "Style-mix sweep", "Another seed's coarse style in and out",
        (Field("seed", "Mixed seed", 1000, 0, 2**32 - 1),), _mixing, _model,
    ),
    Recipe(
        "rotation", "Full rotation", "The picture turns round",
        (Field("turns", "Turns", 1, 1, 20),),
        lambda s, _, v: recipes.full_rotation(s, int(v["turns"])), _transform_input,
    ),
    Recipe(
        "orbit", "Translation orbit", "The picture moves round a circle",
        (Field("radius", "Radius in widths", 0.1, 0.01, 1, 2),),
        lambda s, _, v: recipes.translation_orbit(s, v["radius"]), _transform_input,
    ),
    Recipe("layers", "Dive through the layers", "From the first layer to the picture", (), _dive,
           _model),
    Recipe(
        "classes", "Class tour", "From class to class",
        (Field("count", "Classes", 10, 2, 10_000),), _tour, _classes,
    ),
    Recipe("dance", "Dance to the sound", DANCE_TIP, (), lambda s, _, v: dance(s), _sound),
    Recipe("fade", "Fade from look A", "From the kept look to this one and back", (), _fade, _look),
)  # fmt: skip


class RecipesMenu:
    """The menu and the dialog of the recipe that was chosen."""

    def __init__(self) -> None:
        self._chosen: Recipe | None = None
        self._values: dict[str, float] = {}
        self._secs = 10.0
        self._lapse = LapseWindow()

    def draw(self, settings: Settings, state: PanelState, emit: Emit) -> None:
        """Draw what is open of menu and dialog."""
        if imgui.begin_popup("recipe_menu"):
            self._menu(settings, state, emit)
            imgui.end_popup()
        if self._chosen is not None:
            self._dialog(self._chosen, settings, state, emit)
        self._lapse.draw(state, emit)

    def _menu(self, settings: Settings, state: PanelState, emit: Emit) -> None:
        for recipe in RECIPES[:-1]:
            self._item(recipe, settings, state)
        if imgui.menu_item("Training time-lapse…###recipe_lapse", "", False)[0]:
            self._lapse.show(settings.timeline.duration_secs, emit)
        hint("The snapshots of a training run, one after the other")
        imgui.separator()
        kept = state.timeline.view.look is not None
        label = "Keep this look as A" + (" (in place of the last)" if kept else "")
        if imgui.menu_item(f"{label}###keep_look", "", False)[0]:
            emit(SetTimelineView(replace(state.timeline.view, look=settings)))
        self._item(RECIPES[-1], settings, state)
        if imgui.menu_item("Fade to a session or picture…###fade_file", "", False)[0]:
            emit(ShowDialog("fade_to"))

    def _item(self, recipe: Recipe, settings: Settings, state: PanelState) -> None:
        why = recipe.needs(state)
        if imgui.menu_item(f"{recipe.label}###recipe_{recipe.name}", "", False, why is None)[0]:
            self._chosen, self._secs = recipe, settings.timeline.duration_secs
            seed = settings.latent.seed
            self._values = {
                field.name: float(seed if field.default is None else field.default)
                for field in recipe.fields
            }
        if imgui.is_item_hovered(imgui.HoveredFlags_.allow_when_disabled):
            imgui.set_tooltip(why or recipe.tip)

    def _dialog(self, recipe: Recipe, settings: Settings, state: PanelState, emit: Emit) -> None:
        title = f"{recipe.label}###recipe_dialog"
        if not imgui.is_popup_open(title):
            imgui.open_popup(title)
        centre = imgui.get_main_viewport().get_center()
        imgui.set_next_window_pos(centre, imgui.Cond_.appearing, (0.5, 0.5))
        flags = imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_saved_settings
        if not imgui.begin_popup_modal(title, None, flags)[0]:
            return
        imgui.text_colored(dim(), recipe.tip)
        imgui.dummy((em(20), em(0.2)))
        for field in recipe.fields:
            self._field(field)
        menu_row("Length", _COLUMN_EMS, _FIELD_EMS)
        _, secs = imgui.input_float("##recipe_secs", self._secs, 0, 0, "%.2f s")
        self._secs = min(max(secs, 0.1), 3600.0)
        if any(track.keys for track in settings.timeline.tracks):
            imgui.text_colored(dim(), "Tracks that it sets are replaced, the others stay.")
        imgui.dummy((0, em(0.3)))
        if button(Button("recipe_ok", "Fill the timeline", icons.ICON_FA_CHECK, selected=True)):
            self._apply(recipe, settings, state, emit)
        imgui.same_line()
        escape = imgui.is_key_pressed(imgui.Key.escape) and not imgui.is_any_item_active()
        if button(Button("recipe_cancel", "Cancel")) or escape:
            self._chosen = None
        if self._chosen is None:
            imgui.close_current_popup()
        imgui.end_popup()

    def _field(self, field: Field) -> None:
        menu_row(field.label, _COLUMN_EMS, _FIELD_EMS)
        value = self._values[field.name]
        if field.decimals:
            fmt = f"%.{field.decimals}f"
            _, new = imgui.input_float(f"##recipe_{field.name}", value, 0, 0, fmt)
        else:
            _, new = imgui.input_double(f"##recipe_{field.name}", value, 0, 0, "%.0f")
            new = round(new)
        hint(f"{field.low:g} to {field.high:g}")
        self._values[field.name] = min(max(new, field.low), field.high)

    def _apply(self, recipe: Recipe, settings: Settings, state: PanelState, emit: Emit) -> None:
        timeline = set_duration(settings.timeline, self._secs)
        settings = replace(settings, timeline=timeline)
        filled = recipe.make(settings, state, self._values)
        emit(Apply(filled, recipe.label))
        # It plays at once: what a recipe does is seen, not read.
        view = replace(state.timeline.view, playhead_secs=0.0, selected=(), range_secs=None)
        emit(SetTimelineView(replace(view, visible_secs=0.0, start_secs=0.0, playing=True)))
        self._chosen = None
