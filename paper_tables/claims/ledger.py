"""All verdicts of one evaluation, and its three renderings: CSV, a page of Markdown, and the terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paper_tables import collect, published
from paper_tables.claims import known
from paper_tables.claims.claim import Claim
from paper_tables.claims.evidence import PRINTED, measured, printed
from paper_tables.claims.judge import judge
from paper_tables.claims.known import Known
from paper_tables.claims.verdict import Finding, Judgement, Verdict, in_seeds
from paper_tables.profiles import BANNERS
from paper_tables.table import Table

if TYPE_CHECKING:
    from rich.console import Console

SOURCES = (*BANNERS, PRINTED)
"""Where numbers come from, in the ledger's order: the profiles, then the paper itself."""

COLUMNS = (
    "claim", "source", "comparison", "decides", "verdict", "effect", "ci_low", "ci_high", "n_seeds", "p_adjusted",
    "seeds_needed", "text", "weakest", "scope", "reason", "paper_ref", "name",
)  # fmt: skip
_NONE = "none"
_SHOWN = 3
_STYLES = {
    Verdict.REPRODUCED: "green",
    Verdict.CONTRADICTED: "bold red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.NOT_ATTEMPTED: "dim",
}


@dataclass(frozen=True)
class Ledger:
    """Every claim judged on every source.

    Attributes:
        claims: claim id -> claim.
        judgements: source -> claim id -> judgement.
        with_results: sources that have any numbers at all.
        known: (claim id, source) -> the contradiction that has been looked into.
    """

    claims: Mapping[str, Claim]
    judgements: Mapping[str, Mapping[str, Judgement]]
    with_results: frozenset[str]
    known: Mapping[tuple[str, str], Known]

    @property
    def shown(self) -> list[str]:
        """Sources that have any numbers, in the ledger's order: a column each on pages."""
        return [source for source in SOURCES if source in self.with_results]

    def all(self) -> Iterator[Judgement]:
        """Yield every judgement, source by source."""
        for by_claim in self.judgements.values():
            yield from by_claim.values()


def evaluate(claims: Mapping[str, Claim], tables: Mapping[str, Table], results: Path) -> Ledger:
    """Judge all claims on the printed numbers and on what `<results>/<profile>/` has of each table's current version.

    Raises:
        DocumentError: for a result file that does not hold together, or a list of contradictions that cannot be read.
        RecordError: for files that contradict each other.
    """
    needed = {name: tables[name] for claim in claims.values() for name in claim.tables}
    evidence = [measured(profile, collect.load_all(needed.values(), results, profile)) for profile in BANNERS]
    evidence.append(printed({name: published.load(table) for name, table in needed.items()}))
    judgements = {
        source.source: {claim.id: judge(claim, tables, source) for claim in claims.values()} for source in evidence
    }
    with_results = frozenset(e.source for e in evidence if e.values or e.missing)
    return Ledger(claims, judgements, with_results, known.load())


def to_csv(ledger: Ledger) -> str:
    """Return the ledger as CSV: per claim and source one line for the verdict, then one per comparison behind it.

    The verdict's line has name and numbers of the deciding comparison that supports it least, the claim's scope, where
    the paper makes it, the seeds that would decide all of the claim and, for a known contradiction, the reason. The
    line of a comparison has it once as an identifier and once in the names of the methods.
    Sources without any results have the verdict line only.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    for judgement in ledger.all():
        claim = ledger.claims[judgement.claim]
        head = (judgement.claim, judgement.source)
        entry = ledger.known.get(head)
        weakest = judgement.weakest
        numbers, name = (_numbers(weakest), weakest.comparison) if weakest else ((_NONE,) * 5, _NONE)
        about = (claim.sentence, name, claim.scope, entry.reason if entry else _NONE, claim.paper_ref, _NONE)
        writer.writerow((*head, "all", "verdict", judgement.verdict.value, *numbers, _needed(judgement), *about))
        for finding in _evidence(judgement):
            told = (finding.comparison, "yes" if finding.decides else "no", finding.verdict.value)
            writer.writerow(
                (*head, *told, *_numbers(finding), _needed(finding), finding.text, *[_NONE] * 4, finding.shown)
            )
    return lines.getvalue()


def _evidence(judgement: Judgement) -> Iterator[Finding]:
    """Yield what a verdict rests on, and what it lacks; a claim that was not attempted at all lacks everything."""
    for finding in judgement.findings if judgement.verdict is not Verdict.NOT_ATTEMPTED else ():
        if finding.decides or finding.verdict is not Verdict.NOT_ATTEMPTED:
            yield finding


_KEY = """- A cell begins with the verdict and, in brackets, how many of the deciding comparisons have it. Of an open
  claim it says how many seeds would decide all that is open, at the means and spreads seen.
- Below stands the comparison that supports the verdict least: effect (points, or a ratio), 95 % t-interval, seeds. The
  interval is of that comparison alone; verdicts are corrected for the number of comparisons.
