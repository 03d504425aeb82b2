"""Where commands write what they were given no other place for."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]


def default_place(folder: Path) -> Path:
    """`folder` of this repository where the code runs in a clone of it; the current folder where it is installed.

    An installed package belongs to whoever installed it: nothing is ever written beside it.
    """
    return folder if in_checkout() else Path()


def in_checkout() -> bool:
    """Whether the code lies in a clone of the repository, not among installed packages."""
    return (ROOT / "pyproject.toml").is_file()
