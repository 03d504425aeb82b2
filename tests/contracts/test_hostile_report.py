"""Whatever stands in the files that a report shows, it is text there: no element, attribute, script or address."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from figures import style
from figures.__main__ import main as draw
from figures.report.__main__ import main
from tests.fabricated import TABLES, Place, places, write
from tests.report_page import ORIGIN, Page, fabricate, ledger, report

pytestmark = pytest.mark.slow

HOSTILE = {
    "element": "<script>alert(1)</script>",
    "closed element": "</td></table></section><script src=//evil.example>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "single quotes": "' autofocus onfocus='alert(1)",
    "entities": "&lt;img src=x onerror=alert(1)&gt; &#60;b&#62; &amp;amp;",
    "address": "javascript:alert(1)",
    "data address": "data:text/html,<script>alert(1)</script>",
    "comment": "<!--><img src=x onerror=alert(1)>-->",
    "template": "{{ 7 * 7 }}{% include 'x' %}",
    "style": "</style><style>@import 'http://evil.example'</style>",
    "character data": "]]><![CDATA[<svg/onload=alert(1)>]]>",
    "formula of a spreadsheet": '=HYPERLINK("http://evil.example")',
    "half an element": "<",
}
"""What would do something if it were not text."""
OWN = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "nav", "section", "footer", "h1", "h2", "h3",
    "h4", "p", "ul", "ol", "li", "a", "dl", "dt", "dd", "code", "div", "table", "caption", "thead", "tbody", "tr", "th",
    "td", "span", "small", "strong", "details", "summary", "figure", "figcaption", "img", "colgroup", "col", "br", "em",
    "cite", "label", "input",
}  # fmt: skip
"""Elements of the page itself."""


def require_text_only(page: Page) -> None:
    """Only elements and attributes of the page's own, and no address but its own."""
    assert {tag for tag, _ in page.tags} <= OWN
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in {"autofocus", "x", "srcset"}, (tag, name)
            if name in {"href", "src"}:
                assert value.startswith(("#", "data:image/")), (tag, value)


