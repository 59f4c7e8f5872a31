"""Layers: any activation of the network as a picture, with its numbers.

Ids: `###layer_picture`, `###layer_<name>` in the list `layer_list` (Up and Down move the
selection), `###layer_mode_colour`, `###layer_mode_mono`, `###layer_mode_mosaic`, `##base_channel`
with `###base_channel_minus`, `###base_channel_plus`, `###reset_base_channel`, `##normalise`,
`##gain_db`, `##spectrum`, `###spectrum_of_all`, `###spectrum_of_selected`, `##spectrum_range`,
`##kaiser_beta` with their `###reset_…`, `###export_activation`.
"""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import ExportActivationTo
from explorer.model_info import LayerInfo, ModelInfo
from explorer.panel_state import Emit, PanelState
from explorer.settings import LayerMode, LayerView, Settings
from widgets.choices import segmented_row, toggle
from widgets.controls import Button, button_row, dim, ellipsis, em, section
from widgets.fields import integer
from widgets.layer_numbers import report_ui
from widgets.notices import empty_ui
from widgets.sliders import slider

MODES: tuple[tuple[LayerMode, str, str], ...] = (
    ("colour", "Colour", "Three channels as red, green and blue"),
    ("mono", "Mono", "One channel in grey"),
    ("mosaic", "Mosaic", "Many channels side by side"),
)
ROWS_SHOWN = 9


class LayersPanel:
    """The panel, with the layer the list was last scrolled to."""

    def __init__(self) -> None:
        self.scrolled_to: str | None = ""

    def draw(self, settings: Settings, state: PanelState, emit: Emit) -> Settings:
        info = state.info
        if info is None:
            empty_ui(icons.ICON_FA_LAYER_GROUP, "No model is open", "Its layers are listed here")
            return settings
        value = settings.layer
        value = self._list_ui(value, info)
        value = _display_ui(value, channels_of(value.layer, info))
        value = _spectrum_ui(value)
        report_ui(state, value)
        section("Export", icons.ICON_FA_FILE_EXPORT)
        reason = None if value.layer is not None else "Choose a layer first"
        tip = "The activation shown, all channels in float32, as .npz"
        item = Button(
            "export_activation", "Export activation…", icons.ICON_FA_FLOPPY_DISK, tip, reason
        )
        if button_row((item,)):
            emit(ExportActivationTo())
        return settings if value is settings.layer else replace(settings, layer=value)

    def _list_ui(self, value: LayerView, info: ModelInfo) -> LayerView:
        """Draw the list; a selection that changed elsewhere is scrolled into view."""
        line = imgui.get_text_line_height_with_spacing()
        room = int(0.55 * imgui.get_window_height() / line)  # the rest stays for the controls
        rows = min(len(info.layers) + 1, ROWS_SHOWN, max(room, 4))
        names: list[str | None] = [None, *(layer.name for layer in info.layers)]
        chosen = names.index(value.layer) if value.layer in names else 0
        size = ImVec2(0, line * rows + em(0.6))
        imgui.push_style_var(imgui.StyleVar_.window_padding, ImVec2(em(0.3), em(0.3)))
        imgui.begin_child("layer_list", size, imgui.ChildFlags_.frame_style)
        picked: int | None = None
        if imgui.is_window_focused() and (step := _arrow_keys()):
            picked = min(max(chosen + step, 0), len(names) - 1)
        width = imgui.get_content_region_avail().x
        for index, name in enumerate(names):
            layer = info.layers[index - 1] if index else None
            label = f"###layer_{name}" if name is not None else "###layer_picture"
            if imgui.selectable(label, index == chosen)[0]:
                picked = index
            if index == chosen and self.scrolled_to != name:
                imgui.set_scroll_here_y(0.5)
                self.scrolled_to = name
            _layer_line(layer, info, width)
        imgui.end_child()
        imgui.pop_style_var()
        if picked is None or names[picked] == value.layer:
            return value
        top = last_channel(value.mode, channels_of(names[picked], info))
        return replace(value, layer=names[picked], base_channel=min(value.base_channel, top))


