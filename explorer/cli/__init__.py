"""The command line: which commands there are, and the one place where errors become sentences.

The table holds what `--help` shows, so that showing it imports no command. A command is a module of
this package with HELP, add_arguments(parser) and run(arguments) -> exit code; one that sets
FORWARDS_ARGUMENTS gets what it does not know itself as `arguments.rest`.
"""

import argparse
import difflib
import importlib
import io
import itertools
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from explorer.errors import DisplayError, UserError

PROGRAM = "python main.py"


@dataclass(frozen=True)
class Command:
    """One row of the table."""

    help: str
    extras: tuple[str, ...] = ()  # of pyproject.toml, needed besides the dependencies
    extras_of_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # same, if said
    for_developers: bool = False


COMMANDS = {
    "inspect": Command("what a model file holds, without running anything from it"),
    "convert": Command("write a model in the safe format (.safetensors)"),
    "render": Command("pictures from seeds or a saved session, without a window"),
    "video": Command("videos of a session's timeline or of a recipe, exact to the frame"),
    "dataset": Command(
        "pictures, videos or arrays as a data set to train on",
        extras_of_words={"demo:toon-head": ("demo",), "demo:cc0": ("demo",)},
    ),
    "train": Command(
        "train a model, or continue a run exactly where it was",
        extras_of_words={"--tensorboard": ("tensorboard",)},
    ),
    "metrics": Command("how near a model's pictures are to real ones"),
    "monitor": Command("a window that watches training runs"),
    "native": Command("what the operators run on; compiles their kernels ahead of time"),
    "test": Command(
        "install what the tests need and run them", ("test", "demo"), for_developers=True
    ),
    "bench": Command("measure how fast networks, window and start are on this machine"),
    "fuzz": Command("feed broken model files to the readers", for_developers=True),
    "screenshots": Command("make the pictures of the README", for_developers=True),
}


# Options of the window, and the extras of pyproject.toml that are installed before it opens.
WINDOW_EXTRAS: Mapping[str, tuple[str, ...]] = {
    "--camera": ("camera",),
    "--midi": ("midi",),
    "--sound": ("sound",),
}


class _UsageError(UserError):
    """The command line cannot be understood."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage in front of it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message}; see `{self.prog} --help`\n")


def extras_needed(argv: Sequence[str]) -> tuple[str, ...] | None:
    """Return the extras a command line needs installed; None if it runs with nothing installed.

    Help, the version and mistakes are answered at once: nobody waits for torch to read about a
    typing error.
    """
    if argv and argv[0] in COMMANDS:
        command = COMMANDS[argv[0]]
        of_words = [command.extras_of_words.get(word, ()) for word in argv[1:]]
        return tuple(dict.fromkeys([*command.extras, *itertools.chain(*of_words)]))
    of_words = [WINDOW_EXTRAS.get(word, ()) for word in argv]
    opened = _opened(argv)
    return tuple(itertools.chain(*of_words)) if not opened or _is_openable(opened) else None


def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that the terminal cannot show is no error
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(argv)
        _flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _drop_output()  # the reader (`| head`) has gone; nothing is left to tell it
        return 1
    except _user_errors() as error:
        print(_sentence(error), file=sys.stderr)
        return 2 if isinstance(error, (DisplayError, _UsageError)) else 1


def _flush() -> None:
    """Write what is still buffered here, where a full disk can become a sentence."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError:
        _drop_output()
        raise


def _drop_output() -> None:
    """Keep Python from writing the rest when it ends, and from complaining about it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _run(argv: Sequence[str]) -> int:
    if argv and argv[0] in COMMANDS:
        return _run_command(argv[0], argv[1:])
    if argv and argv[0] in ("-h", "--help", "help"):
        print(help_text())
        return 0
    if argv and argv[0] == "--version":
        print(f"latent-explorer {version()}")
        return 0
    opened = _opened(argv)
    if opened and not _is_openable(opened):
        raise _UsageError(_not_understood(opened))
    from explorer.display import check_display

    # Before anything imports the window code, which cannot even be loaded without its libraries.
    problem = check_display()
    if problem is not None:
        raise DisplayError(problem)
    from explorer.app import main as explore

    return explore(opened[0] if opened else None)


def _run_command(name: str, argv: Sequence[str]) -> int:
    module = importlib.import_module(f"explorer.cli.{name}")
    parser = _Parser(prog=f"{PROGRAM} {name}", description=module.HELP, allow_abbrev=False)
    module.add_arguments(parser)
    if getattr(module, "FORWARDS_ARGUMENTS", False):
        arguments, arguments.rest = parser.parse_known_args(argv)
    else:
        arguments = parser.parse_args(argv)
    return module.run(arguments)


def help_text() -> str:
    """Return what `--help` shows."""
    width = max(map(len, COMMANDS)) + 2

    def rows(for_developers: bool) -> str:
        return "\n".join(
            f"  {name:{width}}{command.help}"
            for name, command in COMMANDS.items()
            if command.for_developers == for_developers
        )

    return (
        f"usage: {PROGRAM} [MODEL or SESSION]\n"
        f"       {PROGRAM} COMMAND ...\n\n"
        "Without a command: the explorer, with a model or a saved session, else where you left.\n\n"
        f"Commands ({PROGRAM} COMMAND --help says more):\n{rows(False)}\n\n"
        f"For developers:\n{rows(True)}\n\n"
        "  --camera   open the explorer with what a virtual camera needs\n"
        "  --midi     open the explorer with what MIDI devices need\n"
        "  --sound    open the explorer with what hearing a timeline's sound needs\n"
        "  --version  say which version this is"
    )


def version() -> str:
    """Return the project's version, from pyproject.toml."""
    import tomllib

    from explorer.launcher.requirements import PROJECT_DIR

    return tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def _opened(argv: Sequence[str]) -> list[str]:
    """Return what the window is to open: the words that are no options of it."""
    return [word for word in argv if word not in WINDOW_EXTRAS]


def _is_openable(argv: Sequence[str]) -> bool:
    return len(argv) == 1 and os.path.exists(argv[0])


def _not_understood(argv: Sequence[str]) -> str:
    word = argv[0]
    if word.startswith("-"):
        return f"There is no option {word}; see `{PROGRAM} --help`."
    if os.path.exists(word):
        return f"One model or session at a time can be opened, got {len(argv)} arguments."
    folder = os.path.dirname(word)
    try:
        beside = [os.path.join(folder, name) for name in os.listdir(folder or os.curdir)]
    except OSError:
        beside = []
    close = difflib.get_close_matches(word, [*COMMANDS, *beside], n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(close)}?" if close else f"see `{PROGRAM} --help`."
    return f"{word} is neither a command nor an existing file; {hint}"


def _user_errors() -> tuple[type[Exception], ...]:
    """List the exceptions whose text is for the user; asked only once something went wrong."""
    homes = {"networks.errors": "ModelFileError", "train.errors": "TrainError"}
    imported = [(sys.modules[home], name) for home, name in homes.items() if home in sys.modules]
    return (UserError, OSError, *(getattr(module, name) for module, name in imported))


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'The output'}: {error.strerror}"
    return str(error) or type(error).__name__
