"""Make sure that the packages the project needs are there before anything else is imported.

    start.py          what `main.py` calls: this interpreter, else .venv, else install
    support.py        Pythons and systems that cannot work, in one sentence
    requirements.py   pyproject.toml and constraints.txt against what is installed
    venv.py           where the environment lives, whether it is whole, its lock and its stamp
    torch_build.py    CPU or CUDA build of torch, and where pip finds it
    installer.py      pip, its progress and its errors
    progress.py       one line per package
    system_packages.py   Debian packages that the tests need

Standard library only: it runs before anything is installed.
"""

from explorer.launcher.start import ensure_environment

__all__ = ["ensure_environment"]
