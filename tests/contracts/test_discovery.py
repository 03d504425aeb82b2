"""What is found by name: decided from the source, imported when asked for, refused when it is there twice."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from supertickets.discovery import Definitions

pytestmark = pytest.mark.fast


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of an importable package without modules, below `tmp_path / "found"`."""
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "__init__.py").write_text("THING = 'no module of its own'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "found"]:
        del sys.modules[name]
    return "found"


def add(folder: Path, **sources: str) -> None:
    folder.mkdir(exist_ok=True)
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)


def test_only_what_is_asked_for_is_imported(tmp_path: Path, package: str) -> None:
    add(
        tmp_path / "found",
        b="THING: int = 2\n", a="OTHER, THING2 = 1, 2\nTHING = 1\n", helper="raise RuntimeError\n",
        inside="def f():\n    THING = 1\nraise RuntimeError\n", annotated="THING: int\nraise RuntimeError\n",
        broken="THING = 1 / 0\n", __main__="THING = 1\nraise RuntimeError\n",
    )  # fmt: skip
    found = Definitions("THING", package)
    assert list(found) == ["a", "b", "broken"] and len(found) == 3 and "helper" not in found and "broken" in found
    assert found["b"] == 2 and "found.a" not in sys.modules
    with pytest.raises(ZeroDivisionError):
        found["broken"]
    with pytest.raises(KeyError):
        found["helper"]


def test_literals_are_read_without_running_code(tmp_path: Path, package: str) -> None:
    add(tmp_path / "found", a="THING = ('x' 'y', -1)\nraise RuntimeError\n")
    assert Definitions("THING", package).literals() == {"a": ("xy", -1)}
    add(tmp_path / "found", b="THING = str(1)\n")
    with pytest.raises(ValueError, match=r"b\.py: THING has to be a literal"):
        Definitions("THING", package).literals()


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("{'k': 1, 'l': 2}", "{'k': 3}"),
        ("(C('k'), C('l'))", "(C('k'),)"),
        ("C('k')", "C('k')"),
        ("(C('k'), C('k'))", "C('l')"),
    ],
)
def test_a_key_is_defined_once(tmp_path: Path, package: str, one: str, two: str) -> None:
    head = "class C:\n    def __init__(self, key):\n        self.key = key\n"
    add(tmp_path / "found", a=f"{head}THING = {one}\n", b=f"{head}THING = {two}\n")
    where = r"a\.py and in a\.py" if one.count("'k'") == 2 else r"a\.py and in b\.py"
    with pytest.raises(ValueError, match=f"'k' is defined twice, in {where}: rename one"):
        Definitions("THING", package).by("key")


def test_one_thing_several_or_a_dict_are_found_by_key(tmp_path: Path, package: str) -> None:
    head = "class C:\n    key = 'k'\n"
    add(tmp_path / "found", a=f"{head}THING = (C(),)\n", b="THING = {'l': 1}\n", c=f"{head}THING = C()\nC.key = 'm'\n")
    assert list(Definitions("THING", package).by("key")) == ["k", "l", "m"]
