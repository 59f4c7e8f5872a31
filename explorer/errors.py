"""Errors of the application whose text is written for the person in front of it.

    UserError (ValueError)          one sentence: what is wrong, its value, what to do
    ├── DisplayError                no window can be opened here
    ├── LauncherError               the environment could not be set up
    ├── session.SessionError        a session cannot be read
    ├── files.SaveError             a file cannot be written
    ├── png.PngError                a picture cannot be read
    └── and others beside what they are about (LatentError, DeviceError, ClipboardError, ...)

The command line shows such a text alone and exits non-zero; any other exception is a mistake in the
program and keeps its traceback. What is wrong with a model file is `networks.ModelFileError`.
"""


class UserError(ValueError):
    """Something the user can put right; the text says how."""


class DisplayError(UserError):
    """No window can be opened: no display, no OpenGL, or one that is too old."""


class LauncherError(UserError):
    """The environment could not be set up."""
