"""What the Performance panel says about the operators, looked up again after new pictures."""

from __future__ import annotations

from collections.abc import Callable

from explorer.app.file_tasks import FileTasks
from explorer.panel_state import Operators
from explorer.render.operators import operators_now


class OperatorWatch:
    """Looks in a thread, and only after a picture: by then torch and the kernels are loaded.

    Args:
        files: whose thread looks.
        log:   told why looking failed.
    """

    def __init__(self, files: FileTasks, log: Callable[[str], None]) -> None:
        self._files = files
        self._log = log
        self._pictures = 0
        self._seen = 0  # pictures there were when it was last looked
        self._looking = False
        self.known = Operators()

    def note_picture(self) -> None:
        """A picture has come: the kernels may hold more than before."""
        self._pictures += 1

    def update(self) -> None:
        """Look if there are new pictures; called in frames that show what is found."""
        if self._looking or self._seen == self._pictures:
            return
        self._looking, self._seen = True, self._pictures
        self._files.run(operators_now, self._found, self._failed)

    def _found(self, operators: Operators) -> None:
        self._looking, self.known = False, operators

    def _failed(self, error: Exception) -> None:
        self._looking = False
        self._log(f"WARNING: operators: {error}")
