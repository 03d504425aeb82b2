"""The numbers that decide claims, written once more: results cannot be judged by others without being noticed."""

from __future__ import annotations

from math import isinf
from typing import Any

import pytest

from paper_tables.claims.claim import Claim
from paper_tables.claims.registry import claims

pytestmark = pytest.mark.fast

CLAIMS = claims()
ONE_POINT = {"margin": {1.0}}
THRESHOLDS: dict[str, dict[str, set[float]]] = {
    "existence": ONE_POINT,
    "transfer-datasets": ONE_POINT | {"sparsities": {80, 90, 95, 98}},
    "transfer-tasks": ONE_POINT | {"sparsities": {80, 90, 95, 98}},
    "lth-order": ONE_POINT,
    "speed": {"low": {1.8 - 0.05, 2.9 - 0.05}, "high": {2.9 + 0.05, 4.1 + 0.05}},
    "transfer-limit": ONE_POINT | {"sparsities": {30}},
    "collapse": {"low": {0.5}, "high": {0.5}, "reference": {10}, "sparsities": {90, 95}},
    "or-mask-like-ticket": ONE_POINT,
    "or-direct-wins": ONE_POINT,
    "or-errors-det": ONE_POINT,
    "or-errors-seg": ONE_POINT,
    "or-errors-kp": ONE_POINT,
    "or-equal-after": ONE_POINT | {"sparsities": {80}},
}
"""Claims that have other bounds than 0 -> field of their predicates -> the numbers in it."""


def thresholds(claim: Claim) -> dict[str, set[float]]:
    found: dict[str, set[float]] = {}
    for predicate in claim.predicates:
        for name in ("low", "high", "margin", "reference", "sparsities"):
            value: Any = getattr(predicate, name, ())
            for number in value if isinstance(value, tuple) else (value,):
                if isinstance(number, int | float) and number and not isinf(number):
                    found.setdefault(name, set()).add(number)
    return found


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_judged_by_these_numbers(claim: str) -> None:
    assert thresholds(CLAIMS[claim]) == THRESHOLDS.get(claim, {})


def test_they_are_numbers_of_claims_that_there_are() -> None:
    assert THRESHOLDS.keys() <= CLAIMS.keys()
