"""Figures in the report: shown or named, of these results, and every mark tells what it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from figures import style
from figures.__main__ import RENDERED, RESULTS
from figures.__main__ import main as draw
from figures.figure import figures
from figures.metrics import ACCURACIES
from figures.reading import Cell, newest, read
from figures.telling import in_words, take
from tests.fabricated import TABLES, write
from tests.report_page import Page, fabricate, report

pytestmark = pytest.mark.slow


def test_figures_are_shown_or_named(whole: Page) -> None:
    (image,) = whole.all("img")
    assert image["alt"].startswith("Tickets retrained from random, early and late weights (Tab. 9). embedded profile")
    for name in TABLES:
        named = f"Figure {name} : not drawn yet. Draw it with python -m figures --figure {name} --profile embedded"
        assert (named in whole.said) == (name != "lottery-init")


def test_pictures_of_other_results_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(style._SETTINGS, "savefig.dpi", 40)
    results, rendered = tmp_path / "results", tmp_path / "rendered"
    fabricate(results, {"lottery-init": TABLES["lottery-init"]})
    draw(["--figure", "lottery-init", "--results", str(results), "--out", str(rendered)])
    assert len(report(results, rendered).all("img")) == 1
    write(results / "embedded" / "lottery-init.v1.csv", "lottery-init", TABLES["lottery-init"], seeds=2)
    page = report(results, rendered)
    assert not page.all("img") and "out of date: drawn from other results than those here" in page.said


def test_every_mark_tells_value_and_seeds(whole: Page, tmp_path: Path) -> None:
    cells = read(write(tmp_path / "lottery-init.v1.csv", "lottery-init", TABLES["lottery-init"], "embedded"))
    drawn = [in_words(cell) for cell in cells if cell.metric in ACCURACIES]
    told = ["".join(words).strip() for words in whole.told]
    assert drawn and {*told} == {*drawn}
    assert len(told) == sum(
        (cell.mean is not None) + (cell.printed is not None) for cell in cells if cell.metric in ACCURACIES
    )
    assert all("n = 3 seeds: " in words for words in told)
    (group,) = [a for _, a in whole.tags if a.get("role") == "radiogroup"]
    radios = [a for a in whole.all("input") if a["type"] == "radio"]
    assert group["aria-label"] and len(radios) == len(told) and len({a["name"] for a in radios}) == 1


def test_marks_are_told_where_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "embedded" / "lottery-init.v1.csv", "lottery-init", TABLES["lottery-init"], "embedded")
    draw(["--figure", "lottery-init", "--results", str(tmp_path), "--out", str(tmp_path)])
    bare, told = take((tmp_path / "embedded" / "lottery-init.svg").read_text(encoding="utf-8"))
    places = {(float(x), float(y)) for x, y in re.findall(r'<use xlink:href="#\w+" x="([\d.]+)" y="([\d.]+)"', bare)}
    assert told and "<circle" not in bare
    width, height = (float(side) / 100 for side in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', bare)[0])
    for mark in told:
        apart = (max(abs(mark.left * width - x), abs(mark.top * height - y)) for x, y in places)
        assert min(apart) <= 0.06 + 0.005 * max(width, height), "points; percents are rounded"


def test_a_drawing_that_tells_nothing_has_no_marks() -> None:
    for drawing in ("<svg/>", "<circle/>", '<g class="told" fill="none" pointer-events="all">\n</g>\n'):
        assert take(drawing)[1] == []


OWN = ("or_dense", "or_direct", "or_direct_equal")
PART: Mapping[str, Callable[[Cell], bool]] = {
    "or-errors-boxes": lambda cell: cell.metric.startswith("box_"),
    "or-errors-masks": lambda cell: cell.metric.startswith("mask_"),
    "or-costs": lambda cell: cell.metric in ("disk_size", "macs_nonzero") and cell.row in OWN,
}
"""Figure -> what it draws, where it draws not the accuracies of its table."""


def test_committed_figures_tell_all_that_they_draw() -> None:
    checked = 0
    for path in sorted(RENDERED.glob("*/*.svg")):
        figure = figures()[path.stem]
        newest_one = newest(RESULTS, path.parent.name, figure.needs[0]) if figure.needs else None
        if figure.read is not read or newest_one is None:
            continue
        words = {mark.words for mark in take(path.read_text(encoding="utf-8"))[1]}
        drawn = PART.get(path.stem, lambda cell: cell.metric in ACCURACIES)
        cells = [cell for cell in read(newest_one) if drawn(cell)]
        first = {cell.role: cell.metric for cell in reversed(cells)}
        for cell in cells:
            if cell.metric == first[cell.role] and cell.mean is not None:
                assert in_words(cell) in words, f"{path.name} does not tell {in_words(cell)}"
                checked += 1
    assert checked > 300
