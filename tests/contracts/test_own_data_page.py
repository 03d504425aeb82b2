"""The worked examples of docs/OWN_DATA.md run as they are written, on small pictures and for a few steps."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from supertickets.__main__ import main
from supertickets.data.own import open_data
from tests.contracts.documents import ROOT, blocks
from tests.own_data import class_folders, joint_files, mask_folders, shorten

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/OWN_DATA.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
DATA: dict[str, Callable[[Path], Path]] = {"flowers": class_folders, "streets": mask_folders, "figures": joint_files}
RATES = {"flowers": "0.02", "streets": "0.03", "figures": "0.01"}
SHORT = {"90": "40", "80": "40", "50": "20", "10M": "4.5M", "200kB": "610kB"}
"""Sparsities that a short training comes to, and what tiny pictures need."""


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_worked_example_runs(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path / "cache"))
    commands = [shlex.split(line) for line in BLOCKS[number].splitlines()]
    name = commands[0][2]
    DATA[name](tmp_path / name)
    for program, *words in commands:
        assert program == "supertickets"
        given = [SHORT.get(word, word) for word in words]
        if words[0] == "draw":
            at = given.index("--minutes")
            given[at : at + 2] = ["--steps", "4", "--rate", RATES[name]]
        assert main(given) == 0, words
    assert (tmp_path / commands[0][commands[0].index("--out") + 1]).exists() or "curve" in commands[0][-1]


def test_pictures_for_a_first_try_make_a_ticket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path / "cache"))
    code, _ = blocks(ROOT / "docs/OWN_DATA.md")
    exec(compile(code, "OWN_DATA.md", "exec"), {})
    assert {path.parent.name for path in Path("flowers").glob("*/*.png")} == {"red", "blue"}
    short = ["--sparsity", "40", "--steps", "4", "--rate", "0.02", "--out", "flowers.safetensors"]
    assert main(["draw", "flowers", "--task", "classification", *short]) == 0
    assert Path("flowers.safetensors").is_file()


def test_names_of_classes_come_of_a_table_of_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = mask_folders(Path("streets"), names=None)
    Path("ids.csv").write_text("id,name,r\n2,blue,0\n0,ground,3\n255,void,0\n4,sky,1\n")
    _, code = blocks(ROOT / "docs/OWN_DATA.md")
    exec(compile(code, "OWN_DATA.md", "exec"), {})
    assert open_data(data, "segmentation").names == ("ground", "blue", "sky")


def test_every_task_has_an_example() -> None:
    assert {line.split()[4] for block in BLOCKS for line in block.splitlines() if " draw " in line} == {
        "classification", "segmentation", "pose",
    }  # fmt: skip
