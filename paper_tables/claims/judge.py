"""Judge a claim: paired bootstrap over the common seeds, then the interval's place relative to the claimed region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from paper_tables.claims.claim import Claim
from paper_tables.claims.evidence import Evidence
from paper_tables.claims.predicates import Comparison
from paper_tables.claims.verdict import Finding, Judgement, Verdict, overall
from paper_tables.statistics import Estimate, bootstrap, common_seeds
from paper_tables.table import Table

DECIMALS = 6
"""Effects are compared and reported to six decimals: the CSV carries four, the rest is binary-fraction dust."""


def judge(claim: Claim, tables: Mapping[str, Table], evidence: Evidence) -> Judgement:
    """Return a claim's verdict on some evidence.

    Raises:
        KeyError: when the claim names a table, row, data set or metric that does not exist.
    """
    findings = tuple(
        finding
        for predicate in claim.predicates
        for finding in _weigh(
            [
                (comparison, _find(claim.id, comparison, evidence))
                for comparison in predicate.comparisons(tables[predicate.table])
            ],
            evidence.exact,
        )
    )
    if not findings:
        findings = (Finding(claim.id, "none", True, Verdict.NOT_ATTEMPTED, None, None, None, 0, claim.undecided, None),)
    verdict = overall(finding.verdict for finding in findings if finding.decides)
    return Judgement(claim.id, evidence.source, verdict, findings)


def _weigh(found: Sequence[tuple[Comparison, Finding]], exact: bool) -> Iterator[Finding]:
    """Decide which findings of one predicate count.

    The paper prints some cells and only draws others: where it prints any, the rest cannot be audited and does not
    count; a predicate it prints nothing of stays open. Of our own, a single seed has no interval and cannot decide:
    it does not count where the same predicate has several seeds in other columns of the data set.
    """
    printed = any(finding.verdict is not Verdict.NOT_ATTEMPTED for _, finding in found)
    several = {comparison.left.role for comparison, finding in found if finding.decides and finding.n > 1}
    for comparison, finding in found:
        unprinted = exact and printed and finding.verdict is Verdict.NOT_ATTEMPTED
        alone = finding.n == 1 and comparison.left.role in several
        yield replace(finding, decides=False) if unprinted or alone else finding


def _find(claim: str, comparison: Comparison, evidence: Evidence) -> Finding:
    def finding(verdict: Verdict, text: str, estimate: Estimate | None = None) -> Finding:
        effect, low, high = (estimate.mean, estimate.low, estimate.high) if estimate else (None, None, None)
        n = estimate.n if estimate and not evidence.exact else 0
        slack = None if effect is None else comparison.region.slack(effect)
        return Finding(claim, str(comparison), comparison.decides, verdict, effect, low, high, n, text, slack)

    cells = [(comparison.table, address, comparison.metric.key) for address in (comparison.left, comparison.right)]
    reasons = [f"{cell[1].row}: {why}" for cell in cells if (why := evidence.why_missing(cell)) is not None]
    if reasons:
        return finding(Verdict.NOT_ATTEMPTED, "; ".join(reasons))
    left, right = (evidence.values[cell] for cell in cells)
    seeds = common_seeds(left, right)
    if not seeds:
        return finding(Verdict.NOT_ATTEMPTED, "the two rows have no seed in common")
    if comparison.ratio and any(right[seed] == 0 for seed in seeds):
        return finding(Verdict.INCONCLUSIVE, "the ratio's denominator is 0")
    effects = [left[s] / right[s] if comparison.ratio else left[s] - right[s] for s in seeds]
    estimate = _rounded(bootstrap(effects))
    shown = _show(estimate.mean, comparison)
    claimed = f"claimed {comparison.region}"
    if evidence.exact:
        verdict = Verdict.REPRODUCED if comparison.region.contains(estimate.mean) else Verdict.CONTRADICTED
        return finding(verdict, f"{shown} as printed, {claimed}", estimate)
    if estimate.low is None or estimate.high is None:
        return finding(Verdict.INCONCLUSIVE, f"{shown}, one seed: no interval, {claimed}", estimate)
    interval = f"[{_show(estimate.low, comparison, bare=True)}, {_show(estimate.high, comparison, bare=True)}]"
    text = f"{shown} {interval}, n={estimate.n}, {claimed}"
    return finding(_place(comparison, estimate.low, estimate.high), text, estimate)


def _place(comparison: Comparison, low: float, high: float) -> Verdict:
    # The region is convex: both ends inside means all of the interval is.
    if comparison.region.contains(low) and comparison.region.contains(high):
        return Verdict.REPRODUCED
    if comparison.region.misses(low, high):
        return Verdict.CONTRADICTED
    return Verdict.INCONCLUSIVE


def _rounded(estimate: Estimate) -> Estimate:
    def tidy(number: float) -> float:
        return round(number, DECIMALS) + 0.0  # turns -0.0 into 0.0

    low = None if estimate.low is None else tidy(estimate.low)
    high = None if estimate.high is None else tidy(estimate.high)
    return Estimate(tidy(estimate.mean), low, high, estimate.n)


def _show(number: float, comparison: Comparison, bare: bool = False) -> str:
    if comparison.ratio:
        return f"{number:.2f}" if bare else f"{number:.2f}x"
    unit = {"percent": "points", "mparams": "M parameters", "gmacs": "GMACs"}[comparison.metric.unit]
    return f"{number:+.2f}" if bare else f"{number:+.2f} {unit}"
