"""Comparisons that several passages of docs/RESULTS.md make."""

from __future__ import annotations

from collections.abc import Sequence

from paper_tables.statistics import Sample
from tests.quotes.numbers import (
    INTERIORS,
    OBJECTS,
    PEOPLE,
    SPARSITY,
    STREETS,
    cells,
    compared,
    lead,
    mean,
    weights_left,
    without,
)

CURVE = (10, 30, 50, 70, 80, 90, 95, 98)
"""Sparsities of the curves, in percent."""

STEM, CLASSIFIER = "stem.0.0.weight", "head.classifier.weight"

TABLE_1 = {
    "sp_mag": "S+P (Mag.)",
    "sp_mag_rt": "S+P (Mag.) + retraining",
    "two_in_one": "Two-in-one",
    "pp": "Two-in-one + PP",
    "pp_ir_p": "Two-in-one + PP + IR-P",
    "pp_ir_s": "SuperTickets",
    "pp_ir_s_rt": "SuperTickets + retraining",
}
"""Rows of Table 1 with their names."""

WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven")


def ablation(row: str, role: str, profile: str = "embedded") -> float:
    return mean("ablation", row, role, SPARSITY[role], profile=profile)


def gain(row: str, other: str, role: str) -> Sample:
    """How far a row of Table 1 is ahead of another."""
    return lead("ablation", row, other, role, SPARSITY[role])


def under_reading(row: str, reading: str, role: str) -> float:
    return mean("protocol", f"{row}.{reading}" if reading else row, role, SPARSITY[role])


def in_printed_order(reading: str, role: str) -> bool:
    """Whether the methods of Table 1 stand in the order that the paper's numbers have."""
    table = cells("ablation")
    printed = {row: table[row, role, "", SPARSITY[role]].printed or 0 for row in TABLE_1}
    return sorted(TABLE_1, key=printed.__getitem__) == sorted(
        TABLE_1, key=lambda row: under_reading(row, reading, role)
    )


def with_interval(found: Sample) -> Sequence[float]:
    assert found.interval is not None
    return found.mean, *found.interval


def ahead(table: str, row: str, other: str, role: str, sparsities: Sequence[int]) -> bool:
    """Whether a row's mean is above another's at all of some sparsities."""
    return all(mean(table, row, role, s) > mean(table, other, role, s) for s in sparsities)


def kept(table: str, row: str, role: str, sparsity: int) -> float:
    """Percentage of its score at 10 % sparsity that a method still has at another."""
    return 100 * mean(table, row, role, sparsity) / mean(table, row, role, 10)


def decided(claim: str) -> list[str]:
    return [line["verdict"] for line in compared(claim) if line["verdict"] in ("reproduced", "contradicted")]


def level(row: str, source: str, role: str, sparsity: int) -> bool:
    """Whether a transferred ticket is within 2 points of the target's own, and both have next to no stem."""
    near = abs(
        mean("transfer-curves", row, role, sparsity, source) - mean("transfer-curves", "pp_ir_s", role, sparsity)
    )
    own = weights_left("stem.", "transfer-curves", "pp_ir_s", f"{role} at {sparsity} %")
    moved = weights_left("stem.", "transfer-curves", row, f"{source} -> {role} at {sparsity} %")
    return near <= 2 and all(
        found.keys() == {0, 1, 2} and all(min(counts) <= 2 for counts in found.values()) for found in (own, moved)
    )


def lost_from(sparsity: int, row: str, seeds: Sequence[int] = (0, 1, 2)) -> bool:
    """Whether nets of streets have lost the stem at a sparsity and above, and not all of them below."""
    lost = {s: without("stem.", "trade-off-curves", row, f"Cityscapes at {s} %") == list(seeds) for s in CURVE}
    return all(lost[s] == (s >= sparsity) for s in CURVE)


def retrained_gradients_lead() -> bool:
    pair = ("trade-off-curves", "sp_grad_rt", "pp_ir_s_rt")
    leading = {role: [s for s in CURVE if ahead(*pair, role, [s])] for role in (STREETS, INTERIORS, OBJECTS)}
    return leading == {STREETS: list(CURVE[2:]), INTERIORS: list(CURVE[2:]), OBJECTS: list(CURVE[1:])}


def gradients_lose_the_stem() -> list[bool]:
    """By sparsity, whether a net of streets has lost a layer of its stem."""
    return [bool(without("stem.", "trade-off-curves", "sp_grad", f"{STREETS} at {s} %")) for s in CURVE]


def random_tickets_transfer_best() -> bool:
    table, moves = "transfer-baselines", ((STREETS, INTERIORS), (INTERIORS, STREETS))
    return all(
        mean(table, "transfer_rp", role, 90, source) > mean(table, other, role, 90, source)
        for role, source in moves
        for other in ("transfer_rr", "transfer_st")
    )


def gradients_lead_on_people() -> bool:
    leading = [s for s in CURVE if ahead("existence-curves", "sp_grad", "two_in_one", PEOPLE, [s])]
    return [s for s in leading if s >= 50] == [50, 70, 80, 90]
