"""Judge a claim: look at every comparison's seeds, settle which comparisons count, and decide these together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from paper_tables.claims.claim import Claim
from paper_tables.claims.decide import decide, trial
from paper_tables.claims.effect import Effect, effect
from paper_tables.claims.evidence import Evidence
from paper_tables.claims.predicates import Comparison
from paper_tables.claims.verdict import Finding, Judgement, Verdict, in_seeds, overall
from paper_tables.statistics import DECIDING
from paper_tables.table import Table


@dataclass(frozen=True)
class _Look:
    """A comparison before it is decided: what is certain already, and its effect where that has to be tested."""

    comparison: Comparison
    finding: Finding
    tested: Effect | None = None


def judge(claim: Claim, tables: Mapping[str, Table], evidence: Evidence) -> Judgement:
    """Return a claim's verdict on some evidence.

    Comparisons that decide are tested as one family; those that are only reported are another, so that neither
    weakens the other's verdicts.

    Raises:
        KeyError: when the claim names a table, row, data set or metric that does not exist.
    """
    looks = [
        look
        for predicate in claim.predicates
        for look in _weigh(
            [
                _look(claim.id, comparison, evidence, tables[predicate.table])
                for comparison in predicate.comparisons(tables[predicate.table])
            ],
            evidence.partial,
        )
    ]
    decided = {id(look): finding for family in (True, False) for look, finding in _family(looks, family)}
    findings = tuple(decided.get(id(look), look.finding) for look in looks)
    if not findings:
        findings = (Finding(claim.id, "none", True, Verdict.NOT_ATTEMPTED, None, None, 0, claim.undecided, None),)
    verdict = overall(finding.verdict for finding in findings if finding.decides)
    return Judgement(claim.id, evidence.source, verdict, findings)


def _weigh(looks: Sequence[_Look], partial: bool) -> Iterator[_Look]:
    """Settle which comparisons of one predicate count.

    The paper prints some cells and only draws others, and other readings of the protocol were not run everywhere:
    where there is any, the rest does not count; a predicate without any stays open. Of our own, fewer than three seeds
    cannot decide: they do not count where the same predicate has enough in other columns of the data set.
    """
    some = any(look.finding.verdict is not Verdict.NOT_ATTEMPTED for look in looks)
    enough = {look.comparison.left.role for look in looks if look.finding.decides and look.finding.n >= DECIDING}
    for look in looks:
        left_out = partial and some and look.finding.verdict is Verdict.NOT_ATTEMPTED
        too_few = 0 < look.finding.n < DECIDING and look.comparison.left.role in enough
        yield replace(look, finding=replace(look.finding, decides=False)) if left_out or too_few else look


def _look(claim: str, comparison: Comparison, evidence: Evidence, table: Table) -> _Look:
    def found(verdict: Verdict, text: str, shown: Effect | None = None) -> _Look:
        value = shown.value if shown else None
        slack = None if value is None else comparison.region.slack(value)
        interval, n = (shown.interval, shown.n) if shown and not evidence.exact else (None, 0)
        finding = Finding(
            claim, str(comparison), comparison.decides, verdict, value, interval, n, text, slack,
            name=comparison.in_names(table),
        )  # fmt: skip
        return _Look(comparison, finding, None if evidence.exact else shown)

    cells = comparison.cells
    reasons = [f"{table.name_at(cell[1])}: {why}" for cell in cells if (why := evidence.why_missing(cell)) is not None]
    if reasons:
        return found(Verdict.NOT_ATTEMPTED, "; ".join(reasons))
    left, right, *bases = (evidence.values[cell] for cell in cells)
    if bases:
        left, right = _share(left, bases[0]), _share(right, bases[1])
    seen = effect(left, right, comparison.ratio)
    if seen is None:
        return found(Verdict.NOT_ATTEMPTED, "the two rows have no seed in common")
    if not seen.exists:
        return found(Verdict.INCONCLUSIVE, "the ratio's denominator is 0")
    text = f"{_show(seen.value, comparison)}{_spread(seen, comparison, evidence.exact)}, claimed {comparison.region}"
    if evidence.exact:
        return found(Verdict.REPRODUCED if comparison.region.contains(seen.value) else Verdict.CONTRADICTED, text, seen)
    return found(Verdict.INCONCLUSIVE, text, seen)


def _share(values: Mapping[int, float], of: Mapping[int, float]) -> dict[int, float]:
    """Percent of another cell, seed by seed, where that one is not 0."""
    return {seed: 100 * value / of[seed] for seed, value in values.items() if of.get(seed)}


def _family(looks: Sequence[_Look], decides: bool) -> Iterator[tuple[_Look, Finding]]:
    """Yield the comparisons that are tested together with what came of them."""
    tested = [(look, look.tested) for look in looks if look.tested and look.finding.decides == decides]
    # Tables share runs: where two of them compare the same numbers, that is one hypothesis and not two.
    distinct = list(dict.fromkeys((seen, look.comparison.region) for look, seen in tested))
    decisions = dict(zip(distinct, decide([trial(seen, region) for seen, region in distinct]), strict=True))
    for look, seen in tested:
        decision = decisions[seen, look.comparison.region]
        text = look.finding.text
        if seen.n >= DECIDING and seen.interval:
            text += f", adjusted p = {decision.p:.2g}"
        if decision.seeds_needed is not None:
            text += f"; {in_seeds(decision.seeds_needed)} would decide"
        p = decision.p if seen.n >= DECIDING else None
        yield (
            look,
            replace(look.finding, verdict=decision.verdict, text=text, p=p, seeds_needed=decision.seeds_needed),
        )


def _spread(seen: Effect, comparison: Comparison, exact: bool) -> str:
    """Return how far seeds lie apart, called what it is: an interval, a range, one value or several equal ones."""
    if exact:
        return " as printed"
    if seen.interval:
        low, high = (_show(end, comparison, bare=True) for end in seen.interval)
        return f" [{low}, {high}], n={seen.n}"
    if seen.n == 1:
        return ", one seed: no interval"
    lowest, highest = min(seen.by_seed), max(seen.by_seed)
    if lowest == highest and seen.n >= DECIDING:
        return f" in each of {seen.n} seeds: no interval, decided by the value itself"
    low, high = (_show(end, comparison, bare=True) for end in (lowest, highest))
    return f", n={seen.n}: no interval, range {low} to {high}"


def _show(number: float, comparison: Comparison, bare: bool = False) -> str:
    if comparison.ratio:
        return f"{number:.2f}" if bare else f"{number:.2f}x"
    if comparison.bases:
        return f"{number:+.2f}" if bare else f"{number:+.2f} points of the share kept"
    unit = {"percent": "points", "mparams": "M parameters", "gmacs": "GMACs", "mbytes": "MB", "epochs": "epochs"}[
        comparison.metric.unit
    ]
    return f"{number:+.2f}" if bare else f"{number:+.2f} {unit}"
