"""A training says when it searched nothing, and when its last epoch reactivates what it prunes at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.steps.search import doubts
from supertickets.two_in_one import TwoInOne

pytestmark = pytest.mark.fast

GIVEN = TwoInOne(epochs=4, search_interval=2, prune_interval=1, sparsity=20)


def history(*units: int | None) -> list[dict[str, Any]]:
    return [{"epoch": t} if left is None else {"epoch": t, "units": left} for t, left in enumerate(units, 1)]


@pytest.mark.parametrize(
    ("units", "given", "said"),
    [
        ((None, 9, None, 8), GIVEN, ["last, reactivates"]),
        ((None, 9, None, 9), GIVEN, []),
        ((None, 9, None, None), GIVEN, []),
        ((None, 9, None, 9), replace(GIVEN, reactivate_when="every search"), ["last, reactivates"]),
        ((None, 9, None, 8), replace(GIVEN, coincidence="search"), []),
        ((None, 9, None, 8), replace(GIVEN, reactivation="none"), []),
        ((None, 9, None, 8), replace(GIVEN, sparsity=None), []),
        ((None, 9, None, 8), replace(GIVEN, epochs=5), []),
        ((None, 10, None, 10), GIVEN, ["removed none of 10 units"]),
        ((None, None, None, None), GIVEN, ["removed none of 10 units"]),
    ],
)
def test_what_nobody_may_have_meant_is_said(units: tuple[int | None, ...], given: TwoInOne, said: list[str]) -> None:
    found = list(doubts(given, history(*units), 10))
    assert len(found) == len(said) and all(words in sentence for words, sentence in zip(said, found, strict=True))


def test_a_net_without_units_cannot_be_searched() -> None:
    assert list(doubts(GIVEN, history(None, None, None, None), 0)) == []
