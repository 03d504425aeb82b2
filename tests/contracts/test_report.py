"""The report: one page, nothing outside it, nothing left out, nothing mixed up."""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from figures import style
from figures.__main__ import RENDERED, RESULTS
from figures.__main__ import main as draw
from figures.figure import figures
from figures.metrics import ACCURACIES
from figures.reading import BANNERS, read
from figures.report.__main__ import main
from figures.report.catalogue import CATALOGUE
from figures.report.claims import COLUMNS
from figures.report.readings import SCHEMA as READING
from figures.report.verdicts import OF_PRINTED, SYMBOLS, VERDICTS, WORDS
from paper_tables.claims import readings
from paper_tables.claims.verdict import Verdict
from tests.fabricated import TABLES, Place, places, write

pytestmark = pytest.mark.slow

ORIGIN = {"code_ids": {"a / b": "0123"}, "command": "python", "commit": "abc", "versions": {"torch": "2"}}
VOID = {"meta", "img", "br", "link", "input", "hr"}


@dataclass
class Page(HTMLParser):
    """What the tests ask of a page: tags, text, tables as grids of text, and which element lies in which.

    A table's cells are without the values of the seeds, which are `seeds`; `claims` are the lines that unfold, and
    `plain` is the text that no `<code>` marks as something to type.
    """

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    paths: list[list[str]] = field(default_factory=list)
    seeds: list[str] = field(default_factory=list)
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


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The report of all tables, with one picture."""
    folder = tmp_path_factory.mktemp("report")
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


def test_nothing_outside_the_page_is_needed(whole: Page) -> None:
    assert not {tag for tag, _ in whole.tags} & {"script", "link", "iframe", "object", "embed", "base", "form", "audio"}
    addresses = [
        value for _, attributes in whole.tags for name, value in attributes.items()
        if name in {"src", "href", "srcset", "poster", "action", "data", "background", "style"} or name.startswith("on")
    ]  # fmt: skip
    assert addresses and all(address.startswith(("#", "data:image/")) for address in addresses)
    assert whole.style and not re.search(r"url\(|@import|http|expression", whole.style)
    (policy,) = [m["content"] for m in whole.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_links_lead_somewhere(whole: Page) -> None:
    ids = [attributes["id"] for _, attributes in whole.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [a[name] for _, a in whole.tags for name in ("aria-labelledby",) if name in a]
    targets = [a["href"].removeprefix("#") for a in whole.all("a")]
    assert len(targets) > len(TABLES) and set(targets) | set(named) <= set(ids)


def test_it_can_be_read_without_seeing_it_and_on_a_phone(whole: Page) -> None:
    assert whole.all("html") == [{"lang": "en"}]
    assert any(m.get("content") == "width=device-width, initial-scale=1" for m in whole.all("meta"))
    assert all(len(image["alt"]) > 40 for image in whole.all("img"))
    assert all(th.get("scope") for th in whole.all("th"))
    for path in whole.paths:
        if path[-1].startswith(("table.", "img.")):
            assert "div.scroll" in path
    assert len(whole.all("caption")) == len(whole.all("table"))
    levels = [int(tag[1]) for tag, _ in whole.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert "prefers-color-scheme: dark" in whole.style


def named(line: dict[str, str]) -> str:
    transferred = line["source"] != "none" and line["source"] not in line["method"]
    return f"{line['method']} (from {line['source']})" if transferred else line["method"]


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_of_every_table_is_there(name: str, tmp_path: Path, whole: Page) -> None:
    with write(tmp_path / "t.csv", name, TABLES[name]).open(newline="") as file:
        lines = list(csv.DictReader(file))
    rows: dict[tuple[object, ...], list[str]] = {}
    by_seed: dict[tuple[object, ...], list[str]] = {}
    for line in lines:
        any_printed = any(
            other["paper_value"] != "not printed"
            for other in lines
            if (other["role"], other["metric"]) == (line["role"], line["metric"])
        )
        interval = f" [{line['ci_low']}, {line['ci_high']}]" if line["status"] == "measured" else ""
        # how good a net is, and what it costs, are two tables
        key = (line["row"], line["role"], line["source"], line["sparsity"], line["metric"] in ACCURACIES)
        cells = rows.setdefault(key, [named(line), f"{100 * float(line['sparsity']):g}", line["n_seeds"]])
        if line["status"] == "measured":
            by_seed.setdefault(key, []).append(line["seed_values"].replace(";", ", "))
        cells.append(line["value"] + interval)
        if any_printed:
            cells.append("none" if line["paper_value"] == "not printed" else line["paper_value"])
    shown = [row for table in whole.tables for row in table]
    for cells in rows.values():
        assert cells in shown
    for values in by_seed.values():
        assert any(all(value in told for value in values) for told in whole.seeds)
    assert f"Table {name} , version 1" in whole.said


def test_claims_show_what_they_rest_on(whole: Page) -> None:
    claims = [" ".join(line.split()) for line in whole.claims if "improves" in line]
    assert claims == [
        "✓ holds Progressive pruning improves. 2 comparisons: 2 ✓",
        "✓ consistent Progressive pruning improves.",
        "✗ inconsistent Reactivation improves.",
    ]
    assert "Called pp ; in the paper: Sec. 3" in whole.said
    assert "Supports the verdict least: PP on Cityscapes: +9.42, a < b & c" in whole.said
    assert "2 comparisons that decide ✓ holds PP minus two-in-one on COCO: more" in whole.said
    assert "1 comparison reported only ? open PP by macc: one seed" in whole.said
    assert "✗ does not hold the public code's: PP on COCO: -9 points" in whole.said


def test_it_opens_with_the_answer_by_profile_and_by_reading_and_the_figure(whole: Page) -> None:
    heads = ["✓ holds", "✗ does not hold", "? open", "- not run"]
    answer, under = whole.tables[:2]
    assert answer == [
        ["judged on", *heads],
        [f"{BANNERS['embedded']} (up to 3 seeds)", "1", "0", "0", "0"],
        [BANNERS["paper"], "not judged"],
        [BANNERS["small"], "not judged"],
    ]
    assert under == [["reading", *heads], ["our own", "1", "0", "0", "0"], ["the public code's", "0", "1", "0", "0"]]
    tags = [tag for tag, _ in whole.tags]
    assert tags.index("table") < tags.index("img") < tags.index("nav")
    assert "never run" not in whole.said
    assert "1 consistent, 1 inconsistent. That is an audit of what is printed" in whole.said


def test_the_audit_never_says_that_anything_was_reproduced(whole: Page) -> None:
    assert "reproduced" not in whole.said and "reproduced" not in " ".join(str(a) for _, a in whole.tags)
    assert {*WORDS.values()} & {*OF_PRINTED.values()} == {"open"}


def test_sections_link_to_themselves(whole: Page) -> None:
    headings = {a["id"] for tag, a in whole.tags if tag in {"h2", "h3"} and a["id"] != "contents-title"}
    assert headings == {a["href"].removeprefix("#") for a in whole.all("a") if a.get("class") == "self"}


def test_the_words_for_verdicts_are_those_of_the_ledger() -> None:
    assert tuple(verdict.value for verdict in Verdict) == VERDICTS
    assert [*SYMBOLS.values()] == [verdict.symbol for verdict in Verdict]
    assert tuple(READING.columns) == readings.COLUMNS


def test_claims_show_their_scope_and_why_a_contradiction_stands(tmp_path: Path) -> None:
    results = tmp_path / "results"
    fabricate(results, {"lottery-init": TABLES["lottery-init"]})
    ledger(
        results,
        "a,embedded,all,verdict,contradicted,-9,-9.5,-8.5,3,Sentence.,b - c,On streets.,Its intervals.",
        "a,embedded,b - c,yes,contradicted,-9,-9.5,-8.5,3,-9 points,none,none,none,none,B minus C",
        "a,embedded,b - d,yes,not attempted,none,none,none,0,no result,none,none,none,none,B minus D",
        "d,embedded,all,verdict,inconclusive,none,none,none,none,Another.",
    )
    page = report(results, tmp_path)
    claims = [" ".join(line.split()) for line in page.claims if line.strip()[:1] in {"✗", "?"}]
    assert claims == ["✗ does not hold Sentence. 2 comparisons: 1 ✗, 1 -", "? open Another."]
    assert "Supports the verdict least: B minus C: -9 points" in page.said
    assert "Looked into: Its intervals." in page.said and "Judged on: On streets." in page.said


def test_commands_make_what_is_shown(tmp_path: Path, whole: Page) -> None:
    results = tmp_path / "results"
    write(results / "small" / "transfer.v1.csv", "transfer", TABLES["transfer"], "small", seeds=2)
    said = report(results, tmp_path).said
    assert "nox -s tables -- --table transfer --profile small --seeds 2 --data-root DIR" in said
    assert "nox -s tables -- --table transfer --profile embedded --seeds 3 " in whole.said
    assert "--seeds 3 --data-root DIR" not in whole.said
    assert "nox -s tables -- --all --profile PROFILE" in said


def test_tab_10_is_a_grid_and_not_missing(tmp_path: Path) -> None:
    results = tmp_path / "results"
    fabricate(results, {"lottery-init": TABLES["lottery-init"]})
    shutil.copytree(RESULTS / "latency", results / "latency")
    page = report(results, tmp_path)
    (grid,) = [table for table in page.tables if table[0] == ["network", "quantity", "measured", "printed", "where"]]
    with (results / "latency" / "latency.v2.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(grid) == 1 + len(lines)
    for row, line in zip(grid[1:], lines, strict=True):
        assert row[0] == line["name"] + ("" if line["stage"] == "none" else f", {line['stage']}")
        assert row[2] == line["value"]
        assert row[3] == ("none" if line["paper_value"] == "not printed" else line["paper_value"])
        assert all(line[column] in (*row[4].split("; "), "none") for column in ("device", "variant"))
        assert line["value"] != "not run" or line["status"] in row[4]
    assert "( latency ): not run" not in page.said
    assert "Make it anew: nox -s tables -- --table latency paper profile" in page.said


def test_a_table_of_our_own_is_titled_by_its_origin(tmp_path: Path) -> None:
    results = tmp_path / "results"
    fabricate(results, {"lottery-init": TABLES["lottery-init"], "another": TABLES["ablation"]})
    (results / "embedded" / "another.v1.json").write_text(
        json.dumps(ORIGIN | {"title": "Our own", "paper_ref": "Alg. 1"})
    )
    said = report(results, tmp_path).said
    assert "Alg. 1: Our own " in said and said.index("lottery-init") < said.index("Table another , version 1")


def test_figures_are_shown_or_named(whole: Page) -> None:
    (image,) = whole.all("img")
    assert image["alt"].startswith("Tickets retrained from random, early and late weights (Tab. 9). embedded profile")
    for name in TABLES:
        named = f"Figure {name} : not drawn yet. Draw it with python -m figures --figure {name} --profile embedded"
        assert (named in whole.said) == (name != "lottery-init")


def test_what_was_not_run_is_named(whole: Page) -> None:
    for banner in (BANNERS["small"], BANNERS["paper"]):
        assert f"{banner} Not run: there are no results of any table at this scale." in whole.said
    assert "Tab. 10: Speed on a GPU and on a sparse accelerator ( latency ): not run" in whole.said
    assert "not run: CondenseNet at 0 %, ShuffleNetV1 at 0 %" in whole.said
    for one in CATALOGUE:
        assert (f"( {one.table} ): not run" in whole.said) == (one.table not in TABLES)


def test_profiles_have_sections_of_their_own(tmp_path: Path) -> None:
    results = tmp_path / "results"
    fabricate(results, {"lottery-init": TABLES["lottery-init"]})
    fabricate(results, {"transfer": TABLES["transfer"]}, "small")
    said = report(results, tmp_path).said
    embedded, small = said.index("made up cityscapes"), said.index("Cityscapes tickets")
    heads = [said.index(f"{name} profile # {BANNERS[name]}") for name in ("embedded", "small")]
    assert heads[0] < embedded < heads[1] < small
    only = report(results, tmp_path, "--profile", "small").said
    assert BANNERS["small"] in only and BANNERS["embedded"] not in only
    assert "Not judged: the ledger has no verdicts on this profile." in only
    write(results / "paper" / "transfer.v1.csv", "transfer", TABLES["transfer"], "small")
    assert main(["--results", str(results), "--out", str(tmp_path / "never.html")]) == 2


def test_foreign_text_stays_text(tmp_path: Path) -> None:
    results = tmp_path / "results"
    evil = "<b onclick='x'>&amp;\"</b>"
    fabricate(results, {"lottery-init": places({"a": evil}, ["ADE20K"], (90,))})
    sidecar = ORIGIN | {"command": "<script>alert(1)</script>", "nested": {"<i>": ["</dd>", 1, None, True]}}
    (results / "embedded" / "lottery-init.v1.json").write_text(json.dumps(sidecar))
    ledger(results, "<i>claim</i>,embedded,all,verdict,reproduced,none,none,none,none,<b>bold</b>")
    page = report(results, tmp_path)
    assert not page.all("script") and not page.all("b") and not page.all("i")
    assert evil in page.said and "<script>alert(1)</script>" in page.said and "<b>bold</b>" in page.said


def test_pictures_of_other_results_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(style._SETTINGS, "savefig.dpi", 40)
    results, rendered = tmp_path / "results", tmp_path / "rendered"
    fabricate(results, {"lottery-init": TABLES["lottery-init"]})
    draw(["--figure", "lottery-init", "--results", str(results), "--out", str(rendered)])
    assert len(report(results, rendered).all("img")) == 1
    write(results / "embedded" / "lottery-init.v1.csv", "lottery-init", TABLES["lottery-init"], seeds=2)
    page = report(results, rendered)
    assert not page.all("img") and "out of date: drawn from other results than those here" in page.said


def test_the_committed_results_make_a_page(tmp_path: Path) -> None:
    pages = []
    for name in ("first.html", "second.html"):
        assert main(["--out", str(tmp_path / name)]) == 0
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1] and len(pages[0]) < 8_000_000
    page = Page()
    page.feed(pages[0].decode())
    assert "Unknown" not in page.said  # every table's origin is known
    identifiers = {*re.findall(r"\b\w+_\w+\b", " ".join(page.plain))} - {"x86_64"}
    assert "ImageNet, measured on embedded objects" in {" ".join(words.split()) for words in page.text}
    assert not identifiers, "what one types is marked as such, and nothing else has such a name"
    expected = {path.name.partition(".v")[0] for path in RESULTS.glob("*/*.csv") if path.parent.name in BANNERS}
    expected -= {figure.name for figure in figures().values() if figure.read is not read}
    assert expected and all(f"Table {name} , version" in page.said for name in expected)
    # Pictures are committed with the results they show; the drawing of the method shows none.
    assert len(page.all("img")) == len({*RENDERED.glob("*/*.svg")} - {RENDERED / "method" / "method.svg"})


HEAD = ",".join(COLUMNS)
NONE = ",none" * (len(COLUMNS) - COLUMNS.index("weakest"))


@pytest.mark.parametrize(("name", "text", "complaint"), [
    ("claims.csv", "claim,source\npp,embedded\n", "no column comparison"),
    ("claims.csv", f"{HEAD}\npp,embedded,all,verdict,fine,none,none,none,none,x{NONE}\n", "'fine' is none of"),
    ("claims.csv", f"{HEAD}\npp,embedded,a - b,yes,reproduced,1,none,none,1,x{NONE}\n", "before its verdict"),
    ("claims.csv", ",".join(COLUMNS) + '\n"pp"x,embedded\n', "claims.csv:2: is no CSV: ',' expected"),
    ("readings.csv", "profile,reading\nembedded,own\n", "readings.csv:1: no column title, claim"),
    ("embedded/lottery-init.v1.json", "[1]", "an object with entries is needed"),
    ("embedded/lottery-init.v1.json", "{", "lottery-init.v1.json"),
    ("embedded/lottery-init.v2.csv", "table,version\nlottery-init,2\n", "lottery-init.v2.csv:1: no column row, method"),
])  # fmt: skip
def test_broken_files_are_named(
    name: str, text: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results"
    fabricate(results, {"lottery-init": TABLES["lottery-init"]})
    (results / name).write_text(text)
    assert main(["--results", str(results), "--out", str(tmp_path / "never.html")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and complaint in said
    assert not (tmp_path / "never.html").exists()


def test_without_results_there_is_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--results", str(tmp_path), "--out", str(tmp_path / "never.html")]) == 2
    assert "no results of embedded or paper or small" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    for output in (tmp_path / "file" / "report.html", tmp_path):
        assert main(["--profile", "embedded", "--out", str(output)]) == 2
        assert f"error: --out {output}: cannot be written" in capsys.readouterr().err
