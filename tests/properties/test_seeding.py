"""Random streams are functions of seed, purpose and position; an epoch visits every sample once."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from supertickets.seeding import DataOrder, derive_seed, generator, seeded
from tests.properties.small import TINY

pytestmark = pytest.mark.fast


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 2**40))
def test_every_pass_visits_every_sample_once(samples: int, batch_size: int, seed: int) -> None:
    order = DataOrder(samples, batch_size, seed)
    batches = [order.batch(step) for step in range(3 * samples)]
    assert all(batch.shape == (batch_size,) and batch.dtype == torch.int64 for batch in batches)
    stream = torch.cat(batches).tolist()
    for first in range(0, len(stream) - samples + 1, samples):
        assert sorted(stream[first : first + samples]) == list(range(samples))


@given(st.integers(1, 20), st.integers(1, 30), st.lists(st.integers(0, 60), min_size=1, max_size=10))
def test_a_batch_depends_on_its_step_alone(samples: int, batch_size: int, steps: list[int]) -> None:
    order = DataOrder(samples, batch_size, 3)
    for step in steps:  # back and forth
        assert torch.equal(order.batch(step), DataOrder(samples, batch_size, 3).batch(step))


def test_passes_and_seeds_differ() -> None:
    first, second, other = DataOrder(50, 50, 0).batch(0), DataOrder(50, 50, 0).batch(1), DataOrder(50, 50, 1).batch(0)
    assert not torch.equal(first, second) and not torch.equal(first, other)


def test_an_empty_split_is_refused() -> None:
    with pytest.raises(ValueError, match="the training split is empty"):
        DataOrder(0, 1, 0)


@given(st.integers(0, 2**62), st.text("ab/ 0é", max_size=8), st.integers(0, 10**6))
def test_seeds_are_63_bits_and_depend_on_everything(seed: int, purpose: str, number: int) -> None:
    derived = derive_seed(seed, purpose, number)
    assert 0 <= derived < 2**63 and derived == derive_seed(seed, purpose, number)
    neighbours = {derive_seed(seed + 1, purpose, number), derive_seed(seed, purpose + "x", number)}
    assert len({*neighbours, derive_seed(seed, purpose, number + 1), derived}) == 4


def test_seeds_do_not_change_between_versions() -> None:
    assert derive_seed(0, "data") == 736872305540241488


def test_generators_are_independent_of_the_global_state() -> None:
    torch.manual_seed(0)
    drawn = torch.rand(3, generator=generator(1, "a"))
    assert torch.equal(drawn, torch.rand(3, generator=generator(1, "a")))
    assert not torch.equal(drawn, torch.rand(3, generator=generator(1, "b")))
    after = torch.rand(1)
    torch.manual_seed(0)
    assert torch.equal(after, torch.rand(1)), "the global state was used"


def test_seeded_puts_the_global_state_back() -> None:
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    with seeded(5, "dropout", 1):
        inside = torch.rand(2)
    assert torch.equal(torch.rand(2), expected)
    with seeded(5, "dropout", 1):
        assert torch.equal(torch.rand(2), inside)
    with seeded(5, "dropout", 2):
        assert not torch.equal(torch.rand(2), inside)


def test_equal_seeds_build_equal_nets_whatever_the_global_state() -> None:
    torch.manual_seed(1)
    one = TINY.build(7).state_dict()
    torch.manual_seed(2)
    two, other = TINY.build(7).state_dict(), TINY.build(8).state_dict()
    after = torch.rand(1)
    torch.manual_seed(2)
    assert torch.equal(after, torch.rand(1))
    assert all(torch.equal(value, two[name]) for name, value in one.items())
    assert not all(torch.equal(value, other[name]) for name, value in one.items())
