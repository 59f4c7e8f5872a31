"""About: what this is and whose work is in it. Ids: window `About###about`, `###about_close`."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from widgets.controls import Button, accent, button_row, dim, em, floating_size, section
from widgets.notices import text_dim

TITLE = "Latent Explorer"
PARTS = (
    ("Dear ImGui", "MIT", "The window's controls"),
    ("Dear ImGui Bundle, Hello ImGui, ImPlot", "MIT", "Docking, plots, the application runner"),
    ("imgui_toggle", "0BSD", "Switches"),
    ("GLFW", "zlib", "Windows and input"),
    ("Roboto", "Apache 2.0", "Text"),
    ("Font Awesome 6 Free", "SIL OFL 1.1", "Icons"),
    ("PyTorch", "BSD 3-Clause", "Everything the networks compute"),
    ("NumPy, SciPy", "BSD 3-Clause", "Arrays and filters"),
    ("Pillow", "MIT-CMU", "Reading and writing pictures"),
    ("safetensors", "Apache 2.0", "The safe model format"),
    ("PyOpenGL", "BSD 3-Clause", "Showing pictures"),
    ("“toon-head” by Johan Melin", "CC BY 4.0", "The portraits of demo:toon-head"),
    ("DiceBear", "MIT, styles CC0", "Drawing the other demonstration sets"),
)


def about_ui(shown: bool, version: str = "") -> bool:
    """Draw the window while `shown`; return whether it stays open."""
    if not shown:
        return False
    centre = imgui.get_main_viewport().get_center()
    imgui.set_next_window_pos(centre, imgui.Cond_.appearing, ImVec2(0.5, 0.5))
    imgui.set_next_window_size(floating_size(32, 32), imgui.Cond_.appearing)
    flags = imgui.WindowFlags_.no_docking | imgui.WindowFlags_.no_collapse
    imgui.push_style_color(imgui.Col_.window_bg, imgui.get_style_color_vec4(imgui.Col_.popup_bg))
    imgui.push_style_var(imgui.StyleVar_.window_border_size, 1.0)
    visible, still_open = imgui.begin("About###about", True, flags)
    if visible:
        still_open = _contents_ui(version) and bool(still_open)
    imgui.end()
    imgui.pop_style_var()
    imgui.pop_style_color()
    return bool(still_open) and not imgui.is_key_pressed(imgui.Key.escape)


def _contents_ui(version: str) -> bool:
    imgui.push_font(None, em(1.6))
    imgui.text_colored(accent(), icons.ICON_FA_SHAPES)
    imgui.same_line(0, em(0.3))
    imgui.text_unformatted(TITLE)
    imgui.pop_font()
    text_dim(f"Version {version}, Apache 2.0" if version else "Apache 2.0")
    text_dim("Explores and trains StyleGAN2 and StyleGAN3")
    section("Made with", icons.ICON_FA_HEART)
    height = -imgui.get_frame_height() - 2 * imgui.get_style().item_spacing.y
    imgui.begin_child("parts", ImVec2(0, height))
    flags = imgui.TableFlags_.row_bg | imgui.TableFlags_.pad_outer_x
    if imgui.begin_table("licences", 2, flags):
        imgui.table_setup_column("part", imgui.TableColumnFlags_.width_stretch, 2.4)
        imgui.table_setup_column("licence", imgui.TableColumnFlags_.width_stretch, 1.0)
        for name, licence, purpose in PARTS:
            imgui.table_next_row()
            imgui.table_next_column()
            imgui.push_text_wrap_pos(0.0)
            imgui.text_unformatted(name)
            imgui.text_colored(dim(), purpose)
            imgui.pop_text_wrap_pos()
            imgui.table_next_column()
            imgui.text_unformatted(licence)
        imgui.end_table()
    imgui.end_child()
    return button_row((Button("about_close", "Close"),)) is None
