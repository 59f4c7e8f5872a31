"""What a panel shows instead of controls: why it is empty, what failed, what is going on."""

from __future__ import annotations

from imgui_bundle import ImVec2, ImVec4, imgui

from widgets.controls import dim, em, u32, warning


def empty_ui(icon: str, title: str, reason: str = "") -> None:
    """Draw an icon, a title and a reason, centred: the panel has nothing to offer and says why."""
    available = imgui.get_content_region_avail()
    imgui.dummy(ImVec2(0, min(em(1.5), max(0.0, available.y * 0.12))))
    left = imgui.get_cursor_screen_pos()
    size = em(2.2)
    font = imgui.get_font()
    extent = 2.2 * imgui.calc_text_size(icon).x
    place = (left.x + (available.x - extent) / 2, left.y)
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    imgui.get_window_draw_list().add_text(font, size, place, u32(text, 0.28), icon)
    imgui.dummy(ImVec2(0, size + em(0.4)))
    _centred(title, 1.0)
    if reason:
        _centred(reason, 0.62)


def _centred(sentence: str, alpha: float) -> None:
    """Draw wrapped text, each line centred, at most 26 em wide."""
    available = imgui.get_content_region_avail().x
    room = min(available, em(26))
    lines: list[str] = []
    for word in sentence.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and imgui.calc_text_size(longer).x <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    imgui.push_style_color(imgui.Col_.text, (text.x, text.y, text.z, text.w * alpha))
    left = imgui.get_cursor_pos_x()
    for line in lines:
        spare = available - imgui.calc_text_size(line).x
        imgui.set_cursor_pos_x(left + max(0.0, spare / 2))
        imgui.text_unformatted(line)
    imgui.pop_style_color()


def text_dim(text: str) -> None:
    """Draw wrapped secondary text."""
    _wrapped(text, dim())


def text_warning(text: str, width: float = 0.0) -> None:
    """Draw a wrapped sentence about something that failed, `width` pixels wide (0 = all)."""
    _wrapped(text, warning(), width)


def _wrapped(text: str, colour: ImVec4, width: float = 0.0) -> None:
    imgui.push_style_color(imgui.Col_.text, colour)
    imgui.push_text_wrap_pos(imgui.get_cursor_pos_x() + width if width else 0.0)
    imgui.text_unformatted(text)
    imgui.pop_text_wrap_pos()
    imgui.pop_style_color()