def normal(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("kind", HOSTILE)
def test_cells_claims_and_sidecars_are_text(kind: str, tmp_path: Path) -> None:
    evil, results = HOSTILE[kind], tmp_path / "results"
    found = [Place("a", evil, "ADE20K", 90), Place("b", "S+P", "ADE20K", 90, measured=False)]
    path = write(results / "embedded" / "lottery-init.v1.csv", "lottery-init", found)
    quoted = '"' + evil.replace('"', '""') + '"'
    columns = path.read_text().replace("made_up_ade20k", quoted).replace("not run: made up", f'"not run: {quoted[1:]}')
    path.write_text(columns)
    sidecar: dict[str, Any] = ORIGIN | {
        "command": evil,
        "versions": {evil: evil},
        evil: [evil, {evil: [1, None, evil]}],
    }
    path.with_suffix(".json").write_text(json.dumps(sidecar))
    ledger(
        results,
        f"{quoted},embedded,all,verdict,contradicted,-9,-9.5,-8.5,3,{quoted},{quoted},{quoted},{quoted},{quoted}",
        f"{quoted},embedded,{quoted},yes,contradicted,-9,-9.5,-8.5,3,{quoted},none,none,none,none,{quoted}",
        f"{quoted},printed,all,verdict,inconclusive,none,none,none,none,{quoted}",
    )
    (results / "readings.csv").write_text(
        f"profile,reading,title,claim,verdict,weakest,text\nembedded,a,{quoted},{quoted},reproduced,{quoted},{quoted}\n"
    )
    page = report(results, tmp_path)
    require_text_only(page)
    said, shown = normal(page.said), normal(evil)
    # method, data set, reason, four of the sidecar and more of the ledger
    assert said.count(shown) >= 12, said.count(shown)


@pytest.mark.parametrize("kind", HOSTILE)
def test_titles_of_tables_are_text(kind: str, tmp_path: Path) -> None:
    evil, results = HOSTILE[kind], tmp_path / "results"
    fabricate(results, {"lottery-init": TABLES["lottery-init"], "another": TABLES["ablation"]})
    origin = ORIGIN | {"title": evil, "paper_ref": evil}
    (results / "embedded" / "another.v1.json").write_text(json.dumps(origin))
    page = report(results, tmp_path)
    require_text_only(page)
    assert f"{normal(evil)}: {normal(evil)}" in normal(page.said)


@pytest.mark.parametrize("name", ["'onclick='x", "<b>", '"', "a b", "&amp;", "{{7*7}}", "=1+1"])
def test_names_of_files_are_text(name: str, tmp_path: Path) -> None:
    results = tmp_path / "results"
    fabricate(results, {"lottery-init": TABLES["lottery-init"], name: TABLES["ablation"]})
    page = report(results, tmp_path)
    require_text_only(page)
    assert f"Table {name} , version 1" in page.said and f"{name}.v1.csv" in page.said


HIDDEN = {
    "direction": "\u202e",
    "zero width": "\u200b",
    "bell": "\x07",
    "escape": "\x1b[31m",
    "NUL": "\0",
    "c1": "\x9b",
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_nobody_sees_is_spelled_out(kind: str, tmp_path: Path) -> None:
    """Marks that turn the direction of writing show another text than what is there (CVE-2021-42574)."""
    evil, results = f"safe{HIDDEN[kind]}elif", tmp_path / "results"
    fabricate(results, {"lottery-init": TABLES["lottery-init"]})
    sidecar = ORIGIN | {"command": evil, "versions": {evil: evil}}
    (results / "embedded" / "lottery-init.v1.json").write_text(json.dumps(sidecar))
    output = tmp_path / "report.html"
    assert main(["--results", str(results), "--rendered", str(tmp_path), "--out", str(output)]) == 0
    text = output.read_text()
    assert HIDDEN[kind] not in text and not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert text.count(evil.encode("unicode_escape").decode()) >= 3


@pytest.mark.parametrize(
    "drawing",
    [
        "<script>alert(1)</script>", '<a xlink:href="http://evil.example"><path d=""/></a>', '<image href="http://e/x"/>',
        '<rect onload="alert(1)"/>', "<foreignObject><body/></foreignObject>", '<style>@import "http://e";</style>',
        '<rect style="fill:url(http://evil.example/x)"/>', '<use href="data:image/svg+xml,&lt;svg/&gt;"/>',
        '<animate attributeName="href" to="javascript:alert(1)"/>',
    ],
)  # fmt: skip
def test_a_drawing_with_more_than_lines_is_left_out(
    drawing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(style._SETTINGS, "savefig.dpi", 40)
    results, rendered = tmp_path / "results", tmp_path / "rendered"
    fabricate(results, {"lottery-init": places({"a": "A", "b": "B"}, ["ADE20K"], (90,))})
    draw(["--figure", "lottery-init", "--results", str(results), "--out", str(rendered)])
    path = rendered / "embedded" / "lottery-init.svg"
    path.write_text(path.read_text().replace("</svg>", f"{drawing}</svg>"))
    page = report(results, rendered)
    require_text_only(page)
    assert not page.all("img") and "which no drawing of ours does" in page.said


@pytest.mark.parametrize("column", ["method", "role", "data_set"])
def test_formulas_of_matplotlib_are_no_names(column: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """github.com/matplotlib/matplotlib/issues/20266: what stands between dollar signs is parsed, and may fail."""
    path = write(tmp_path / "embedded" / "lottery-init.v1.csv", "lottery-init", TABLES["lottery-init"])
    rows = list(csv.reader(path.read_text().splitlines()))
    for row in rows[1:]:
        row[rows[0].index(column)] += " $x_{$"
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    command = ["--figure", "lottery-init", "--results", str(tmp_path), "--out", str(tmp_path / "o")]
    assert draw(command) == 2
    assert f"column {column}: " in (told := capsys.readouterr().err) and "a dollar sign" in told
