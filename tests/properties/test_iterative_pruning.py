"""Iterative magnitude pruning: how much in which round, what is pruned, what is set back."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.descriptions import DescriptionError
from supertickets.iterative_pruning import IterativePruning, iterative_pruning
from supertickets.masks import MaskError, global_masks, pruned_count, ranked_masks
from tests.strategies import percentages, weight_trees

pytestmark = pytest.mark.fast


@given(st.integers(0, 99), st.integers(2, 12))
def test_what_is_kept_falls_geometrically_from_everything_to_the_target(sparsity: int, rounds: int) -> None:
    given_ = IterativePruning(sparsity, rounds)
    percents = [given_.sparsity_of(number) for number in range(rounds)]
    assert (percents[0], percents[-1]) == (0, sparsity) and percents == sorted(percents)
    for number, percent in enumerate(percents):
        assert abs(percent / 100 - (1 - (1 - sparsity / 100) ** (number / (rounds - 1)))) <= 0.005 + 1e-9


def test_three_rounds_to_75_percent_halve_twice() -> None:
    assert [IterativePruning(75, 3).sparsity_of(number) for number in range(3)] == [0, 50, 75]


@pytest.mark.parametrize(("rounds", "percents"), [(2, [80]), (3, [55, 80])])
def test_every_round_prunes_what_was_trained_last_and_rewinds_it_before_it_is_trained(
    rounds: int, percents: list[int]
) -> None:
    told = iterative_pruning(
        IterativePruning(80, rounds), "dense", lambda net, percent: f"prune({net}, {percent})",
        lambda net: f"rewind({net})", lambda net: f"train({net})",
    )  # fmt: skip
    expected = "dense"
    for percent in percents:
        expected = f"train(rewind(prune({expected}, {percent})))"
    assert told == expected


def test_later_rounds_prune_what_earlier_ones_pruned() -> None:
    dense = {"a": torch.randn(40), "b": torch.randn(60)}
    found = []

    def prune(net: dict[str, Tensor], percent: int) -> dict[str, Tensor]:
        masks = global_masks({name: weight.abs() for name, weight in net.items()}, percent)
        found.append(masks)
        return {name: weight * masks[name] for name, weight in net.items()}

    def rewind(net: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: torch.where(weight == 0, 0.0, dense[name]) for name, weight in net.items()}

    iterative_pruning(
        IterativePruning(90, 4), dense, prune, rewind,
        lambda net: {name: 3 * weight for name, weight in net.items()},
    )  # fmt: skip
    for earlier, later in pairwise(found):
        assert all(not bool((later[name] & ~earlier[name]).any()) for name in dense)
    assert sum(int((~mask).sum()) for mask in found[-1].values()) == 90


@given(weight_trees(), percentages())
def test_per_layer_every_layer_loses_its_share_of_its_smallest(weights: dict[str, Tensor], percent: int) -> None:
    scores = {name: weight.abs() for name, weight in weights.items()}
    masks = ranked_masks(scores, percent, "exact", "per layer")
    for name, mask in masks.items():
        assert int((~mask).sum()) == pruned_count(mask.numel(), percent)
        if mask.any() and not mask.all():
            assert scores[name][~mask].max() <= scores[name][mask].min()
    if len(weights) == 1:
        both = ranked_masks(scores, percent, "exact", "global")
        assert all(torch.equal(mask, both[name]) for name, mask in masks.items())


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(DescriptionError, match="rounds is 1: give at least 2"):
        IterativePruning(80, 1)
    with pytest.raises(MaskError, match=r"sparsity 0\.8"):
        IterativePruning(0.8)  # type: ignore[arg-type]
