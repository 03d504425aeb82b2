"""SNIP scores against autograd with respect to an explicit mask; random scores against their generator."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from supertickets.architecture import PrunableSet
from supertickets.batches import Batches
from supertickets.criteria import Candidates, criterion
from supertickets.masks import MaskError, global_masks
from supertickets.pruning import Pruning, summed_gradients
from supertickets.recipe import Recipe
from supertickets.supernet import SupernetConfig
from supertickets.tasks import Augmentation, LabelledImages
from tests.properties.small import images, randomise, trainer
from tests.strategies import FEW, percentages, small_configs

pytestmark = pytest.mark.fast
SETS = st.sampled_from(("blocks", "body", "convolutions", "all"))


class Softplus:
    """A task for any head, without rounding to speak of."""

    def check(self, samples: LabelledImages) -> None:
        """Labels are not looked at."""

    def batch(self, part: LabelledImages, *_: Any) -> tuple[Tensor, None]:
        return part.images.double() / 255, None

    def loss(self, outputs: Tensor, _: None) -> Tensor:
        return F.softplus(outputs).mean()


def batches_of(seed: int) -> Batches:
    recipe = Recipe((32, 32), 2, 1, augmentation=Augmentation())
    return Batches(Softplus(), images(7, 32), recipe, seed, torch.device("cpu"))  # type: ignore[arg-type]


def by_autograd(net: nn.Module, names: list[str], batches: Batches, count: int) -> dict[str, Tensor]:
    """|d loss / d mask| of a net that multiplies its weights by masks of ones, summed over batches."""
    state = {name: value.detach() for name, value in net.state_dict().items()}
    masks = {name: torch.ones_like(state[name]).requires_grad_() for name in names}
    masked = {**state, **{name: state[name] * mask for name, mask in masks.items()}}
    total = torch.zeros((), dtype=torch.float64)
    for step in range(count):
        inputs, _ = batches.batch(step)
        total = total + F.softplus(torch.func.functional_call(net, masked, (inputs,))).mean()
    return dict(zip(names, (g.abs() for g in torch.autograd.grad(total, list(masks.values()))), strict=True))


@FEW
@given(small_configs(), SETS, st.integers(1, 3), percentages(), st.integers(0, 10**6))
def test_scores_are_gradients_of_the_mask(
    config: SupernetConfig, which: PrunableSet, count: int, percent: int, seed: int
) -> None:
    net, batches = config.build(seed).double().eval(), batches_of(seed)
    randomise(net, seed)
    weights = {name: weight.detach() for name, weight in config.prunable(net, which).items()}
    expected = by_autograd(net, list(weights), batches, count)
    given = Candidates(weights, lambda: summed_gradients(net, weights, batches, count), 0)
    found = criterion("gradient")(given)
    assert list(found) == list(expected)
    for name, score in found.items():
        torch.testing.assert_close(score, expected[name], rtol=1e-9, atol=1e-15)
    assert any(score.any() for score in found.values())
    masks = Pruning(which, "gradient", gradient_batches=count).masks(net, weights, percent, batches, 0)
    assert all(torch.equal(mask, global_masks(found, percent)[name]) for name, mask in masks.items())


def test_gradients_are_those_of_the_net_as_it_is_used() -> None:
    """Running statistics and no dropout, whatever mode the net is in; nothing about it changes."""
    run = trainer()
    randomise(run.net)
    names = run.architecture.prunable(run.net, "all")
    before = {name: value.clone() for name, value in run.net.state_dict().items()}
    expected = summed_gradients(run.net.eval(), names, run.batches, 2)
    found = summed_gradients(run.net.train(), names, run.batches, 2)
    assert run.net.training and all(parameter.grad is None for parameter in run.net.parameters())
    assert all(torch.equal(found[name], expected[name]) for name in names)
    assert all(torch.equal(value, before[name]) for name, value in run.net.state_dict().items())


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(0, 10**6))
def test_random_scores_are_one_stream_over_the_layers(sizes: list[int], seed: int) -> None:
    def gradients() -> dict[str, Tensor]:
        raise AssertionError("chance needs no gradient")

    weights = {str(number): torch.zeros(size, 3) for number, size in enumerate(sizes)}
    random = torch.Generator().manual_seed(seed)
    found = criterion("random")(Candidates(weights, gradients, seed))
    assert all(torch.equal(found[name], torch.rand(w.shape, generator=random)) for name, w in weights.items())


def test_without_batches_there_is_no_gradient() -> None:
    with pytest.raises(MaskError, match="gradient_batches is 0: give a positive whole number"):
        Pruning(criterion="gradient", gradient_batches=0)
