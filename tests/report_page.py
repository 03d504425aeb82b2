"""The report as tests read it, and results made up for it."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from figures import style
from figures.__main__ import main as draw
from figures.report.__main__ import main
from figures.report.claims import COLUMNS
from tests.fabricated import TABLES, Place, write

ORIGIN = {"code_ids": {"a / b": "0123"}, "command": "python", "commit": "abc", "versions": {"torch": "2"}}


VOID = {"meta", "img", "br", "link", "input", "hr"}


@dataclass
class Page(HTMLParser):
    """What the tests ask of a page: tags, text, tables as grids of text, and which element lies in which.

    A table's cells are without the values of the seeds, which are `seeds`; `told` is what marks of figures tell,
    `claims` are the lines that unfold, and `plain` is the text that no `<code>` marks as something to type.
    """

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    paths: list[list[str]] = field(default_factory=list)
    seeds: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    style: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        self.paths.append([*self.open, f"{tag}.{attributes.get('class', '')}"])
        if tag not in VOID:
            self.open.append(f"{tag}.{attributes.get('class', '')}")
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
        elif tag == "summary":
            self.claims.append("")
        elif attributes.get("class") == "seeds":
            self.seeds.append("")
        elif attributes.get("class") == "say":
            self.told.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop().startswith(f"{tag}."), f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style.":
            self.style += data
            return
        self.text.append(data)
        if "code." not in self.open:
            self.plain.append(data)
        if "summary." in self.open:
            self.claims[-1] += data
        if "span.say" in self.open:
            self.told[-1] += data
        if "span.seeds" in self.open:
            self.seeds[-1] += data
        elif any(tag.startswith(("td.", "th.")) for tag in self.open):
            self.tables[-1][-1][-1] += data

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.text).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def report(results: Path, rendered: Path, *arguments: str) -> Page:
    output = results.parent / "report.html"
    assert main(["--results", str(results), "--rendered", str(rendered), "--out", str(output), *arguments]) == 0
    page = Page()
    page.feed(output.read_text(encoding="utf-8"))
    page.close()
    assert not page.open
    return page


def fabricate(results: Path, tables: dict[str, list[Place]], profile: str = "embedded") -> None:
    for name, found in tables.items():
        write(results / profile / f"{name}.v1.csv", name, found, profile)


def ledger(results: Path, *lines: str) -> None:
    """Write a ledger; what a line leaves out at its end is "none"."""
    results.mkdir(exist_ok=True)
    with (results / "claims.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for fields in csv.reader(lines):
            writer.writerow(fields + ["none"] * (len(COLUMNS) - len(fields)))


def whole_report(folder: Path) -> Page:
    """Return the report of all tables, with one picture."""
    fabricate(folder / "results", TABLES)
    ledger(
        folder / "results",
        "pp,embedded,all,verdict,reproduced,9.42,8.80,10.48,3,Progressive pruning improves.,miou,none,none,Sec. 3",
        "pp,embedded,ap,yes,reproduced,19.4199,18.8041,20.4784,3,more,none,none,none,none,PP minus two-in-one on COCO",
        'pp,embedded,miou,yes,reproduced,9.42,8.80,10.48,3,"+9.42, a < b & c",none,none,none,none,PP on Cityscapes',
        "pp,embedded,macc,no,inconclusive,1.0000,none,none,1,one seed,none,none,none,none,PP by macc",
        "pp,printed,all,verdict,reproduced,none,none,none,none,Progressive pruning improves.",
        "ir,printed,all,verdict,contradicted,none,none,none,none,Reactivation improves.",
    )
    (folder / "results" / "readings.csv").write_text(
        "profile,reading,title,claim,verdict,weakest,text\n"
        "embedded,own,our own,pp,reproduced,PP on Cityscapes,+9 points\n"
        "embedded,theirs,the public code's,pp,contradicted,PP on COCO,-9 points\n"
        "small,theirs,never run,pp,not attempted,none,none\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(style._SETTINGS, "savefig.dpi", 40)
        draw(["--figure", "lottery-init", "--results", str(folder / "results"), "--out", str(folder / "rendered")])
    return report(folder / "results", folder / "rendered")
