"""Whatever happens to a file of results: what it says is as before, or there is one error in one line, and no waiting.

The real committed files are damaged. What a file says of itself alone (a name, the last digits of a seed) nobody can
check; means, intervals and printed numbers are the same, or there is an error.
"""

from __future__ import annotations

import csv
import io
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import paper_tables
from bench.latency.rows import read_rows
from figures import architecture, latency, qualitative, reading
from figures.report.claims import read as read_claims
from paper_tables import collect, published, registry
from paper_tables.audit import statements
from paper_tables.claims import known
from supertickets.documents.sheets import read_sheet
from supertickets.documents.sidecars import read_sidecar
from supertickets.documents.texts import DocumentError
from tests.damage_strategies import NO_FILES, WHOLE, damaged
from tests.patience import HANGS_S

RESULTS = Path(paper_tables.__file__).parent / "results"
ABLATION = registry.tables()["ablation"]


@dataclass(frozen=True)
class Kind:
    """A kind of file: a committed one, what reads it, and what of that no damage may change; nothing when None."""

    path: Path
    read: Callable[[Path], Any]
    kept: Callable[[Any], Any] | None = None

    @property
    def is_table(self) -> bool:
        return self.path.suffix == ".csv"


def _judged(path: Path) -> Any:
    """A table as claims read it: from its profile's folder, with all of its cells."""
    return collect.load(ABLATION, path.parents[1], "embedded")


def _numbers(found: Any) -> Any:
    columns = ("method", "unit", "value", "ci_low", "ci_high", "n_seeds", "paper_value")
    return {record.key: [record.line()[column] for column in columns] for record in found}


def _drawn(found: Any) -> Any:
    return {cell.key: (cell.mean, cell.interval, len(cell.seeds)) for cell in found}


