"""A backend for mido without hardware: plugged and played by tests, parsed by mido's own parser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mido
from mido.ports import BaseInput

plugged: list[str] = []
refused: set[str] = set()  # devices that another program holds
opened: dict[str, Input] = {}


class Input(BaseInput):
    """A device: `play` takes the bytes it sends."""

    def _open(self, callback: Callable[[Any], None] | None = None, **_: Any) -> None:
        assert self.name is not None
        if self.name in refused:
            raise OSError(f"{self.name} is in use")
        self._heard = callback
        self._bytes = mido.Parser()
        opened[self.name] = self

    def _close(self) -> None:
        assert self.name is not None
        opened.pop(self.name, None)

    def play(self, *data: int) -> None:
        self._bytes.feed(data)
        for message in self._bytes:
            assert self._heard is not None
            self._heard(message)


def get_devices(**_: Any) -> list[dict[str, Any]]:
    return [{"name": name, "is_input": True, "is_output": False} for name in plugged]
