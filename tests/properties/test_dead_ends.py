"""Layers of which nothing is kept: whether a path is left is decided by the mask alone, and told."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest
import torch
from torch import nn

from supertickets.architecture import Architecture
from supertickets.dead_ends import signal_passes, warn_of_emptied_layers
from supertickets.detectors import ResNet, miniature_detector
from supertickets.masks import Masks
from tests.properties.small import TINY, TWO_BRANCHES

pytestmark = pytest.mark.fast

CLASSES = replace(TWO_BRANCHES, head_kind="classification", branch_channels=(6, 8), last_channels=8)
TOKENS = replace(TINY, tokens=2, token_grid=4)
RESNET = ResNet(3, width=4)
DETECTOR = miniature_detector(2, predicts="box", width=4, pyramid_width=8, box_width=16)


def emptied(architecture: Architecture, *layers: str) -> tuple[nn.Module, Masks]:
    """A net, and masks that keep nothing of the weights whose names begin so, and all of the others."""
    net = architecture.build(0)
    masks = {
        name: torch.full(weight.shape, not name.startswith(layers), dtype=torch.bool)
        for name, weight in architecture.prunable(net, "all").items()
    }
    assert all(any(name.startswith(layer) for name in masks) for layer in layers)
    return net, masks


PATHS_LEFT: dict[str, tuple[Architecture, tuple[str, ...], bool]] = {
    "shortcut": (TWO_BRANCHES, ("head.block.shortcut",), True),
    "paths beside a shortcut": (TWO_BRANCHES, ("head.block.project",), True),
    "shortcut and paths": (TWO_BRANCHES, ("head.block.shortcut", "head.block.project"), False),
    "shortcut and what paths begin with": (TWO_BRANCHES, ("head.block.shortcut", "head.block.expand"), False),
    "shortcut and one size of kernels": (
        TWO_BRANCHES, ("head.block.shortcut", "head.block.depthwise.weights.1"), True
    ),
    "shortcut and all sizes": (TWO_BRANCHES, ("head.block.shortcut", "head.block.depthwise"), False),
    "a whole branch": (TWO_BRANCHES, ("stages.2.new_branch",), True),
    "one way down to the coarsest": (CLASSES, ("head.raises.0",), True),
    "both ways down": (CLASSES, ("head.raises.0", "head.raises.1"), False),
    "stem": (TINY, ("stem.1",), False),
    "classifier": (TINY, ("head.classifier",), False),
    "everything but the identity": (TINY, ("stages", "head.block"), True),
    "everything of transformers": (TOKENS, ("stages", "head.block"), True),
    "stem before transformers": (TOKENS, ("stem.0",), False),
    "paths of a ResNet": (RESNET, ("layer1.0.conv2",), True),
    "first layer of a ResNet": (RESNET, ("conv1",), False),
    "boxes of a detector": (DETECTOR, ("roi_heads.box_head",), True),
    "first layer of a detector": (DETECTOR, ("backbone.body.conv1",), False),
}  # fmt: skip
"""What nothing is kept of -> net, layers, and whether the answer still depends on the picture."""


BY_TORCHVISION = {case for case, (architecture, *_) in PATHS_LEFT.items() if architecture in (RESNET, DETECTOR)}
"""Slow, because they load it."""


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=(pytest.mark.slow,) * (case in BY_TORCHVISION)) for case in PATHS_LEFT]
)
def test_a_path_is_left_where_one_leads_around_what_is_empty(case: str) -> None:
    architecture, layers, left = PATHS_LEFT[case]
    net, masks = emptied(architecture, *layers)
    assert signal_passes(net, masks) is left
    said = "a dead end, because" if left else "no signal passes, because"
    with pytest.warns(UserWarning, match=rf"^epoch 3: {said} nothing is kept of .*; a lower sparsity keeps more$"):
        assert warn_of_emptied_layers(net, masks, "epoch 3") == sum(not mask.any() for mask in masks.values())


def test_values_and_activations_end_no_path() -> None:
    net, masks = emptied(TWO_BRANCHES, "head.block.shortcut")
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(-1.0)  # nothing would pass the first ReLU
    assert signal_passes(net, masks)


@pytest.mark.slow  # loads torchvision
def test_one_weight_of_each_layer_is_a_path() -> None:
    net, masks = emptied(RESNET)
    for name, mask in masks.items():
        mask[:] = False
        mask.flatten()[0] = True
        assert mask.any(), name
    assert signal_passes(net, masks)


def test_a_net_is_looked_at_and_stays_as_it_is() -> None:
    net, masks = emptied(TINY, "stem.1")
    net.train()
    before, random = {name: value.clone() for name, value in net.state_dict().items()}, torch.get_rng_state()
    assert not signal_passes(net, masks)
    assert net.training and torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_nothing_is_said_where_something_is_kept_of_all() -> None:
    net, masks = emptied(TINY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert warn_of_emptied_layers(net, masks, "epoch 3") == 0
