"""The audit as a page of documentation and on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paper_tables import published
from paper_tables.audit.expression import ExpressionError
from paper_tables.audit.repeats import Repeat, repeats
from paper_tables.audit.statements import FILE, REMEDY, Finding, Result, Statement, check, load
from paper_tables.table import Table
from supertickets.documents.texts import DocumentError

if TYPE_CHECKING:
    from rich.console import Console

_EXPLAINED = {
    Result.AGREES: "the tables give the stated number, rounded to its digits",
    Result.ROUNDING: "they give a neighbouring number; the rounding of the table's cells explains the difference",
    Result.POSSIBLE: "the sentence states an extreme over sparsities that no table prints; what is printed lies within",
    Result.DISAGREES: "no rounding of the table's cells gives the stated number, or what they give exceeds the extreme",
    Result.UNDERIVABLE: "the number comes from a figure; no table has what it would be computed from",
}

_HEAD = """# Audit of the paper's numbers

Written by `python -m paper_tables.claims`; do not edit. This page holds the paper against itself and says nothing about
a run of ours. Every number that a sentence takes from results is computed again from the printed tables
(`paper_tables/published/`) by the formulas in `paper_tables/audit/statements.toml`. A printed number stands for itself,
give or take half a unit of its last digit, and that range is carried through the calculation. Where a sentence compares
at similar FLOPs, the tables are compared at equal sparsity; their FLOPs then differ by 3.2 % at most where
both are printed.
"""


@dataclass(frozen=True)
class Audit:
    """Everything the audit found: stated numbers, repeated numbers, and what tables leave open (name -> note)."""

    findings: tuple[Finding, ...]
    repeats: tuple[Repeat, ...]
    notes: Mapping[str, str]

    @property
    def counts(self) -> Mapping[Result, int]:
        """How many stated numbers came out how."""
        counted = Counter(finding.result for finding in self.findings)
        return {result: counted[result] for result in Result}

    def with_result(self, result: Result) -> list[Finding]:
        """Return the stated numbers that came out so, in the paper's order."""
        return [finding for finding in self.findings if finding.result is result]


def audit(tables: Mapping[str, Table]) -> Audit:
    """Check every statement and every repeated number.

    Raises:
        DocumentError: for a statement or a file of printed numbers that makes no sense.
    """
    numbers: dict[str, published.Numbers] = {
        path.stem: published.read(path) for path in sorted(published.FOLDER.glob("*.csv"))
    }
    findings = tuple(_checked(statement, numbers) for statement in load())
    notes = {f"{table.paper_ref} ({table.name})": table.note for table in tables.values() if table.note}
    return Audit(findings, tuple(repeats(numbers)), notes)


def _checked(statement: Statement, numbers: dict[str, published.Numbers]) -> Finding:
    try:
        return check(statement, numbers)
    except ExpressionError as error:
        raise DocumentError(FILE, str(error), REMEDY, place=f"entry {statement.where}") from error


def to_markdown(found: Audit) -> str:
    """Return the page, ending in a newline."""
    lines = [_HEAD, "| stated numbers | that | meaning |", "| ---: | --- | --- |"]
    lines += [f"| {count} | {result.value} | {_EXPLAINED[result]} |" for result, count in found.counts.items()]
    for result in (Result.DISAGREES, Result.ROUNDING):
        lines += ["", f"## Stated numbers that {result.value}", "", *_rows(found.with_result(result))]
        lines += ["", *_formulas(found.with_result(result))]
    lines += ["", "## Numbers printed twice", "", *_repeated(found.repeats)]
    lines += ["", "## What the tables leave open", "", *(f"- {place}: {note}" for place, note in found.notes.items())]
    for result in (Result.POSSIBLE, Result.AGREES, Result.UNDERIVABLE):
        lines += ["", f"## Stated numbers that {result.value}", "", *_rows(found.with_result(result))]
    return "\n".join(lines) + "\n"


def to_terminal(found: Audit, console: Console) -> None:
    """Print the counts and what disagrees; the page has everything."""
    from rich.text import Text

    counts = ", ".join(f"{count} {result.value}" for result, count in found.counts.items())
    console.print(Text(f"Numbers in the paper's sentences: {counts}", style="bold"))
    for finding in found.with_result(Result.DISAGREES):
        console.print(Text(f"  {finding.statement.where}: {_said(finding)}; {_told(finding)}"))
    for repeat in (repeat for repeat in found.repeats if not repeat.agrees):
        (first, here), (second, there) = repeat.first, repeat.second
        console.print(Text(f"  {repeat.address}, {repeat.metric}: {here} in {first}, {there} in {second}"))


def _rows(findings: Sequence[Finding]) -> Iterator[str]:
    yield "| where | what | stated | from the tables | claim |"
    yield "| --- | --- | ---: | ---: | --- |"
    for finding in findings:
        statement = finding.statement
        remarks = [text for text in (statement.underivable, statement.note) if text]
        what = _said(finding) + "".join(f" ({remark})" for remark in remarks)
        stated = f"{statement.stated} {statement.unit}"
        told = "-" if finding.computed is None else finding.computed_text
        yield f"| {statement.where} | {what} | {stated} | {told} | {statement.claim or '-'} |"


def _formulas(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        statement = finding.statement
        yield f"- {_said(finding)}: `{statement.formula}` of `published/{statement.table}.csv`"


def _said(finding: Finding) -> str:
    statement = finding.statement
    return f"{statement.says}, {statement.metric}" if statement.metric else statement.says


def _told(finding: Finding) -> str:
    statement = finding.statement
    bound = "" if statement.relation == "equals" else f", claimed {statement.relation} that"
    return f"stated {statement.stated} {statement.unit}, the tables give {finding.computed_text}{bound}"


def _repeated(found: Sequence[Repeat]) -> Iterator[str]:
    differing = [repeat for repeat in found if not repeat.agrees]
    yield f"{len(found)} cells are printed in a second table as well; {len(found) - len(differing)} agree."
    yield ""
    yield "| cell | first | second |"
    yield "| --- | --- | --- |"
    for repeat in differing:
        (first, here), (second, there) = repeat.first, repeat.second
        yield f"| {repeat.address}, {repeat.metric} | {here} ({first}) | {there} ({second}) |"
