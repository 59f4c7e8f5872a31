"""The command table, what needs no installation, and errors as sentences."""

import importlib
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from explorer import cli
from explorer.cli import COMMANDS, extras_needed, main
from explorer.errors import DisplayError, UserError
from explorer.launcher.requirements import PROJECT_DIR


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_exists(name):
    module = importlib.import_module(f"explorer.cli.{name}")

    assert module.HELP
    assert callable(module.add_arguments)
    assert callable(module.run)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])

    assert ended.value.code == 0
    assert f"main.py {name}" in capsys.readouterr().out


def test_every_command_module_is_in_the_table():
    modules = {path.stem for path in (PROJECT_DIR / "explorer" / "cli").glob("[!_]*.py")}
    commands = {
        name for name in modules if "def run(" in (_folder() / f"{name}.py").read_text("utf-8")
    }

    assert commands - set(COMMANDS) == set()


def test_help_and_mistakes_need_nothing_installed():
    assert extras_needed(["--help"]) is None
    assert extras_needed(["--version"]) is None
    assert extras_needed(["inspcet"]) is None
    assert extras_needed(["--nonsense"]) is None
    assert extras_needed([]) == ()
    assert extras_needed(["inspect", "model.pkl"]) == ()
    assert extras_needed(["test", "-x"]) == ("test", "demo")
    assert extras_needed(["dataset", "demo:cc0", "a.zip"]) == ("demo",)
    assert extras_needed(["dataset", "demo:mnist", "a.zip"]) == ()


def test_options_of_the_window_install_what_they_name():
    assert extras_needed(["--midi"]) == ("midi",)
    assert extras_needed(["--sound"]) == ("sound",)
    assert extras_needed(["--camera", __file__, "--midi"]) == ("camera", "midi")
    assert extras_needed([__file__]) == ()
    assert extras_needed(["--midi", "no-such-model"]) is None
    assert extras_needed(["inspect", "--midi"]) == ()


def test_options_of_the_window_are_no_file_to_open(monkeypatch):
    opened = []
    monkeypatch.setattr("explorer.display.check_display", lambda: None)
    monkeypatch.setattr("explorer.app.main", lambda path: opened.append(path) or 0)

    assert [main(argv) for argv in (["--midi"], ["--camera", __file__], [])] == [0, 0, 0]
    assert opened == [None, __file__, None]
    assert extras_needed(["train", "--data", "a.zip", "--tensorboard"]) == ("tensorboard",)


def test_help_lists_every_command_and_is_quick_to_come():
    result = subprocess.run(
        [sys.executable, "-E", "-S", "main.py", "--help"],  # -S: no packages to import
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
    )

    assert result.returncode == 0, result.stderr
    for name, command in COMMANDS.items():
        assert f"  {name} " in result.stdout
        assert command.help in result.stdout


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"latent-explorer {cli.version()}\n"


@pytest.mark.parametrize(
    "argv, words",
    [
        (["inspcet"], "did you mean inspect?"),
        (["no-such-model-at-all.pkl"], "neither a command nor an existing file"),
        (["--nonsense"], "no option --nonsense"),
        ([__file__, __file__], "One model or session at a time"),
    ],
)
def test_what_is_not_understood_is_one_sentence(argv, words, capsys):
    assert main(argv) == 2
    err = capsys.readouterr().err
    assert words in err
    assert len(err.splitlines()) == 1


def test_a_file_with_a_similar_name_is_offered(tmp_path, monkeypatch, capsys):
    (tmp_path / "ffhq.pkl").touch()
    monkeypatch.chdir(tmp_path)

    assert main(["ffqh.pkl"]) == 2
    assert "did you mean ffhq.pkl?" in capsys.readouterr().err


@pytest.fixture
def command(monkeypatch):
    """A command that does what the test wants; returns how to set it."""

    def set_run(run, **attributes):
        module = SimpleNamespace(
            HELP="Try.",
            add_arguments=lambda parser: parser.add_argument("--number", type=int),
            run=run,
            **attributes,
        )
        monkeypatch.setitem(sys.modules, "explorer.cli.inspect", module)

    return set_run


def raises(error):
    def run(arguments):
        raise error

    return run


@pytest.mark.parametrize(
    "error, exit_code, text",
    [
        (UserError("psi must be a number"), 1, "psi must be a number\n"),
        (DisplayError("There is no display."), 2, "There is no display.\n"),
        (FileNotFoundError(2, "No such file", "a.pkl"), 1, "a.pkl: No such file\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_for_the_user_are_sentences(error, exit_code, text, command, capsys):
    command(raises(error))

    assert main(["inspect"]) == exit_code
    assert capsys.readouterr().err == text


@pytest.mark.platform("linux")
def test_output_that_cannot_be_written_is_a_sentence():
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "main.py", "--version"],
            cwd=PROJECT_DIR,
            env={name: text for name, text in os.environ.items() if name != "PYTHONUNBUFFERED"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )

    assert result.returncode == 1
    assert result.stderr == "The output: No space left on device\n"


def test_names_that_the_terminal_cannot_show_are_no_error(tmp_path):
    result = subprocess.run(
        [sys.executable, "main.py", "ö→.pkl"],
        cwd=PROJECT_DIR,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )

    assert result.returncode == 2
    assert result.stderr.startswith("\\xf6\\u2192.pkl is neither a command nor")


def test_a_broken_model_file_is_a_sentence(command, capsys):
    from networks.errors import ModelFileError

    command(raises(ModelFileError("a.pkl is cut off")))

    assert main(["inspect"]) == 1
    assert "a.pkl is cut off" in capsys.readouterr().err


def test_a_mistake_in_the_program_keeps_its_traceback(command):
    command(raises(ZeroDivisionError("oops")))

    with pytest.raises(ZeroDivisionError):
        main(["inspect"])


def test_the_exit_code_is_the_commands(command):
    command(lambda arguments: arguments.number)

    assert main(["inspect", "--number", "7"]) == 7


def test_unknown_arguments_are_one_line_unless_the_command_forwards_them(command, capsys):
    command(lambda arguments: 0)
    with pytest.raises(SystemExit) as ended:
        main(["inspect", "--numbr", "7"])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1

    seen = []
    command(lambda arguments: seen.append(arguments.rest) or 0, FORWARDS_ARGUMENTS=True)
    assert main(["inspect", "-k", "name", "--number", "7"]) == 0
    assert seen == [["-k", "name"]]


def _folder():
    return PROJECT_DIR / "explorer" / "cli"


@pytest.mark.platform("linux")
def test_threads_that_wait_leave_the_processor_to_the_kernels():
    """What torch's threading library says of itself when the program loads it."""
    model = PROJECT_DIR / "assets" / "models" / "toon-head-64.safetensors"
    shown = subprocess.run(
        [sys.executable, "main.py", "inspect", str(model)], cwd=PROJECT_DIR, capture_output=True,
        env={**_without("OMP_WAIT_POLICY"), "OMP_DISPLAY_ENV": "true"}, text=True, check=True,
    ).stderr  # fmt: skip
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in shown


def _without(name: str) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != name}