layers_ui = LayersPanel().draw


def _arrow_keys() -> int:
    """Return how far the arrow keys move a selection in this frame: -1, 0 or 1."""
    down = imgui.is_key_pressed(imgui.Key.down_arrow)
    return int(down) - int(imgui.is_key_pressed(imgui.Key.up_arrow))


def _layer_line(layer: LayerInfo | None, info: ModelInfo, width: float) -> None:
    """Write name, resolution and channels over the selectable just drawn, as far as they fit."""
    low = imgui.get_item_rect_min()
    draw = imgui.get_window_draw_list()
    left = low.x + imgui.get_style().item_spacing.x / 2
    y = low.y + imgui.get_style().item_spacing.y / 2
    fine = imgui.color_convert_float4_to_u32(dim())
    name = layer.name if layer is not None else f"{icons.ICON_FA_IMAGE}  Picture"
    resolution = layer.resolution if layer is not None else info.resolution
    channels = layer.channels if layer is not None else info.img_channels
    end = left + width - em(0.2)
    for value, column, needed in (
        (f"{channels} ch", em(3.9), em(13)),
        (f"{resolution} px", em(3.9), em(8)),
    ):
        if width >= needed:
            draw.add_text((end - imgui.calc_text_size(value).x, y), fine, value)
            end -= column
    text = imgui.get_color_u32(imgui.Col_.text)
    draw.add_text((left, y), text, ellipsis(name, end - left - em(0.3)))


def channels_of(layer: str | None, info: ModelInfo) -> int:
    """Return how many channels the selected layer has; the picture's for None."""
    found = (each.channels for each in info.layers if each.name == layer)
    return next(found, info.img_channels)


def last_channel(mode: LayerMode, channels: int) -> int:
    """Return the largest base channel: colour needs two more channels behind it."""
    return max(0, channels - (3 if mode == "colour" else 1))


def _display_ui(value: LayerView, channels: int) -> LayerView:
    section("Display", icons.ICON_FA_EYE)
    mode = segmented_row("Mode", "layer_mode", value.mode, MODES)
    top = last_channel(mode, channels)
    shown = min(value.base_channel, top)
    base = integer(
        "Channel", "base_channel", shown, default=0, high=top,
        tooltip=f"First channel shown, 0 to {top} of {channels}",
    )  # fmt: skip
    normalise = toggle(
        "Normalise",
        "normalise",
        value.normalise,
        tooltip="Divide each channel by its largest value",
    )
    gain = slider(
        "Gain", "gain_db", value.gain_db, -40.0, 40.0, default=0.0, fmt="%+.1f dB", unit="dB"
    )
    new = replace(value, mode=mode, normalise=normalise, gain_db=gain)
    if base != shown or mode != value.mode:
        new = replace(new, base_channel=base)
    return value if new == value else new


def _spectrum_ui(value: LayerView) -> LayerView:
    section("Spectrum", icons.ICON_FA_WAVE_SQUARE)
    shown = toggle(
        "Show", "spectrum", value.spectrum, tooltip="Power by frequency beside the picture"
    )  # fmt: skip
    if not shown:
        return value if shown == value.spectrum else replace(value, spectrum=shown)
    scope = segmented_row(
        "Channels", "spectrum_of", "all" if value.spectrum_all_channels else "selected",
        (("all", "All", "All channels"), ("selected", "Selected", "Only the channels shown")),
    )  # fmt: skip
    limit = slider(
        "Range", "spectrum_range", value.spectrum_range_db, 0.1, 100.0, default=50.0,
        fmt="%.1f dB", unit="dB above and below the mean power",
    )  # fmt: skip
    beta = slider(
        "Kaiser beta", "kaiser_beta", value.kaiser_beta, 0.0, 50.0, default=8.0, fmt="%.1f",
        tooltip="Window against the edges; 0 is none",
    )  # fmt: skip
    new = replace(
        value, spectrum=shown, spectrum_all_channels=scope == "all", spectrum_range_db=limit,
        kaiser_beta=beta,
    )  # fmt: skip
    return value if new == value else new
