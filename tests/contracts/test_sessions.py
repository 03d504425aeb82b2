"""The session that makes tables draws their figures, where the tables went."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.documents import ROOT

pytestmark = pytest.mark.fast

Arguments = Callable[[list[str]], list[str] | None]


@pytest.fixture(scope="module")
def figure_arguments() -> Arguments:
    """The function of the noxfile, without nox."""
    path = ROOT / "noxfile.py"
    lines = path.read_text(encoding="utf-8")
    [function] = [
        one for one in ast.parse(lines).body if isinstance(one, ast.FunctionDef) and one.name == "figure_arguments"
    ]
    names: dict[str, Any] = {"argparse": argparse, "Path": Path, "__file__": str(path)}
    exec(f"from __future__ import annotations\n{ast.unparse(function)}", names)
    found: Arguments = names["figure_arguments"]
    return found


def test_pictures_go_where_the_tables_go(figure_arguments: Arguments) -> None:
    drawn = ["--figure", "ablation", "--profile", "small"]
    assert figure_arguments(["--table", "ablation", "--profile", "small"]) == drawn
    elsewhere = ["--results", "tried", "--out", "tried"]
    assert figure_arguments(["--table", "ablation", "--profile", "small", "--out", "tried"]) == drawn + elsewhere


@pytest.mark.parametrize("words", [["--list"], ["--all", "--check"], ["--help"], ["--table", "latencies"]])
def test_where_nothing_is_written_or_there_is_no_figure_nothing_is_drawn(
    figure_arguments: Arguments, words: list[str]
) -> None:
    assert figure_arguments(words) is None
