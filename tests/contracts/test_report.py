"""The report: one page, nothing outside it, nothing left out, nothing mixed up."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from figures.__main__ import RENDERED, RESULTS
from figures.figure import figures
from figures.reading import BANNERS, read
from figures.report.__main__ import main
from figures.report.claims import COLUMNS
from tests.fabricated import TABLES, places, write
from tests.report_page import ORIGIN, Page, fabricate, ledger, report

pytestmark = pytest.mark.slow


def test_nothing_outside_the_page_is_needed(whole: Page) -> None:
    assert not {tag for tag, _ in whole.tags} & {"script", "link", "iframe", "object", "embed", "base", "form", "audio"}
    addresses = [
        value for _, attributes in whole.tags for name, value in attributes.items()
        if name in {"src", "href", "srcset", "poster", "action", "data", "background"} or name.startswith("on")
    ]  # fmt: skip
    assert addresses and all(address.startswith(("#", "data:image/")) for address in addresses)
    assert all(re.fullmatch(r"left: [\d.]+%; top: [\d.]+%", a["style"]) for _, a in whole.tags if "style" in a)
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


def test_sections_link_to_themselves(whole: Page) -> None:
    headings = {a["id"] for tag, a in whole.tags if tag in {"h2", "h3"} and a["id"] != "contents-title"}
    assert headings == {a["href"].removeprefix("#") for a in whole.all("a") if a.get("class") == "self"}


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
    assert f"no results of {' or '.join(BANNERS)}" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    for output in (tmp_path / "file" / "report.html", tmp_path):
        assert main(["--profile", "embedded", "--out", str(output)]) == 2
        assert f"error: --out {output}: cannot be written" in capsys.readouterr().err
