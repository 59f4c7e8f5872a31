"""Small pictures in panels, with a placeholder while they are being rendered."""

from __future__ import annotations

from imgui_bundle import ImVec2, ImVec4, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.panel_state import TextureView
from explorer.settings import MixSource, SavedLatent
from widgets.controls import accent, em, u32


def thumbnail_key(source: MixSource) -> MixSource:
    """Return the key of a source's picture: only its latent counts, never its rows or state."""
    if source.saved is not None:
        return MixSource(saved=source.saved)
    return MixSource(seed=source.seed)


def thumbnail_source(saved: SavedLatent) -> MixSource:
    """Return the key of a saved latent's picture."""
    return MixSource(saved=saved.ws)


def picture_side() -> float:
    """Return the side of a picture beside two lines of controls, in pixels."""
    return 2 * imgui.get_frame_height() + imgui.get_style().item_spacing.y


def thumbnail(
    name: str,
    picture: TextureView | None,
    side: float,
    *,
    selected: bool = False,
    faded: bool = False,
) -> bool:
    """Draw a square picture that can be clicked, item `##name`; True when pressed."""
    pressed = imgui.invisible_button(f"##{name}", ImVec2(side, side))
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    draw = imgui.get_window_draw_list()
    rounding = em(0.3)
    if picture is None:
        draw.add_rect_filled(
            low, high, u32(imgui.get_style_color_vec4(imgui.Col_.frame_bg), 0.8), rounding
        )
        extent = imgui.calc_text_size(icons.ICON_FA_IMAGE)
        place = ((low.x + high.x - extent.x) / 2, (low.y + high.y - extent.y) / 2)
        text = imgui.get_style_color_vec4(imgui.Col_.text)
        draw.add_text(place, u32(text, 0.3), icons.ICON_FA_IMAGE)
    else:
        tint = u32(ImVec4(1, 1, 1, 0.35 if faded else 1.0))
        texture = imgui.ImTextureRef(picture.texture)
        draw.add_image_rounded(texture, low, high, (0, 0), (1, 1), tint, rounding)
    if selected or imgui.is_item_hovered():
        edge = u32(accent(), 1.0 if selected else 0.6)
        draw.add_rect(low, high, edge, rounding, max(1.5, em(0.12)))
    return pressed
