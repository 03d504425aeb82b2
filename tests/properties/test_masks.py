"""Masks: exactly the asked number of weights, the smallest ones, whatever the tensors look like."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.masks import (
    MaskError,
    check_fit,
    check_sparsity,
    emptied_layers,
    global_masks,
    pruned_count,
    sparsity,
)
from tests.properties.small import TINY, scored
from tests.strategies import percentages, weight_trees

pytestmark = pytest.mark.fast
Tree = dict[str, Tensor]


def flat(tree: Tree) -> Tensor:
    return torch.cat([value.reshape(-1) for value in tree.values()])


def nearest(total: int, percent: int) -> int:
    """The whole number nearest to percent/100 x total, the even one of two."""
    floor, rest = divmod(total * percent, 100)
    return floor + (rest > 50 or (rest == 50 and floor % 2 == 1))


@given(weight_trees(), percentages())
def test_exactly_the_asked_number_is_pruned(weights: Tree, percent: int) -> None:
    masks = global_masks(scored("magnitude", weights), percent)
    kept = flat(masks)
    assert int((~kept).sum()) == pruned_count(len(kept), percent) == nearest(len(kept), percent)
    assert {name: mask.shape for name, mask in masks.items()} == {name: w.shape for name, w in weights.items()}
    assert list(masks) == list(weights) and all(mask.dtype == torch.bool for mask in masks.values())


@given(st.integers(0, 10**7), percentages())
def test_the_count_is_the_ratio_rounded_without_floats(total: int, percent: int) -> None:
    assert abs(pruned_count(total, percent) - Fraction(total * percent, 100)) <= Fraction(1, 2)


def test_halves_are_rounded_to_the_even_count() -> None:
    assert [pruned_count(total, 50) for total in (1, 3, 5, 7)] == [0, 2, 2, 4]


@given(weight_trees(), percentages())
def test_no_pruned_weight_is_larger_than_a_kept_one(weights: Tree, percent: int) -> None:
    scores = scored("magnitude", weights)
    kept, magnitudes = flat(global_masks(scores, percent)), flat(scores)
    if kept.any() and not kept.all():
        assert magnitudes[~kept].max() <= magnitudes[kept].min()


@given(weight_trees(), percentages(), st.randoms(use_true_random=False))
def test_the_kept_magnitudes_do_not_depend_on_the_order_of_weights(weights: Tree, percent: int, random: object) -> None:
    scores = flat(scored("magnitude", weights))
    order = list(range(len(scores)))
    random.shuffle(order)  # type: ignore[attr-defined]
    kept = global_masks({"w": scores}, percent)["w"]
    kept_shuffled = global_masks({"w": scores[order]}, percent)["w"]
    assert torch.equal(scores[kept].sort().values, scores[order][kept_shuffled].sort().values)


@given(st.integers(1, 200), percentages(), st.integers(0, 2**32 - 1))
def test_masks_of_distinct_scores_are_permuted_with_them(count: int, percent: int, seed: int) -> None:
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    scores = torch.arange(count).flip(0).float()
    kept = global_masks({"w": scores}, percent)["w"]
    assert torch.equal(global_masks({"w": scores[order]}, percent)["w"], kept[order])


@given(weight_trees(), percentages(), st.integers(1, 40))
def test_scaling_by_a_power_of_two_changes_nothing(weights: Tree, percent: int, exponent: int) -> None:
    scaled = {name: weight * 2.0**exponent for name, weight in weights.items()}
    before, after = (flat(global_masks(scored("magnitude", tree), percent)) for tree in (weights, scaled))
    assert torch.equal(before, after)


@given(weight_trees(), percentages(), percentages())
def test_masks_at_fixed_weights_are_nested(weights: Tree, a: int, b: int) -> None:
    scores = scored("magnitude", weights)
    sparse, dense = (flat(global_masks(scores, percent)) for percent in (max(a, b), min(a, b)))
    assert not (sparse & ~dense).any()


@given(weight_trees(), percentages())
def test_threshold_counting_prunes_all_ties(weights: Tree, percent: int) -> None:
    scores = scored("magnitude", weights)
    exact, threshold = (flat(global_masks(scores, percent, counting)) for counting in ("exact", "threshold"))
    values = flat(scores)
    ties = torch.zeros_like(exact) if exact.all() else values == values[~exact].max()
    assert torch.equal(threshold, exact & ~ties)


@given(weight_trees())
def test_sparsity_zero_keeps_everything(weights: Tree) -> None:
    for counting in ("exact", "threshold"):
        assert flat(global_masks(scored("magnitude", weights), 0, counting)).all()  # type: ignore[arg-type]


@given(weight_trees(), percentages())
def test_sparsity_of_masks_is_their_share_of_zeros(weights: Tree, percent: int) -> None:
    masks = global_masks(scored("magnitude", weights), percent)
    kept = flat(masks).tolist()
    assert sparsity(masks) == pytest.approx(kept.count(False) / len(kept) if kept else 0.0, abs=1e-15)


@pytest.mark.parametrize("bad", [0.9, 0.0, 50.0, True, False, -1, 100, "90", None])
def test_what_is_no_whole_percentage_is_refused_with_a_remedy(bad: object) -> None:
    with pytest.raises(MaskError, match=f"sparsity {bad!r}: .*whole percent.*to keep 10 % .* ask for 90"):
        check_sparsity(bad)  # type: ignore[arg-type]
    with pytest.raises(MaskError, match="whole percent"):
        global_masks({"w": torch.ones(3)}, bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("good", [0, 1, 50, 99])
def test_whole_percentages_are_accepted(good: int) -> None:
    check_sparsity(good)


@given(weight_trees(), percentages(), st.data())
def test_nan_is_refused_by_the_name_of_its_tensor(weights: Tree, percent: int, data: st.DataObject) -> None:
    filled = [name for name, weight in weights.items() if weight.numel()]
    if filled:  # a tree without elements has nothing to be NaN
        culprit = data.draw(st.sampled_from(filled))
        scores = scored("magnitude", weights)
        scores[culprit] = scores[culprit].clone()
        scores[culprit].view(-1)[-1] = torch.nan
        with pytest.raises(MaskError, match=f"{culprit} hold NaN"):
            global_masks(scores, percent)


def test_a_net_without_weights_is_refused() -> None:
    with pytest.raises(MaskError, match="no weight to prune"):
        global_masks({}, 50)


@given(weight_trees(), st.data())
def test_emptied_layers_are_those_of_which_nothing_is_kept(weights: Tree, data: st.DataObject) -> None:
    masks = {name: torch.zeros(weight.shape, dtype=torch.bool) for name, weight in weights.items()}
    filled = [name for name, weight in weights.items() if weight.numel()]
    alive = data.draw(st.lists(st.sampled_from(filled), unique=True)) if filled else []
    for name in alive:
        masks[name].view(-1)[data.draw(st.integers(0, masks[name].numel() - 1))] = True  # a single weight is enough
    assert emptied_layers(masks) == [name for name in filled if name not in alive]


def test_masks_of_the_net_pass_and_weights_may_go_without() -> None:
    net = TINY.build(0)
    masks = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in TINY.prunable(net, "all").items()}
    check_fit(net.state_dict(), masks)
    check_fit(net.state_dict(), {"head.classifier.weight": masks["head.classifier.weight"]})
    check_fit(net.state_dict(), {})


@pytest.mark.parametrize("name", ["stem.0.0.weight", "head.classifier.weight"])
def test_errors_in_masks_name_the_culprit(name: str) -> None:
    net = TINY.build(0)
    mask = torch.ones(net.state_dict()[name].shape, dtype=torch.bool)
    faults = {
        "mask for zzz, which the net does not have": {name: mask, "zzz": mask},
        f"mask of {name} is torch.float32: masks are bool": {name: mask.float()},
        f"mask of {name} has shape": {name: mask.reshape(-1)},
    }
    for message, masks in faults.items():
        with pytest.raises(MaskError, match=message):
            check_fit(net.state_dict(), masks)
