"""What can be wrong with a model file, each as one sentence for its user.

ModelFileError              anything that stops a model file from being used
├── UnsafeFileError         it asks for something that no model file needs
├── DamagedFileError        it is cut off, contradicts itself, or exceeds a bound
└── UnsupportedModelError   it can be read, but holds a network that cannot be built
"""

from collections.abc import Mapping

MAX_MESSAGE = 400


class ModelFileError(Exception):
    """A model file cannot be used; `str()` gives the sentence to show.

    The code that finds the fault rarely knows the file's name: `in_file` adds it once, at the
    boundary.

    Attributes:
        class_name: the network's class as the file names it, or a short description; may be "".
        metadata:   what the file says about itself (class names, arguments, data set), JSON-able;
                    empty if reading did not come that far.
    """

    def __init__(
        self,
        message: str,
        *,
        file_name: str | None = None,
        class_name: str = "",
        metadata: Mapping | None = None,
    ):
        super().__init__(message)
        self.message = message
        self.file_name = file_name
        self.class_name = class_name
        self.metadata = dict(metadata or {})

    def in_file(self, file_name: str) -> "ModelFileError":
        """Name the file, unless it has been named already; returns self."""
        if self.file_name is None:
            self.file_name = file_name
        return self

    def __str__(self) -> str:
        message = self.message
        if len(message) > MAX_MESSAGE:  # it may quote the file
            message = message[: MAX_MESSAGE - 1] + "…"
        if self.file_name is not None:
            message = f"{self.file_name}: {message}"
        return "".join(c if c.isprintable() else "?" for c in message)


class UnsafeFileError(ModelFileError):
    """The file asks for something that no model file needs; nothing of it was run."""


class DamagedFileError(ModelFileError):
    """The file is cut off, contradicts itself, or exceeds a bound."""


class UnsupportedModelError(ModelFileError):
    """The file was read, but its network cannot be built."""
