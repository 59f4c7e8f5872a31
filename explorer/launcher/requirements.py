"""What the project needs, by pyproject.toml and constraints.txt, and what of it is missing."""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2]
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)\s*((?:(?:==|>=)\s*[0-9][0-9A-Za-z.]*\s*,?\s*)*)$")
_BOUND = re.compile(r"(==|>=)\s*([0-9][0-9A-Za-z.]*)")


@dataclass(frozen=True)
class Requirement:
    """One line of pyproject.toml: a name and its lower or exact bounds."""

    name: str
    bounds: tuple[tuple[str, str], ...]  # (">=" or "==", version)

    @property
    def text(self) -> str:
        return self.name + ",".join(operator + version for operator, version in self.bounds)

    def allows(self, version: str) -> bool:
        """Whether an installed version will do; a local part such as +cpu does not count."""
        found = _release(version)
        for operator, bound in self.bounds:
            wanted = _release(bound)
            width = max(len(found), len(wanted))
            padded = found + (0,) * (width - len(found))
            limit = wanted + (0,) * (width - len(wanted))
            if padded < limit or (operator == "==" and padded != limit):
                return False
        return True


def parse(line: str) -> Requirement:
    """Parse `name>=1.2` or `name==1.2`, the only forms pyproject.toml uses."""
    match = _REQUIREMENT.match(line.strip())
    if match is None:
        raise ValueError(f"pyproject.toml: the launcher cannot read the requirement {line!r}")
    return Requirement(match[1], tuple(_BOUND.findall(match[2])))


def required(extras: Iterable[str] = (), project_dir: Path = PROJECT_DIR) -> list[Requirement]:
    """List the requirements of the project and of the extras asked for."""
    project = tomllib.loads((project_dir / "pyproject.toml").read_text("utf-8"))["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [parse(line) for line in lines]


def missing(
    requirements: Iterable[Requirement], version_of: Callable[[str], str] = metadata.version
) -> list[Requirement]:
    """Keep the requirements that this interpreter does not satisfy."""

    def satisfied(requirement: Requirement) -> bool:
        try:
            return requirement.allows(version_of(requirement.name))
        except metadata.PackageNotFoundError:
            return False

    return [requirement for requirement in requirements if not satisfied(requirement)]


def pinned_version(name: str, project_dir: Path = PROJECT_DIR) -> str:
    """Return the version that constraints.txt pins for a package."""
    text = (project_dir / "constraints.txt").read_text("utf-8")
    match = re.search(rf"^{re.escape(name)}==([^\s;]+)", text, re.MULTILINE | re.IGNORECASE)
    assert match is not None, f"constraints.txt does not pin {name}"
    return match[1]


def digest(project_dir: Path = PROJECT_DIR) -> str:
    """Identify what an installation would install; changes whenever a pin or a requirement does."""
    project = tomllib.loads((project_dir / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [project["dependencies"], sorted(project["optional-dependencies"].items())]
    pins = (project_dir / "constraints.txt").read_text("utf-8")
    return hashlib.sha256((repr(wanted) + pins).encode()).hexdigest()[:16]


def _release(version: str) -> tuple[int, ...]:
    """Turn "2.13.0+cpu" or "3.1.10rc1" into the numbers that are compared."""
    numbers: list[int] = []
    for part in version.split("+")[0].split("."):
        match = re.match(r"\d+", part)
        if match is None:
            break
        numbers.append(int(match[0]))
    return tuple(numbers)
