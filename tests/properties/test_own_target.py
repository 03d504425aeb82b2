"""What has to be small is pruned as little as that takes, and what cannot be so small is refused."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supertickets.own.errors import DrawError
from supertickets.own.target import SPARSEST, USUAL_SPARSITY, Target, target_of
from supertickets.ticket import Ticket

pytestmark = pytest.mark.fast


class _OfBytes:
    """All that a size needs of a ticket."""

    def __init__(self, size: int) -> None:
        self.size = size

    def to_bytes(self) -> bytes:
        return bytes(self.size)


def _pruned(sparsity: int) -> Ticket:
    """10 bytes fewer per percent: 1990 bytes dense, 1000 at most sparsity."""
    return cast(Ticket, _OfBytes(1990 - 10 * sparsity))


@given(st.integers(1000, 2100))
def test_no_lower_sparsity_keeps_within_a_size(size: int) -> None:
    found = Target("size", size).least_sparsity(_pruned, (32, 32))
    assert found == next(sparsity for sparsity in range(100) if 1990 - 10 * sparsity <= size)


def test_a_size_that_only_the_highest_sparsity_has_is_met_and_a_byte_less_refused() -> None:
    assert Target("size", 1000).least_sparsity(_pruned, (32, 32)) == SPARSEST
    with pytest.raises(DrawError, match="size 999 cannot be kept: at 99 % sparsity the net still has 1000; give more"):
        Target("size", 999).least_sparsity(_pruned, (32, 32))


def test_a_sparsity_that_is_asked_for_is_taken() -> None:
    assert Target("sparsity", 37).least_sparsity(_pruned, (32, 32)) == 37


def test_a_target_is_what_is_given_and_90_percent_where_nothing_is() -> None:
    assert target_of(None, None, None) == Target("sparsity", 90) == Target("sparsity", USUAL_SPARSITY)
    assert target_of(0, None, None) == Target("sparsity", 0), "a dense net is asked for, too"
    assert target_of(None, 7, None) == Target("macs", 7) and target_of(None, None, 7) == Target("size", 7)
    with pytest.raises(DrawError, match=r"^macs and size are given: give one of sparsity, macs, size$"):
        target_of(None, 7, 7)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_as_small_as_nothing(amount: int) -> None:
    assert Target("macs", 1).amount == 1
    with pytest.raises(DrawError, match=rf"^macs is {amount}: give a positive number$"):
        Target("macs", amount)
