"""Imports go one way, and what is drawn 60 times a second does not wait for torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("cuda_ops", "explorer", "networks", "train", "widgets")

# Values that widgets may know: they bring neither torch nor imgui.
PURE = (
    "explorer.actions",
    "explorer.command_parts",
    "explorer.control_state",
    "explorer.export_actions",
    "explorer.export_state",
    "explorer.live_state",
    "explorer.messages",
    "explorer.model_info",
    "explorer.neighbours",
    "explorer.panel_state",
    "explorer.request",
    "explorer.seeds",
    "explorer.settings",
    "explorer.shipped",
    "explorer.timeline",
    "explorer.timeline_state",
    "explorer.training_actions",
    "explorer.training_state",
    "explorer.view_state",
)
# Tables of what menus show; they name icons, and those names are imgui_bundle's.
TABLES = ("explorer.command", "explorer.commands")
# Which of our packages a package may import; for a longer prefix, that line counts instead.
ALLOWED = {
    "main": ("explorer",),
    "explorer": ("explorer", "widgets", "networks", "cuda_ops", "train"),
    "explorer.launcher": ("explorer.launcher", "explorer.errors"),
    "widgets": ("widgets", *PURE, *TABLES),
    "networks": ("networks", "cuda_ops"),
    "cuda_ops": ("cuda_ops",),
    "train": ("train", "networks", "cuda_ops"),
}
WIDGETS_MAY_USE = ("imgui_bundle", "numpy")  # besides the standard library and the line above
TORCH_FREE = (
    "explorer.app",
    "explorer.cli",
    "explorer.display",
    "explorer.history",
    "explorer.launcher",
    "explorer.app.panels",
    "explorer.request",
    "explorer.session",
    "explorer.settings",
    "explorer.app.window",
    "networks.config",
    "networks.errors",
    "networks.info",
    "train.data.dataset",
    "train.data.demo.drawn",
    "train.data.doctor",
    "train.data.sampler",
    "train.data.sources",
    "train.data.sources.cifar",
    "train.data.writer",
)
LONG_FILE_LINES = 400


def sources(package: str) -> list[Path]:
    if package == "main":
        return [ROOT / "main.py"]
    return sorted((ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path: Path) -> set[str]:
    """List what a file imports anywhere, also inside functions; `from a import b` counts as a.b."""
    names: set[str] = set()
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return names


def is_within(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes)


def first_to_bring(unwanted: str, modules: list[str]) -> str:
    """Import modules in a process of their own; say which one first brings `unwanted`, or ""."""
    script = (
        "import importlib, sys\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        f"    if {unwanted!r} in sys.modules:\n"
        f"        sys.exit(name + ' imports {unwanted}')\n"
    )
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    return result.stderr.strip()


def rule_of(module: str) -> tuple[str, ...]:
    return ALLOWED[max((p for p in ALLOWED if is_within(module, (p,))), key=len)]


@pytest.mark.parametrize("package", ["main", *OURS])
def test_imports_go_one_way(package):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(package)
        for name in imported_modules(path)
        if is_within(name, OURS) and not is_within(name, rule_of(module_name(path)))
    ]

    assert wrong == []


def test_widgets_use_imgui_and_numpy_only():
    allowed = (*WIDGETS_MAY_USE, *ALLOWED["widgets"], *sys.stdlib_module_names)
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources("widgets")
        for name in imported_modules(path)
        if not is_within(name, allowed)
    ]

    assert wrong == []


def test_the_launcher_uses_the_standard_library_only():
    allowed = (*ALLOWED["explorer.launcher"], *sys.stdlib_module_names)
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / "explorer" / "launcher").glob("*.py"))
        for name in imported_modules(path)
        if not is_within(name, allowed)
    ]

    assert wrong == []


def test_the_test_engine_stays_in_the_tests():
    """Dear ImGui Test Engine has a licence of its own; the program must not need it."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for package in OURS
        for path in sources(package)
        for name in imported_modules(path)
        if is_within(name, ("imgui_bundle.immapp.testing", "imgui_bundle.imgui.test_engine"))
        and path.name != "screenshots.py"
    ]

    assert wrong == []


def test_torch_is_not_imported_by_what_starts_first():
    widgets = [module_name(path) for path in sources("widgets")]

    assert first_to_bring("torch", [*TORCH_FREE, *PURE, *widgets]) == ""


def test_what_widgets_may_know_is_pure():
    assert first_to_bring("imgui_bundle", [*PURE]) == ""


def test_long_files_are_noted(capsys):
    lengths = {
        path.relative_to(ROOT): len(path.read_text("utf-8").splitlines())
        for package in OURS
        for path in sources(package)
    }
    with capsys.disabled():
        for path, lines in lengths.items():
            if lines > LONG_FILE_LINES:
                print(f"\nnote: {path} has {lines} lines", end="")
