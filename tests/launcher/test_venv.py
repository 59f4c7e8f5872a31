"""The project's own environment: where it is, when it counts as whole, one installer at a time."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from explorer.errors import LauncherError
from explorer.launcher import venv as venvs
from explorer.launcher.installer import remove_half_installed
from explorer.launcher.requirements import PROJECT_DIR


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with what the digest is made from."""
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((PROJECT_DIR / name).read_text("utf-8"), "utf-8")
    return tmp_path


@pytest.fixture
def venv(project: Path) -> Path:
    """An environment without packages, made for real."""
    command = [venvs.base_python(), "-m", "venv", "--without-pip", str(project / ".venv")]
    subprocess.run(command, check=True, timeout=60)
    return project / ".venv"


def test_the_environment_lies_beside_main(project):
    assert venvs.venv_dir(project, {}) == project / ".venv"


def test_a_read_only_checkout_uses_the_users_data_folder(project, monkeypatch):
    monkeypatch.setattr(venvs, "_writable", lambda folder: False)

    chosen = venvs.venv_dir(project, {"HOME": "/home/someone", "XDG_DATA_HOME": "/data"})

    assert chosen.parent == venvs.user_data_dir({"HOME": "/home/someone", "XDG_DATA_HOME": "/data"})
    assert chosen != venvs.venv_dir(project / "other", {"XDG_DATA_HOME": "/data"})


@pytest.mark.platform("linux", "darwin")
def test_read_only_is_found_out_by_trying(project):
    if os.geteuid() == 0:  # root may write anywhere but here
        assert not venvs._writable(Path("/proc/self"))
        return
    project.chmod(0o555)
    assert not venvs._writable(project)
    project.chmod(0o755)
    assert venvs._writable(project)


@pytest.mark.parametrize(
    "system, environ, expected",
    [
        ("linux", {"HOME": "/h"}, Path("/h/.local/share/latent-explorer")),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": "/d"}, Path("/d/latent-explorer")),
        ("darwin", {"HOME": "/h"}, Path("/h/Library/Application Support/latent-explorer")),
        ("win32", {"LOCALAPPDATA": "/l"}, Path("/l/latent-explorer")),
        ("win32", {"USERPROFILE": "/u"}, Path("/u/AppData/Local/latent-explorer")),
    ],
)
def test_each_system_has_its_data_folder(system, environ, expected):
    assert venvs.user_data_dir(environ, system) == expected


def test_ready_means_stamped_with_the_pins_of_today_and_the_extras_asked_for(project, venv):
    assert not venvs.is_ready(venv, (), project)
    venvs.write_stamp(venv, (), project)
    assert venvs.is_ready(venv, (), project)
    assert not venvs.is_ready(venv, ("test",), project)
    venvs.write_stamp(venv, ("test",), project)
    assert venvs.is_ready(venv, (), project)
    assert venvs.is_ready(venv, ("test",), project)

    with (project / "constraints.txt").open("a") as file:
        file.write("wheel==1.0\n")
    assert not venvs.is_ready(venv, (), project)


def test_a_stamp_that_is_no_json_means_not_ready(project, venv):
    venvs.write_stamp(venv, (), project)
    (venv / "latent-explorer.json").write_text("[]")

    assert not venvs.is_ready(venv, (), project)
    assert venvs.installed_extras(venv) == set()


def test_an_environment_whose_python_has_gone_is_not_whole(venv):
    assert venvs.is_whole(venv)
    text = (venv / "pyvenv.cfg").read_text("utf-8")
    (venv / "pyvenv.cfg").write_text(text.replace("home = ", "home = /gone"), "utf-8")
    assert not venvs.is_whole(venv)

    (venv / "pyvenv.cfg").write_text(text, "utf-8")
    assert venvs.is_whole(venv)
    venvs.python_of(venv).unlink()
    assert not venvs.is_whole(venv)


def test_a_broken_environment_is_made_anew(venv):
    venvs.python_of(venv).unlink()
    (venv / "left over").touch()

    venvs.create(venv)

    assert venvs.is_whole(venv)
    assert not (venv / "left over").exists()


def test_without_ensurepip_and_pip_the_sentence_names_the_debian_package(tmp_path, monkeypatch):
    monkeypatch.setattr(venvs.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(LauncherError, match=rf"python3\.{sys.version_info[1]}-venv"):
        venvs.create(tmp_path / ".venv")


def test_only_one_start_installs_at_a_time(tmp_path, capsys):
    order = []

    def second():
        with venvs.locked(tmp_path / ".venv"):
            order.append("second")

    with venvs.locked(tmp_path / ".venv"):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.4)
        order.append("first")
    thread.join(5)

    assert order == ["first", "second"]
    assert capsys.readouterr().err.count("waiting") == 1


def test_what_an_interrupted_installation_left_is_removed(venv):
    packages = next(venv.glob("[Ll]ib*/**/site-packages"))
    for name, files in {
        "whole-1.dist-info": ("METADATA", "RECORD"),
        "half-1.dist-info": ("METADATA",),
        "~umpy": ("x",),
    }.items():
        (packages / name).mkdir()
        for file in files:
            (packages / name / file).touch()

    remove_half_installed(venv)

    assert [path.name for path in packages.iterdir()] == ["whole-1.dist-info"]
