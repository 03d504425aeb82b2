"""Pruning by every criterion there is: exact counts over the named set, repeatable, and nothing else is touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from supertickets import criteria as package
from supertickets.architecture import PrunableSet
from supertickets.criteria import Candidates, CriterionError, criteria, criterion
from supertickets.freezing import StoredValue
from supertickets.masks import Counting, MaskError, Masks, pruned_count
from supertickets.pruning import Pruning, summed_gradients
from tests.properties.small import TWO_BRANCHES, copies, same_bits, scored, trainer
from tests.strategies import FEW, percentages

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]
CONFIG = replace(TWO_BRANCHES, tokens=3)
NET = CONFIG.build(4).eval()
BATCHES = trainer(CONFIG).batches


def weights_of(net: nn.Module, which: PrunableSet) -> dict[str, Tensor]:
    return {name: weight.detach() for name, weight in CONFIG.prunable(net, which).items()}


def masks_of(pruning: Pruning, percent: int, weights: dict[str, Tensor] | None = None, seed: int = 0) -> Masks:
    pruning = replace(pruning, gradient_batches=2)
    return pruning.masks(NET, weights or weights_of(NET, pruning.prunable), percent, BATCHES, seed)


def pruned(masks: Masks) -> int:
    return sum(int((~mask).sum()) for mask in masks.values())


def test_every_file_is_a_criterion() -> None:
    files = {path.stem for path in Path(package.__file__).parent.glob("[!_]*.py")}
    assert set(criteria()) == files >= {"magnitude", "random", "gradient"}


@pytest.mark.parametrize("name", criteria())
@FEW
@given(percent=percentages(), which=st.sampled_from(("blocks", "body", "convolutions", "all")))
def test_every_criterion_prunes_exactly_the_share_of_the_named_set(name: str, percent: int, which: PrunableSet) -> None:
    state = copies(NET.state_dict())
    masks = masks_of(Pruning(which, name), percent)
    weights = weights_of(NET, which)
    assert list(masks) == list(weights)
    assert all(mask.shape == weights[key].shape and mask.dtype == torch.bool for key, mask in masks.items())
    assert pruned(masks) == pruned_count(sum(mask.numel() for mask in masks.values()), percent)
    assert all(torch.equal(value, state[key]) for key, value in NET.state_dict().items()) and not NET.training
    assert all(parameter.grad is None for parameter in NET.parameters())
    again = masks_of(Pruning(which, name), percent)
    assert all(torch.equal(mask, again[key]) for key, mask in masks.items())
    more = masks_of(Pruning(which, name), max(percent, 90))
    assert not any((more[key] & ~mask).any() for key, mask in masks.items()), "masks of one net are nested"


@pytest.mark.parametrize("name", criteria())
def test_scores_are_not_negative_and_have_the_shapes_of_the_weights(name: str) -> None:
    weights = weights_of(NET, "all")
    scores = criterion(name)(Candidates(weights, lambda: {key: weight - 0.1 for key, weight in weights.items()}, 0))
    assert list(scores) == list(weights)
    assert all(score.shape == weights[key].shape and (score >= 0).all() for key, score in scores.items())


@pytest.mark.parametrize("name", criteria())
def test_only_chance_depends_on_the_seed(name: str) -> None:
    masks, other = (masks_of(Pruning("all", name), 50, seed=seed) for seed in (0, 1))
    assert all(torch.equal(mask, other[key]) for key, mask in masks.items()) == (name != "random")


def test_random_scores_ignore_weights_and_data_and_differ_between_layers() -> None:
    weights = {"a": torch.zeros(50), "b": torch.zeros(50), "c": torch.randn(3, 2)}
    other = {name: torch.ones_like(weight) for name, weight in weights.items()}
    first, second, third = scored("random", weights, 1), scored("random", other, 1), scored("random", weights, 2)
    assert list(first) == list(weights)
    for name, score in first.items():
        assert torch.equal(score, second[name]) and score.shape == weights[name].shape
        assert ((score >= 0) & (score < 1)).all() and not torch.equal(score, third[name])
    assert not torch.equal(first["a"], first["b"])


@pytest.mark.parametrize("name", [name for name in criteria() if name != "random"])
@FEW
@given(percent=percentages())
def test_a_threshold_prunes_all_ties_and_an_exact_count_some(name: str, percent: int) -> None:
    """Half of the weights have equal scores, 0: `threshold` prunes all of them as soon as it prunes one."""
    random = torch.Generator().manual_seed(0)
    weights = {
        key: weight.masked_fill(torch.rand(weight.shape, generator=random) < 0.5, 0.0)
        for key, weight in weights_of(NET, "body").items()
    }
    total = sum(weight.numel() for weight in weights.values())
    ties = sum(int((weight == 0).sum()) for weight in weights.values())
    asked = pruned_count(total, percent)
    exact, threshold = (
        masks_of(Pruning("body", name, counting=counting), percent, weights) for counting in ("exact", "threshold")
    )
    assert pruned(exact) == asked
    assert not any((threshold[key] & ~mask).any() for key, mask in exact.items())
    if 0 < asked <= ties:
        assert pruned(threshold) >= ties
        assert not any(mask[weights[key] == 0].any() for key, mask in threshold.items())
    if asked == 0:
        assert pruned(threshold) == 0


@pytest.mark.parametrize("counting", ["exact", "threshold"])
def test_training_counts_as_it_is_told(counting: Counting) -> None:
    training = trainer(CONFIG, pruning=Pruning("body", counting=counting))
    with torch.no_grad():
        for weight in CONFIG.prunable(training.net, "body").values():
            weight.fill_(0.5)
    total = sum(weight.numel() for weight in CONFIG.prunable(training.net, "body").values())
    training.prune(30)
    assert pruned(training.frozen.masks) == (pruned_count(total, 30) if counting == "exact" else total)


@pytest.mark.few
@pytest.mark.parametrize("name", criteria())
@pytest.mark.parametrize("which", ["blocks", "body", "convolutions", "all"])
def test_training_prunes_the_named_set_by_the_named_criterion(name: str, which: PrunableSet) -> None:
    training = trainer(CONFIG, pruning=Pruning(which, name, gradient_batches=2))
    before = copies(CONFIG.prunable(training.net, "all"))
    training.prune(60)
    live = CONFIG.prunable(training.net, "all")
    assert training.frozen.masks.keys() == CONFIG.prunable(training.net, which).keys()
    for key, weight in before.items():
        mask = training.frozen.masks.get(key, torch.ones_like(weight, dtype=torch.bool))
        assert same_bits(live[key].detach(), weight.masked_fill(~mask, 0.0)), key
    magnitude = trainer(CONFIG, pruning=Pruning(which))
    magnitude.prune(60)
    same = all(torch.equal(mask, magnitude.frozen.masks[key]) for key, mask in training.frozen.masks.items())
    assert same == (name == "magnitude")


@pytest.mark.parametrize("stored_value", ["kept", "zero"])
def test_a_pruned_weight_returns_when_its_stored_value_is_large_enough(stored_value: StoredValue) -> None:
    training = trainer(CONFIG, pruning=Pruning("body", stored_value=stored_value))
    training.prune(50)
    masks = copies(training.frozen.masks)
    with torch.no_grad():  # what was kept becomes small
        for name in masks:
            training.net.get_parameter(name).mul_(1e-9)
    training.prune(50)
    back = [mask & ~masks[name] for name, mask in training.frozen.masks.items()]
    assert any(mask.any() for mask in back) == (stored_value == "kept")


@pytest.mark.slow
@pytest.mark.parametrize("training", [True, False])
def test_gradients_leave_the_net_in_its_mode_and_are_sums_over_the_batches(training: bool) -> None:
    net = CONFIG.build(4).train(training)
    names = CONFIG.prunable(net, "body")
    state = copies(net.state_dict())
    two = summed_gradients(net, names, BATCHES, 2)
    one = summed_gradients(net, names, BATCHES, 1)
    assert net.training == training and all(torch.equal(value, state[key]) for key, value in net.state_dict().items())
    inputs, targets = BATCHES.batch(1)
    loss = BATCHES.task.loss(net.eval()(inputs), targets)
    for (key, weight), gradient in zip(names.items(), torch.autograd.grad(loss, list(names.values())), strict=True):
        assert weight.shape == two[key].shape
        torch.testing.assert_close(two[key], one[key] + gradient, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prunable", "everything"), ("counting", "treshold"), ("stored_value", "Kept"), ("gradient_batches", 0),
        ("gradient_batches", -1),
    ],
)  # fmt: skip
def test_pruning_that_makes_no_sense_is_refused(field: str, value: object) -> None:
    with pytest.raises(MaskError, match=f"{field} is {value!r}: (choose|give)"):
        Pruning(**{field: value})  # type: ignore[arg-type]


def test_an_unknown_criterion_is_refused_with_those_there_are() -> None:
    for choose in (criterion, lambda name: Pruning(criterion=name)):
        with pytest.raises(CriterionError, match="criterion is 'luck': choose gradient, magnitude, random"):
            choose("luck")
