"""Uses of a memory are equal when every element was used equally often, however its views were cut."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.regions import Uses

pytestmark = pytest.mark.fast

MEMORY = torch.arange(24)
ROWS = MEMORY.view(4, 6)
BLOCKS = [
    *(MEMORY[start:stop] for start in range(0, 24, 4) for stop in range(start, 25, 4)),
    *(ROWS[start:stop] for start in range(4) for stop in range(start, 5)),
    ROWS.T, ROWS[:, None].expand(4, 3, 6), MEMORY.view(2, 3, 4).permute(2, 0, 1),
]  # fmt: skip
"""Views without holes; some in another order, one that repeats what it shows."""
SOME = st.lists(st.tuples(st.sampled_from(BLOCKS), st.integers(1, 3)), max_size=4)


def counted(views: list[tuple[Tensor, int]]) -> Counter[int]:
    """Element by element, of which the memory holds its place."""
    found: Counter[int] = Counter()
    for view, times in views:
        found.update(dict.fromkeys(view.flatten().tolist(), times))
    return found


@given(SOME, SOME)
def test_blocks_are_compared_by_their_elements(one: list[tuple[Tensor, int]], other: list[tuple[Tensor, int]]) -> None:
    assert (Uses(one) == Uses(other)) == (counted(one) == counted(other))
    assert bool(Uses(one)) == any(view.numel() for view, _ in one)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=3), st.integers(1, 3))
def test_a_block_is_the_sum_of_its_parts(cuts: list[int], times: int) -> None:
    ends = [0, *sorted(cuts), 4]
    assert Uses((ROWS[a:b], times) for a, b in pairwise(ends)) == Uses([(MEMORY, times)])


def test_a_view_with_holes_counts_as_itself() -> None:
    holes = {
        "columns": ROWS[:, 2:4],
        "others": ROWS[:, 3:5],
        "rows": ROWS[::2],
        "fewer": ROWS[:3, 2:4],
        "one": ROWS[:, 2],
    }
    for name, view in holes.items():
        assert Uses([(view, 2)]) and Uses([(view, 1), (view, 1)]) == Uses([(view, 2)])
        assert Uses([(view, 1)]) != Uses([(view, 2)]) != Uses() and Uses([(view, 1)]) != Uses([(MEMORY, 1)])
        assert [other for other in holes if Uses([(holes[other], 1)]) == Uses([(view, 1)])] == [name]
    assert Uses([(holes["columns"], 1), (MEMORY, 1)]) == Uses([(ROWS[:2], 1), (holes["columns"], 1), (ROWS[2:], 1)])


def test_uses_are_equal_to_uses_alone() -> None:
    assert Uses() != 0 and not Uses() and Uses([(MEMORY[:0], 5)]) == Uses()
