"""Masks against a stable sort in plain Python."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given
from torch import Tensor

from supertickets.criteria import Candidates, criterion
from supertickets.masks import global_masks
from tests.strategies import percentages, weight_trees

pytestmark = pytest.mark.fast


def magnitudes(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return criterion("magnitude")(Candidates(weights, dict, 0))


def listed(tree: dict[str, Tensor]) -> list[float]:
    return [value for tensor in tree.values() for value in tensor.reshape(-1).tolist()]


@given(weight_trees(), percentages())
def test_exact_masks_are_a_stable_sort(weights: dict[str, Tensor], percent: int) -> None:
    scores = [abs(value) for value in listed(weights)]
    order = sorted(range(len(scores)), key=scores.__getitem__)  # stable: ties stay in layer order, then row-major
    pruned = set(order[: round(Fraction(percent, 100) * len(scores))])
    expected = [position not in pruned for position in range(len(scores))]
    assert listed(global_masks(magnitudes(weights), percent)) == expected


@given(weight_trees(), percentages())
def test_threshold_masks_are_a_comparison(weights: dict[str, Tensor], percent: int) -> None:
    scores = [abs(value) for value in listed(weights)]
    count = round(Fraction(percent, 100) * len(scores))
    threshold = sorted(scores)[count - 1] if count else -1.0
    found = listed(global_masks(magnitudes(weights), percent, "threshold"))
    assert found == [score > threshold for score in scores]


def test_ties_go_by_layer_then_by_row() -> None:
    scores = {"z": torch.ones(2, 2), "a": torch.ones(4).view(2, 2).t()}
    masks = global_masks(scores, 50)
    assert not masks["z"].any() and masks["a"].all()
    third = global_masks({"w": torch.ones(4, 1).expand(4, 2)}, 33)["w"]
    assert third.tolist() == [[False, False], [False, True], [True, True], [True, True]]
