"""One-shot pruning (S+P) against a sort in plain Python over the weights it may compare."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from supertickets.architecture import PrunableSet
from supertickets.batches import Batches
from supertickets.masks import MaskError
from supertickets.one_shot import pruned_once
from supertickets.pruning import Pruning, summed_gradients
from supertickets.searching import remove_units
from supertickets.ticket import Ticket
from tests.properties.small import TWO_BRANCHES, randomise, trainer

pytestmark = pytest.mark.fast
CONFIG = replace(TWO_BRANCHES, tokens=3)


def subnet() -> tuple[Ticket, Batches]:
    """A searched net with statistics of its own, and training batches."""
    net = CONFIG.build(2)
    randomise(net, 2)
    remove_units(net, {"stages.0.paths.0.0": torch.tensor([0, 3, 4, 9])})
    return Ticket.of(CONFIG, net, {}), trainer(CONFIG).batches


def compared(ticket: Ticket, which: PrunableSet) -> list[str]:
    """Names in definition order.

    Blocks are expand, depthwise and project; then come stem and shortcuts; then the classifier and convolutions of
    transformers; then linear layers.
    """
    names = []
    for name, weight in ticket.weights.items():
        transformer = ".transformer." in name
        block = not transformer and any(part in name for part in (".expand.", ".depthwise.weights", ".project."))
        body = block or name.startswith("stem") or ".shortcut." in name
        convolution = body or weight.dim() == 4
        matrix = convolution or (weight.dim() == 2 and not name.endswith("queries"))
        if weight.dim() > 1 and {"blocks": block, "body": body, "convolutions": convolution, "all": matrix}[which]:
            names.append(name)
    return names


def lowest(scores: dict[str, Tensor], percent: int) -> set[tuple[str, int]]:
    """The round(p n) elements of lowest score; sorting is stable, so ties go by position."""
    listed = [(value, name, i) for name, s in scores.items() for i, value in enumerate(s.reshape(-1).tolist())]
    order = sorted(listed, key=lambda entry: entry[0])
    return {(name, i) for _, name, i in order[: round(len(order) * percent / 100)]}


@pytest.mark.few
@pytest.mark.parametrize("which", ["blocks", "body", "convolutions", "all"])
@pytest.mark.parametrize(
    ("criterion", "percent"), [("magnitude", 0), ("magnitude", 37), ("magnitude", 90), ("random", 37), ("gradient", 90)]
)
@pytest.mark.filterwarnings("ignore:one-shot pruning")
def test_the_lowest_of_the_compared_weights_go_and_nothing_else_changes(
    which: PrunableSet, criterion: str, percent: int
) -> None:
    before, batches = subnet()
    names = compared(before, which)
    if criterion == "magnitude":
        scores = {name: before.weights[name].abs() for name in names}
    elif criterion == "random":
        stream = torch.Generator().manual_seed(batches.seed)
        scores = {name: torch.rand(before.weights[name].shape, generator=stream) for name in names}
    else:
        net = before.net().to(memory_format=torch.channels_last)
        sums = summed_gradients(net, {name: before.weights[name] for name in names}, batches, 2)
        scores = {name: (before.weights[name] * sums[name]).abs() for name in names}
    expected = lowest(scores, percent)
    after = pruned_once(before, Pruning(which, criterion, gradient_batches=2), percent, batches)
    assert list(after.masks) == names
    pruned = {(name, i) for name, mask in after.masks.items() for i in (~mask).reshape(-1).nonzero().flatten().tolist()}
    assert pruned == expected
    assert after.architecture == before.architecture and after.shape == before.shape
    for name, value in before.weights.items():
        kept = after.masks.get(name, torch.ones_like(value, dtype=torch.bool))
        assert torch.equal(after.weights[name], value.masked_fill(~kept, 0.0)), name
    assert before.masks == {} and all(before.weights[name].any() for name in names), "the subnet itself stays whole"


def test_emptied_layers_are_reported() -> None:
    before, batches = subnet()
    before.weights["head.classifier.weight"].mul_(1e-6)
    with pytest.warns(UserWarning, match=r"magnitude to 50 %: no signal passes, because nothing is kept of head"):
        pruned_once(before, Pruning("convolutions"), 50, batches)


@pytest.mark.parametrize("percent", [-1, 100, 0.9])
def test_what_is_no_sparsity_is_refused(percent: int) -> None:
    before, batches = subnet()
    with pytest.raises(MaskError, match="whole percent"):
        pruned_once(before, Pruning(), percent, batches)
