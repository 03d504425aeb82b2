"""The claims under other readings of the protocol: which of them hold under every one, and which under one only."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from paper_tables import collect
from paper_tables.claims.claim import Claim
from paper_tables.claims.evidence import Evidence
from paper_tables.claims.judge import judge
from paper_tables.claims.ledger import Ledger, cell_of
from paper_tables.claims.predicates import Cell
from paper_tables.claims.verdict import Judgement, Verdict
from paper_tables.methods import TITLES
from paper_tables.profiles import BANNERS
from paper_tables.records import Record
from paper_tables.table import Address, Table

OWN = "own"
"""The suite's own reading, on the same cells and seeds as the others."""

OWN_TITLE = "the suite's own, on the same cells and seeds as the others"

COLUMNS = ("profile", "reading", "title", "claim", "verdict", "weakest", "text")

READ = ("existence", "pp", "ir-p-hurts", "ir-s", "no-retrain-needed", "retrain-gain", "collapse", "sota")
"""Claims that depend on how the protocol is read."""


_ABOUT = """# The claims under other readings of the protocol

Written by `python -m paper_tables.claims` from the protocol tables; do not edit. In some points the paper does not say
how its numbers were made, in others its public code does something else ([DEVIATIONS](DEVIATIONS.md)). A reading
settles such points in one way; each column is a reading. What it changes was trained again or, where it changes the
scoring alone, scored again. Only the cells of the protocol tables are judged, so that a verdict may differ from the
ledger's.
"""


def evaluate(claims: Mapping[str, Claim], tables: Mapping[str, Table], results: Path, profile: str) -> Ledger:
    """Judge the claims of `READ` on a profile's protocol tables; the ledger's sources are the readings.

    Raises:
        DocumentError: for a result file that does not hold together.
    """
    read = {name: claims[name] for name in READ}
    protocol = [table for table in tables.values() if any(row.reading for row in table.rows)]
    records = collect.load_all(protocol, results, profile)
    judged = {table for claim in read.values() for table in claim.tables}
    evidence = [_under(reading, records, judged) for reading in (OWN, *TITLES)]
    judgements = {e.source: {claim.id: judge(claim, tables, e) for claim in read.values()} for e in evidence}
    return Ledger(read, judgements, frozenset(e.source for e in evidence if e.values), {})


def _under(reading: str, records: Sequence[Record], judged: Iterable[str]) -> Evidence:
    """The protocol's cells of one reading, under the names that the claims' own tables have for them."""
    names = list(judged)
    values: dict[Cell, Mapping[int, float]] = {}
    for record in records:
        row = _row_under(reading, record.key[0].row)
        if row is None or record.not_run is not None:
            continue
        address, metric = record.key
        moved = Address(row, address.role, address.sparsity, address.source)
        values |= {(name, moved, metric): dict(record.by_seed) for name in names}
    return Evidence(reading, values, partial=True)


def _row_under(reading: str, key: str) -> str | None:
    """The row that `key` is under a reading; None when it is another reading's."""
    base, _, own = key.partition(".")
    return base if (own or OWN) == reading else None


def to_csv(ledgers: Mapping[str, Ledger]) -> str:
    """Return a line per profile, reading and claim: the verdict, and what supports it least."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    for profile, ledger in ledgers.items():
        for judgement in ledger.all():
            weakest, reading = judgement.weakest, judgement.source
            told = (weakest.shown, weakest.text) if weakest else ("none", "none")
            title = TITLES.get(reading, OWN_TITLE)
            writer.writerow((profile, reading, title, judgement.claim, judgement.verdict.value, *told))
    return lines.getvalue()


def to_markdown(ledgers: Mapping[str, Ledger]) -> str:
    """Return the page: for every profile with results, a line per claim and a column per reading."""
    lines = [_ABOUT, f"- `{OWN}`: {OWN_TITLE}"]
    lines += [f"- `{reading}`: {title}" for reading, title in TITLES.items()]
    for profile, ledger in ledgers.items():
        if ledger.with_results:
            lines += ["", f"## {BANNERS[profile]}", "", *_symbols(ledger), "", _EVIDENCE, "", *_table(ledger)]
    return "\n".join(lines) + "\n"


_EVIDENCE = """The verdicts with what supports them least: effect (points, or a ratio), 95 % t-interval, seeds. In
brackets stands how many of the deciding comparisons have the verdict."""


def _symbols(ledger: Ledger) -> Iterator[str]:
    """The verdicts at a glance."""
    readings = (OWN, *TITLES)
    yield "| claim | in short | " + " | ".join(f"`{reading}`" for reading in readings) + " |"
    yield "| --- | --- |" + " :-: |" * len(readings)
    for claim in ledger.claims.values():
        judgements = [ledger.judgements[reading][claim.id] for reading in readings]
        symbols = " | ".join(judgement.verdict.symbol for judgement in judgements)
        yield f"| **{claim.id}**: {claim.sentence} | {_holds(judgements)} | {symbols} |"
    yield ""
    yield ", ".join(f"{verdict.symbol} {verdict.word}" for verdict in Verdict)


def _table(ledger: Ledger) -> Iterator[str]:
    readings = (OWN, *TITLES)
    yield "| claim | " + " | ".join(f"`{reading}`" for reading in readings) + " |"
    yield "| --- | " + " | ".join("---" for _ in readings) + " |"
    for claim in ledger.claims.values():
        cells = " | ".join(cell_of(ledger.judgements[reading][claim.id]) for reading in readings)
        yield f"| {claim.id} | {cells} |"


def _holds(judgements: Sequence[Judgement]) -> str:
    """In words: under which readings a claim holds, and under which it does not."""
    held = [judgement.source for judgement in judgements if judgement.verdict is Verdict.REPRODUCED]
    against = [judgement.source for judgement in judgements if judgement.verdict is Verdict.CONTRADICTED]
    if not held and not against:
        return "open"
    parts = []
    if held:
        everywhere = len(held) == len(judgements)
        under = "every reading" if everywhere else f"{', '.join(held)}{' only' * (len(held) == 1)}"
        parts.append(f"holds under {under}")
    if against:
        parts.append(f"does not hold under {', '.join(against)}")
    return "; ".join(parts)
