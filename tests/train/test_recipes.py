"""Recipes: possible, the same in the document as in the table, and what the command line makes."""

import json
import re
import shlex

import pytest

from explorer import cli
from explorer.launcher.requirements import PROJECT_DIR
from tests.train.tiny import write_zip
from train.config import DataShape
from train.recipes import RECIPES
from train.start import prepare

DOCUMENT = PROJECT_DIR / "docs" / "recipes.md"


def commands():
    """Return the document's commands as lists of words."""
    blocks = re.findall(r"```\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines]


@pytest.mark.parametrize("name", RECIPES)
def test_the_document_says_what_the_table_does(name, tmp_path, capsys):
    recipe = RECIPES[name]
    assert shlex.split(recipe.data_command()) in commands()
    short = ["python", "main.py", "train", "--recipe", name, "--data", recipe.data_file]
    place = ["--outdir", "runs"]
    at = commands().index([*short, *place])
    data = write_zip(tmp_path / recipe.data_file, resolution=64)

    def resolved(words):
        words = [str(data) if word == recipe.data_file else word for word in words]
        assert cli.main([*words[2:-2], "--dry-run"]) == 0
        return json.loads(capsys.readouterr().out)

    assert resolved(commands()[at + 1]) == resolved(commands()[at])
    assert resolved(commands()[at])["kimg"] == recipe.fields["kimg"]


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_possible(name):
    prepare(RECIPES[name].config({}), DataShape(64, 3, 4, 8000))


def test_options_win_over_the_recipe_and_mistakes_are_sentences(tmp_path, capsys):
    data = str(write_zip(tmp_path / "d.zip", resolution=64))
    words = ["train", "--recipe", "toon-head-64", "--data", data, "--dry-run"]
    assert cli.main([*words, "--gamma", "0.5", "--no-mirror"]) == 0
    config = json.loads(capsys.readouterr().out)
    assert (config["gamma"], config["mirror"], config["map_depth"]) == (0.5, False, 4)

    for more, sentence in (
        (["--recipe", "cc0-64"], "dataset demo:cc0 cc0-64.zip --count 20000 --resolution 64"),
        (["--recipe", "cake", "--data", data], "no recipe cake; there are toon-head-64,"),
        (["--recipe", "cc0-64", "--resume", str(tmp_path)], "--recipe is for a new run"),
    ):
        assert cli.main(["train", *more]) == 1
        assert sentence in capsys.readouterr().err