- The paper's own numbers go through the same checks: an audit, no run of ours. A claim of which the paper only draws
  a part stays open."""
"""How the page of claims is to be read."""


def to_markdown(ledger: Ledger) -> str:
    """Return the page of claims: a line per claim, a column per source with numbers, with effects and intervals."""
    names = ["the paper's own numbers" if source == PRINTED else f"{source} profile" for source in ledger.shown]
    lines = [
        "# The claims, with effects and intervals",
        "",
        "Written by `python -m paper_tables.claims`; do not edit. What explains them: [RESULTS](RESULTS.md).",
        "",
        _KEY,
        *(f"- {BANNERS[source]}." for source in ledger.shown if source != PRINTED),
        "",
        "| claim | paper | " + " | ".join(names) + " |",
        "| --- | --- | " + " | ".join("---" for _ in names) + " |",
    ]
    for claim in ledger.claims.values():
        verdicts = [cell_of(ledger.judgements[source][claim.id]) for source in ledger.shown]
        lines.append(f"| **{claim.id}**: {claim.sentence} | {claim.paper_ref} | {' | '.join(verdicts)} |")
    return "\n".join(lines) + "\n"


def cell_of(judgement: Judgement) -> str:
    """Return a verdict with what supports it least: effect, interval, n, and of how many deciding comparisons."""
    printed = judgement.source == PRINTED
    word = _word(judgement.verdict, judgement.source)
    if (weakest := judgement.weakest) is None:
        return word
    decide = [finding for finding in judgement.findings if finding.decides]
    agree = sum(finding.verdict is judgement.verdict for finding in decide)
    interval = " [{:.2f}, {:.2f}]".format(*weakest.interval) if weakest.interval else ""
    n = "" if printed else f", n={weakest.n}"
    seeds = f"; {in_seeds(needed)} would decide" if (needed := judgement.seeds_needed) is not None else ""
    return f"{word} ({agree} of {len(decide)}{seeds})<br>{weakest.effect:+.2f}{interval}{n}"


def _word(verdict: Verdict, source: str) -> str:
    return verdict.of_printed if source == PRINTED else verdict.word


def to_terminal(ledger: Ledger, sources: Sequence[str], console: Console) -> None:
    """Print the verdicts of some sources with the comparisons that decide them; sources without results in a line."""
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    for source in sources:
        heading = "the paper's own printed numbers: an audit, no run of ours" if source == PRINTED else BANNERS[source]
        console.print(Text(f"Claims on {heading}", style="bold"))
        if source not in ledger.with_results:
            console.print(Text(f"  no results: all {len(ledger.claims)} claims were not run\n"))
            continue
        grid = Grid(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
        for name in ("claim", "verdict", "deciding comparisons (the others are in claims.csv)"):
            grid.add_column(name)
        for claim, judgement in ledger.judgements[source].items():
            style = _STYLES[judgement.verdict]
            word = Text(_word(judgement.verdict, source), style=style)
            grid.add_row(Text(claim), word, Text("\n".join(deciding(judgement))))
        console.print(grid)


def markers(name: str) -> tuple[str, str]:
    """Return what stands before and after a generated block."""
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


def rewrite_block(text: str, name: str, block: str) -> str:
    """Return `text` with what stands between the two markers of block `name` replaced by `block`.

    A text without these markers stays.

    Raises:
        ValueError: when the markers are not exactly one pair in order.
    """
    first, last = markers(name)
    if first not in text and last not in text:
        return text
    before, begin, rest = text.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end or any(marker in part for marker in (first, last) for part in (before, after)):
        raise ValueError(f"exactly one {first} followed by one {last} is needed")
    return f"{before}{first}\n{block}{last}{after}"


def deciding(judgement: Judgement, verdicts: Collection[Verdict] = tuple(Verdict)) -> list[str]:
    """Return the deciding comparisons with some verdicts, a line each; of many, the first few and a count."""
    lines = []
    for verdict in (verdict for verdict in Verdict if verdict in verdicts):
        found = [finding for finding in judgement.findings if finding.decides and finding.verdict is verdict]
        shown = found if verdict is Verdict.CONTRADICTED else found[:_SHOWN]
        lines += [f"{finding.shown}: {finding.text}" for finding in shown]
        if found[len(shown) :]:
            lines.append(f"and {len(found) - len(shown)} more {_word(verdict, judgement.source)}")
    return lines


def _numbers(finding: Finding) -> tuple[str, ...]:
    def show(number: float | None) -> str:
        return _NONE if number is None else f"{number:.4f}"

    low, high = finding.interval or (None, None)
    return show(finding.effect), show(low), show(high), str(finding.n), show(finding.p)


def _needed(told: Finding | Judgement) -> str:
    return _NONE if told.seeds_needed is None else in_seeds(told.seeds_needed).removesuffix(" seeds")
