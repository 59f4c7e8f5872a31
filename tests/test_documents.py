"""What the documents name exists: links, and files in backticks."""

import re

import pytest

from explorer.launcher.requirements import PROJECT_DIR

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/experiments.md")
_LINK = re.compile(r"(?<!!)\[[^]]*\]\((?!https?:)([^)#]+)\)")
_PATH = re.compile(r"`((?:explorer|widgets|networks|cuda_ops|tests|docs)/[\w./*]*)`")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    text = (PROJECT_DIR / document).read_text("utf-8")
    dead = [
        link
        for link in _LINK.findall(text)
        if not (PROJECT_DIR / document).parent.joinpath(link).exists()
    ]

    assert dead == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_exist(document):
    text = (PROJECT_DIR / document).read_text("utf-8")
    missing = [path for path in _PATH.findall(text) if not list(PROJECT_DIR.glob(path))]

    assert missing == []


def test_the_map_shows_every_package():
    text = (PROJECT_DIR / "ARCHITECTURE.md").read_text("utf-8")
    for package in ("explorer", "widgets", "networks", "networks/files", "cuda_ops", "tests"):
        assert f"\n{package}/ " in text
