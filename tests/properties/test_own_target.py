"""What has to be small is pruned as little as that takes, and what cannot be so small is refused."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supertickets.own.errors import DrawError
from supertickets.own.target import SPARSEST, Target
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
