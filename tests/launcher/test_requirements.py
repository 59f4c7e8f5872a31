"""What counts as installed, and that the pins and the requirements agree."""

import re
from importlib import metadata

import pytest

from explorer.launcher.requirements import (
    PROJECT_DIR,
    digest,
    missing,
    parse,
    pinned_version,
    required,
)


@pytest.mark.parametrize(
    "line, version, expected",
    [
        ("torch==2.13.0", "2.13.0+cpu", True),
        ("torch==2.13.0", "2.13", True),
        ("torch==2.13.0", "2.13.1", False),
        ("numpy>=2.0", "2.4.6", True),
        ("numpy>=2.0", "1.26.4", False),
        ("pyopengl>=3.1.10", "3.1.9", False),
        ("pyopengl>=3.1.10", "3.2", True),
        ("pytest>=9,>=9.1", "9.0.2", False),
        ("glfw", "0.1", True),
    ],
)
def test_a_version_in_the_range_will_do(line, version, expected):
    assert parse(line).allows(version) is expected


def test_a_requirement_the_launcher_cannot_read_is_an_error():
    with pytest.raises(ValueError, match="cannot read"):
        parse("torch~=2.13")


def test_only_what_is_absent_or_too_old_is_missing():
    def version_of(name):
        try:
            return {"numpy": "2.1", "glfw": "2.9"}[name]
        except KeyError:
            raise metadata.PackageNotFoundError(name) from None

    wanted = [parse("numpy>=2.0"), parse("glfw>=2.10"), parse("scipy>=1.15")]

    assert [r.name for r in missing(wanted, version_of)] == ["glfw", "scipy"]


def test_every_requirement_has_a_pin_that_it_allows():
    for requirement in required(["test", "camera", "midi", "sound", "demo", "tensorboard"]):
        assert requirement.allows(pinned_version(requirement.name)), requirement.text


def test_everything_that_is_installed_with_the_requirements_is_pinned():
    pins = (PROJECT_DIR / "constraints.txt").read_text("utf-8")
    pinned = {name.lower().replace("_", "-") for name in re.findall(r"^([\w-]+)==", pins, re.M)}
    todo = [requirement.name for requirement in required(["test"])]
    seen: set[str] = set()
    while todo:
        name = todo.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        needs = metadata.requires(name) or []
        # What stands behind a semicolon is for another system or an extra.
        todo += [re.split(r"[^\w.-]", line)[0] for line in needs if ";" not in line]

    assert seen - pinned == set()


def test_a_new_pin_changes_the_digest(tmp_path):
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((PROJECT_DIR / name).read_text("utf-8"), "utf-8")
    before = digest(tmp_path)
    with (tmp_path / "constraints.txt").open("a") as file:
        file.write("wheel==1.0\n")

    assert before == digest(PROJECT_DIR)
    assert digest(tmp_path) != before
