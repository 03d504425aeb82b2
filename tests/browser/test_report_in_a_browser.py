"""The report as a browser shows it: by eye, by keyboard, on a phone, in the dark and on paper."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from figures import style
from figures.__main__ import RESULTS
from figures.__main__ import main as draw
from figures.report.__main__ import main
from tests.browser.chromium import AXE, browser, measured
from tests.fabricated import TABLES
from tests.report_page import fabricate, ledger

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser() is None, reason="no Chromium is installed"),
]

PHONE, DESKTOP = 390, 1280
PAPER = int(186 / 25.4 * 96)
"""A4 without its margins, in CSS pixels."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report with everything that one may have: the more of it there is, the longer axe takes."""
    folder = tmp_path_factory.mktemp("report")
    results = folder / "results"
    fabricate(results, {name: TABLES[name] for name in ("ablation", "random-baselines", "lottery-init")})
    fabricate(results, {"ablation": TABLES["ablation"]}, "small")
    shutil.copytree(RESULTS / "latency", results / "latency")
    ledger(
        results,
        "pp,embedded,all,verdict,reproduced,9,8,10,3,Progressive pruning improves.,miou,Scope.,none,Sec. 3",
        "pp,embedded,miou,yes,reproduced,9,8,10,3,+9 points,none,none,none,none,PP on Cityscapes",
        "pp,embedded,macc,no,inconclusive,1,none,none,1,one seed,none,none,none,none,PP by macc",
        "ir,embedded,all,verdict,contradicted,none,none,none,none,Reactivation improves.,none,none,Reason.",
        "pp,small,all,verdict,not attempted,none,none,none,none,Progressive pruning improves.",
        "pp,printed,all,verdict,reproduced,none,none,none,none,Progressive pruning improves.",
        *(
            f"or,{source},all,verdict,not attempted,none,none,none,none,Detectors.,none,none,none,"
            '"Object recognition, Tab. 1",none'
            for source in ("embedded", "printed")
        ),
    )
    (results / "readings.csv").write_text(
        "profile,reading,title,claim,verdict,weakest,text\nembedded,own,our own,pp,reproduced,PP on Cityscapes,+9\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(style._SETTINGS, "savefig.dpi", 40)
        for name in ("ablation", "lottery-init"):
            draw(["--figure", name, "--results", str(results), "--out", str(folder / "rendered")])
    return written(folder, "--results", str(results), "--rendered", str(folder / "rendered"))


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of the results as they are."""
    return written(tmp_path_factory.mktemp("committed"))


def written(folder: Path, *arguments: str) -> str:
    assert main([*arguments, "--out", str(folder / "report.html")]) == 0
    return (folder / "report.html").read_text(encoding="utf-8")


UNFOLDED = 'document.querySelectorAll("details").forEach(one => one.open = true);'

BREAKS = """
const found = await axe.run(document, {resultTypes: ["violations"]});
const told = found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 150)}`));
return {told, rules: found.passes.length};
"""


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci --prefix tests/browser")
@pytest.mark.parametrize(
    ("width", "dark"), [(PHONE, False), (DESKTOP, False), (DESKTOP, True)], ids=["phone", "desktop", "dark"]
)
def test_it_breaks_no_rule_of_accessibility(page: str, width: int, dark: bool, tmp_path: Path) -> None:
    found = measured(page, UNFOLDED + BREAKS, tmp_path, width=width, dark=dark, axe=True)
    assert found["rules"] > 20 and found["told"] == []


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci --prefix tests/browser")
def test_axe_tells_what_breaks_a_rule(page: str, tmp_path: Path) -> None:
    """What finds nothing has to be able to."""
    pale = page.replace("--soft: #545c69", "--soft: #c4c9d1")
    assert pale != page
    found = measured(pale, BREAKS, tmp_path, width=DESKTOP, axe=True)
    assert {line.partition(":")[0] for line in found["told"]} == {"color-contrast"}


# What is folded has a size all the same, so that tables are asked whether they are seen.
WIDE = """
const edge = document.documentElement.clientWidth + 0.5;
const wide = [...document.querySelectorAll("table, img, p, summary, pre, dl, h1, h2, h3")].filter(one =>
  one.getBoundingClientRect().right > edge
  && getComputedStyle(one.closest(".scroll") || one).overflowX != "auto");
return {
  page: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  wide: wide.map(one => one.textContent.slice(0, 80)),
  tables: [...document.querySelectorAll("table")].filter(one => one.checkVisibility()).length,
  scrolling: [...document.querySelectorAll(".scroll")].filter(one => one.scrollWidth > one.clientWidth).length,
  figures: [...document.querySelectorAll("img")].filter(one => one.getBoundingClientRect().right > edge).length,
  background: getComputedStyle(document.body).backgroundColor,
};
"""


def test_on_a_phone_tables_scroll_and_nothing_else_is_wider_than_the_page(committed: str, tmp_path: Path) -> None:
    found = measured(committed, UNFOLDED + WIDE, tmp_path, width=PHONE)
    assert found["page"] == 0 and found["wide"] == [] and found["figures"] == 0
    assert found["scrolling"] > 20, "this test can fail only where tables are wider than the page"


def test_on_paper_every_table_is_whole(committed: str, tmp_path: Path) -> None:
    found = measured(committed, WIDE, tmp_path, width=PAPER, printed=True)
    assert found["page"] == 0 and found["wide"] == [] and found["scrolling"] == 0
    assert found["tables"] == committed.count("<table"), "folded ones are printed, too"


def test_it_is_dark_for_whom_prefers_that(page: str, tmp_path: Path) -> None:
    shades = [measured(page, WIDE, tmp_path, width=DESKTOP, dark=dark)["background"] for dark in (False, True)]
    assert shades[0] == "rgb(255, 255, 255)" != shades[1]


FOCUS = """
const row = document.querySelector("table.results tr[tabindex]"), seeds = row.querySelector(".seeds");
const shown = () => getComputedStyle(seeds).display != "none";
const before = shown();
row.focus();
const box = seeds.getBoundingClientRect();
return {before, focused: shown(), inside: box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight,
  told: seeds.textContent, outline: getComputedStyle(row).outlineStyle};
"""


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_row_with_the_focus_shows_the_values_of_its_seeds(page: str, width: int, tmp_path: Path) -> None:
    found: dict[str, Any] = measured(page, FOCUS, tmp_path, width=width)
    assert (found["before"], found["focused"], found["inside"]) == (False, True, True)
    assert "seeds 0, 1, 2" in found["told"] and "mIoU [%]: " in found["told"]
    assert found["outline"] == "solid"


MARKS = """
const radios = [...document.querySelectorAll(".marks input")], first = radios[0], say = first.nextElementSibling;
const picture = first.closest(".drawn").querySelector("img").getBoundingClientRect();
const within = box => box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
const size = () => say.getBoundingClientRect().width;
const hidden = size();
first.focus();
const box = say.getBoundingClientRect(), place = first.getBoundingClientRect();
return {
  hidden, shown: size(), inside: within(box), told: say.textContent, outline: getComputedStyle(first).outlineStyle,
  stops: new Set(radios.map(one => one.name)).size, figures: document.querySelectorAll(".marks").length,
  on: place.left >= picture.left && place.right <= picture.right && place.bottom <= picture.bottom,
};
"""


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_mark_with_the_focus_tells_value_and_seeds(page: str, width: int, tmp_path: Path) -> None:
    found: dict[str, Any] = measured(page, MARKS, tmp_path, width=width)
    assert found["hidden"] <= 1 and found["shown"] > 0.8 * width and found["inside"] and found["on"]
    assert "% sparsity" in found["told"] and "n = 3 seeds: " in found["told"] and found["outline"] == "solid"
    assert found["stops"] == found["figures"] > 1, "one stop of the Tab key for each figure"


PIXEL = """
const shades = [];
for (const image of document.querySelectorAll("figure img")) {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  canvas.width = canvas.height = 9;
  await image.decode();
  pen.drawImage(image, 0, 0, 900, 900);
  shades.push([...pen.getImageData(2, 2, 1, 1).data.slice(0, 3)].join());
}
return {shades, paper: getComputedStyle(document.body).backgroundColor};
"""


@pytest.mark.parametrize("dark", [False, True])
def test_figures_are_as_dark_as_the_page(page: str, dark: bool, tmp_path: Path) -> None:
    found = measured(page, PIXEL, tmp_path, width=DESKTOP, dark=dark)
    assert len(found["shades"]) > 1
    assert {f"rgb({shade.replace(',', ', ')})" for shade in found["shades"]} == {found["paper"]}
