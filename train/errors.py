"""What stops an import or a training run, each as one sentence for its user.

    TrainError (Exception)          anything the person can put right; the text says how
    ├── ConfigError                 a configuration that cannot work, refused before anything starts
    ├── DataError                   pictures or labels cannot be read, or a data set not written
    │   ├── UnsafeArchiveError      an archive that climbs out of its folder or unpacks without end
    │   └── MissingPackageError     an optional package is needed; `command` installs it
    ├── RunError                    a run cannot start, continue, or must stop
    └── Cancelled                   the person stopped it; nothing was left behind

The command line and the window show such a text alone; any other exception is a mistake in the
program and keeps its traceback.
"""


class TrainError(Exception):
    """Something the person in front of the program can put right; `str()` says how."""


class ConfigError(TrainError):
    """A configuration cannot work."""


class DataError(TrainError):
    """Pictures or labels cannot be read, or a data set cannot be written."""


class UnsafeArchiveError(DataError):
    """An archive asks for what no collection of pictures needs; nothing of it was unpacked."""


class MissingPackageError(DataError):
    """An optional package is needed.

    Attributes:
        command: what installs it, to be shown or run.
    """

    def __init__(self, message: str, *, command: str):
        super().__init__(message)
        self.command = command


class RunError(TrainError):
    """A run cannot start, cannot continue, or must stop."""


class Cancelled(TrainError):
    """The person stopped it; nothing was left behind."""
