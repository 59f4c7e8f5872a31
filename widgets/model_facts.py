"""Facts of the open model, as a short table. Ids: `###copy_hash`."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.model_info import ModelInfo
from explorer.settings import Settings
from widgets.controls import section
from widgets.fields import fact
from widgets.notices import text_dim

ARCHITECTURES = {
    "progan": "Progressive GAN",
    "stylegan": "StyleGAN",
    "stylegan2": "StyleGAN2",
    "stylegan3-t": "StyleGAN3-T",
    "stylegan3-r": "StyleGAN3-R",
}


def architecture_text(info: ModelInfo) -> str:
    """Return the name people know the network's architecture by."""
    return ARCHITECTURES.get(info.architecture, info.architecture)


def facts_ui(info: ModelInfo, settings: Settings) -> None:
    """Draw what the model is and where it came from."""
    section("Facts", icons.ICON_FA_CIRCLE_INFO)
    if settings.model is not None:
        fact("File", settings.model.name, settings.model.path)
    fact("Network", architecture_text(info))
    channels = {1: "grey", 3: "colour", 4: "colour and alpha"}.get(info.img_channels)
    kind = channels or f"{info.img_channels} channels"
    fact("Picture", f"{info.resolution} × {info.resolution}, {kind}")
    dims = f"z {info.z_dim} · w {info.w_dim} · {info.num_ws} rows"
    fact("Latent", dims, "Numbers in z and in each row of ws, and how many rows there are")
    classes = (
        f"{info.c_dim}" + (" with names" if info.class_names else "") if info.c_dim else "none"
    )
    fact("Classes", classes)
    fact("Parameters", count_text(info.parameters), f"{info.parameters:,} trained numbers")
    if (
        info.source is not None
        and settings.model is not None
        and info.source.name != settings.model.name
    ):
        fact("Made from", info.source.name)
    sha256 = settings.model.sha256 if settings.model is not None else ""
    if sha256:
        _hash_ui(sha256)
    for note in info.notes:
        text_dim(note)


def _hash_ui(sha256: str) -> None:
    """Draw the beginning of the hash; a click copies all of it."""
    fact(
        "SHA-256",
        f"{sha256[:10]}…  {icons.ICON_FA_COPY}",
        f"Of the whole file; click to copy\n{sha256}",
    )
    low, size = imgui.get_item_rect_min(), imgui.get_item_rect_size()
    after = imgui.get_cursor_screen_pos()
    imgui.set_cursor_screen_pos(low)
    if imgui.invisible_button("###copy_hash", size):
        imgui.set_clipboard_text(sha256)
    if imgui.is_item_hovered():
        imgui.set_mouse_cursor(imgui.MouseCursor_.hand)
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))


def count_text(count: int) -> str:
    """Return a count with three digits: "28.3 M"."""
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= factor:
            return f"{count / factor:.3g} {letter}"
    return str(count)


def size_text(size_bytes: int) -> str:
    """Return a file size: "352 MB"."""
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.3g} {unit}"
    return f"{size_bytes} B"