KINDS = {
    "result": Kind(RESULTS / "embedded" / ABLATION.file_name, _judged, _numbers),
    "drawn result": Kind(RESULTS / "embedded" / "coco.v2.csv", reading.read, _drawn),
    "architecture": Kind(RESULTS / "embedded" / "architecture.v2.csv", architecture.FIGURE.read),
    "predictions": Kind(RESULTS / "embedded" / "qualitative.v5.csv", qualitative.FIGURE.read),
    "speeds": Kind(RESULTS / "latency" / "latency.v2.csv", latency.FIGURE.read),
    "sensitivity": Kind(
        RESULTS / "latency" / "accelerator-sensitivity.v1.csv", lambda path: read_sheet(path, latency.SWEEP)
    ),
    "a device's times": Kind(RESULTS / "latency" / "nvidia-h100-80gb-hbm3.v1.csv", read_rows),
    "verdicts": Kind(RESULTS / "claims.csv", read_claims),
    "printed numbers": Kind(published.FOLDER / "coco.csv", published.read),
    "sidecar": Kind(RESULTS / "embedded" / "coco.v2.json", lambda path: read_sidecar(path.with_suffix(".csv"))),
    "contradictions": Kind(known.FILE, known.load),
    "statements": Kind(statements.FILE, statements.load),
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    def overdue(*_: object) -> None:
        raise AssertionError("a reader waits")

    before = signal.signal(signal.SIGALRM, overdue)
    signal.alarm(int(HANGS_S))
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def said(error: DocumentError, path: Path) -> str:
    """The error's text, checked to be one line that begins with the file and ends with a remedy."""
    text = str(error)
    assert re.fullmatch(rf"{re.escape(str(path))}(:\d+)?(, [^:]+)?: .+; .+", text), text
    assert text.isprintable() and len(text) < 1000
    return text


def read_damaged(kind: Kind, content: bytes, folder: Path) -> Any:
    """What a kind's reader makes of some content; None when it says what is wrong."""
    path = folder / "embedded" / kind.path.name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    try:
        return kind.read(path)
    except DocumentError as error:
        said(error, path)
        return None


@pytest.mark.fast
@each_kind
def test_a_committed_file_is_read(kind: Kind, tmp_path: Path) -> None:
    assert read_damaged(kind, kind.path.read_bytes(), tmp_path) is not None


@pytest.mark.slow
@each_kind
@given(data=st.data())
def test_damage_is_told_or_does_no_harm(
    kind: Kind, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder, content = tmp_path_factory.mktemp("damaged"), kind.path.read_bytes()
    found = read_damaged(kind, data.draw(damaged(content, kind.is_table)), folder)
    if found is not None and kind.kept:
        before, after = kind.kept(read_damaged(kind, content, folder)), kind.kept(found)
        assert {key: numbers for key, numbers in after.items() if before.get(key, numbers) != numbers} == {}


@pytest.mark.few
@pytest.mark.fast
@each_kind
@pytest.mark.parametrize("name", WHOLE)
def test_what_is_no_document_of_ours_is_refused(kind: Kind, name: str, tmp_path: Path) -> None:
    found = read_damaged(kind, WHOLE[name], tmp_path)
    assert not found


@pytest.mark.fast
@pytest.mark.parametrize("letter", ["\\ud800", "\\udfff", "\\udc80"])
def test_half_a_surrogate_is_no_text(letter: str, tmp_path: Path) -> None:
    path, content = tmp_path / "coco.v2.json", KINDS["sidecar"].path.read_text()
    for place in ('"title": "', '"command": "'):
        assert place in content
        path.write_text(content.replace(place, place + letter, 1))
        with pytest.raises(DocumentError, match="half a surrogate pair is no text"):
            KINDS["sidecar"].read(path)
        path.write_text(content.replace(place, place + "\\ud83d\\ude00 \ue000\ud7ff", 1))
        assert KINDS["sidecar"].read(path)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("status", "0.9", "is no status: measured, counted, simulated"),
        ("status", "not run: no time", "does not go with the status 'not run: no time'"),
        ("status", "printed, not measured here", "does not go with the status"),
        ("value", "not run", "'not run' does not go with the status 'measured'"),
    ],
)
def test_a_speed_whose_status_does_not_go_with_its_value(column: str, cell: str, message: str, tmp_path: Path) -> None:
    kind = KINDS["speeds"]
    rows = list(csv.reader(io.StringIO(kind.path.read_text(), newline="")))
    first = next(row for row in rows if "measured" in row)
    first[rows[0].index(column)] = cell
    path = tmp_path / kind.path.name
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    with pytest.raises(DocumentError, match=message):
        kind.read(path)


@pytest.mark.few
@pytest.mark.fast
@each_kind
@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_file_is_refused_at_once(kind: Kind, name: str, tmp_path: Path) -> None:
    path = tmp_path / "embedded" / kind.path.name
    path.parent.mkdir()
    NO_FILES[name](path)
    with pytest.raises(DocumentError, match=r"cannot be read|not a regular file|more than \d+ bytes") as raised:
        kind.read(path)
    said(raised.value, path)


@pytest.mark.slow
@each_kind
def test_every_cut_is_noticed(kind: Kind, tmp_path: Path) -> None:
    """At 60 places of the file, and in its last bytes; between two lines only a list of what belongs there can tell."""
    content = kind.path.read_bytes()
    places = {*range(1, len(content), max(1, len(content) // 60)), len(content) - 1, len(content) - 2}
    for end in places:
        if kind.is_table and (kind.kept is _numbers or content[end - 1 : end] != b"\n"):
            assert read_damaged(kind, content[:end], tmp_path) is None, end
        else:
            read_damaged(kind, content[:end], tmp_path)


@pytest.mark.fast
def test_line_ends_of_another_system_change_nothing(tmp_path: Path) -> None:
    for kind in (kind for kind in KINDS.values() if kind.kept):
        content = kind.path.read_bytes()
        whole, other = (read_damaged(kind, one, tmp_path) for one in (content, content.replace(b"\n", b"\r\n")))
        assert whole == other is not None
