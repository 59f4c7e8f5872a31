"""How the window looks: colours, sizes in em and fonts as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass

from imgui_bundle import ImVec2, ImVec4, hello_imgui, imgui

Colour = tuple[float, float, float, float]


@dataclass(frozen=True)
class Style:
    """Sizes are in em (one line of text), colours are RGBA 0..1."""

    font_px: float = 15.5
    rounding_em: float = 0.36
    frame_padding_em: tuple[float, float] = (0.52, 0.26)
    item_spacing_em: tuple[float, float] = (0.52, 0.42)
    window_padding_em: tuple[float, float] = (0.65, 0.6)
    background: Colour = (0.067, 0.075, 0.090, 1.0)
    panel: Colour = (0.106, 0.114, 0.133, 1.0)
    canvas: Colour = (0.082, 0.090, 0.106, 1.0)
    popup: Colour = (0.125, 0.137, 0.161, 0.985)
    frame: Colour = (0.165, 0.184, 0.216, 1.0)
    frame_hovered: Colour = (0.208, 0.235, 0.278, 1.0)
    frame_active: Colour = (0.243, 0.278, 0.333, 1.0)
    border: Colour = (0.227, 0.251, 0.294, 0.75)
    accent: Colour = (0.365, 0.608, 1.0, 1.0)
    accent_dim: Colour = (0.243, 0.420, 0.741, 1.0)
    text: Colour = (0.902, 0.918, 0.945, 1.0)
    text_dim: Colour = (0.565, 0.600, 0.655, 1.0)
    good: Colour = (0.384, 0.784, 0.522, 1.0)
    warning: Colour = (0.969, 0.741, 0.369, 1.0)
    bad: Colour = (0.961, 0.435, 0.435, 1.0)
    badge: Colour = (0.055, 0.063, 0.078, 0.80)


STYLE = Style()


def vec4(colour: Colour) -> ImVec4:
    return ImVec4(*colour)


def packed(colour: Colour, alpha: float = 1.0) -> int:
    """Return the colour as draw lists take it, its opacity multiplied by `alpha`."""
    r, g, b, a = colour
    return imgui.color_convert_float4_to_u32(ImVec4(r, g, b, a * alpha))


def load_fonts(style: Style = STYLE) -> None:
    """Load Roboto with the Font Awesome 6 icons merged in; a hello_imgui callback."""
    hello_imgui.load_font_ttf_with_font_awesome_icons(
        "fonts/Roboto/Roboto-Regular.ttf", style.font_px
    )


def apply_style(scale: float, style: Style = STYLE) -> None:
    """Set theme, colours and sizes for text `scale` times the normal size.

    May be called again at any time: sizes are set, never multiplied onto earlier ones.
    """
    hello_imgui.apply_theme(hello_imgui.ImGuiTheme_.so_dark_accent_blue)
    target = imgui.get_style()
    target.font_scale_main = scale
    em = style.font_px * scale * max(target.font_scale_dpi, 0.1)
    _set_sizes(target, style, em)
    for name, colour in _colours(style).items():
        target.set_color_(getattr(imgui.Col_, name), vec4(colour))


def _set_sizes(target: imgui.Style, style: Style, em: float) -> None:
    rounding = style.rounding_em * em
    target.window_rounding = rounding
    target.child_rounding = rounding
    target.frame_rounding = rounding
    target.popup_rounding = rounding
    target.grab_rounding = rounding
    target.tab_rounding = rounding
    target.scrollbar_rounding = rounding
    target.frame_padding = _pixels(style.frame_padding_em, em)
    target.item_spacing = _pixels(style.item_spacing_em, em)
    target.item_inner_spacing = ImVec2(round(0.4 * em), round(0.3 * em))
    target.window_padding = _pixels(style.window_padding_em, em)
    target.cell_padding = ImVec2(round(0.3 * em), round(0.2 * em))
    target.indent_spacing = round(1.2 * em)
    target.scrollbar_size = round(0.75 * em)
    target.grab_min_size = round(0.7 * em)
    target.docking_separator_size = max(2.0, round(0.16 * em))
    target.tab_bar_overline_size = max(1.0, round(0.1 * em))
    target.window_border_size = 0.0
    target.popup_border_size = 1.0
    target.frame_border_size = 1.0
    target.tab_border_size = 0.0
    target.window_menu_button_position = imgui.Dir.none
    target.window_title_align = ImVec2(0.5, 0.5)
    target.disabled_alpha = 0.45
    target.hover_delay_normal = 0.45


def _pixels(size_em: tuple[float, float], em: float) -> ImVec2:
    return ImVec2(round(size_em[0] * em), round(size_em[1] * em))


def _faded(colour: Colour, alpha: float) -> Colour:
    return (*colour[:3], alpha)


def _colours(style: Style) -> dict[str, Colour]:
    clear: Colour = (0.0, 0.0, 0.0, 0.0)
    return {
        "text": style.text,
        "text_disabled": style.text_dim,
        "window_bg": style.panel,
        "child_bg": clear,
        "popup_bg": style.popup,
        "border": style.border,
        "border_shadow": clear,
        "frame_bg": style.frame,
        "frame_bg_hovered": style.frame_hovered,
        "frame_bg_active": style.frame_active,
        "title_bg": style.background,
        "title_bg_active": style.background,
        "title_bg_collapsed": style.background,
        "menu_bar_bg": style.background,
        "scrollbar_bg": clear,
        "scrollbar_grab": style.frame_active,
        "scrollbar_grab_hovered": style.accent_dim,
        "scrollbar_grab_active": style.accent,
        "check_mark": style.accent,
        "slider_grab": style.accent,
        "slider_grab_active": (0.55, 0.73, 1.0, 1.0),
        "button": style.frame,
        "button_hovered": style.frame_hovered,
        "button_active": style.accent_dim,
        "header": _faded(style.accent_dim, 0.45),
        "header_hovered": _faded(style.accent_dim, 0.60),
        "header_active": _faded(style.accent_dim, 0.80),
        "separator": style.border,
        "separator_hovered": style.accent_dim,
        "separator_active": style.accent,
        "resize_grip": clear,
        "resize_grip_hovered": style.accent_dim,
        "resize_grip_active": style.accent,
        "tab": style.background,
        "tab_hovered": style.frame_hovered,
        "tab_selected": style.panel,
        "tab_selected_overline": style.accent,
        "tab_dimmed": style.background,
        "tab_dimmed_selected": style.panel,
        "tab_dimmed_selected_overline": _faded(style.accent, 0.35),
        "docking_preview": _faded(style.accent, 0.45),
        "docking_empty_bg": style.background,
        "plot_lines": style.accent,
        "plot_histogram": style.accent,
        "table_header_bg": style.frame,
        "table_border_strong": style.border,
        "table_border_light": style.border,
        "table_row_bg_alt": (1.0, 1.0, 1.0, 0.025),
        "text_selected_bg": _faded(style.accent, 0.40),
        "text_link": style.accent,
        "drag_drop_target": style.accent,
        "nav_cursor": style.accent,
        "modal_window_dim_bg": (0.0, 0.0, 0.0, 0.55),
    }
