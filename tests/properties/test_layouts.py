"""What a net's state looks like is told without the net, and is exactly what the net then has."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from supertickets.architecture import Architecture, ArchitectureError
from supertickets.detectors.families import miniature_classifier, miniature_detector
from supertickets.layouts import layout_of
from supertickets.supernet import CITYSCAPES, SupernetConfig
from supertickets.supernet.block import SearchingBlock
from tests.properties.small import TWO_BRANCHES
from tests.strategies import FEW, small_configs

pytestmark = pytest.mark.fast


def is_that_of_the_net(architecture: Architecture, shape: dict[str, Any]) -> None:
    with warnings.catch_warnings(action="ignore"):  # of layers without elements
        net = architecture.shaped(shape)
    state = net.state_dict()
    found = architecture.layout(shape)
    assert list(found.state) == list(state)
    assert found.state == {name: (value.dtype, tuple(value.shape)) for name, value in state.items()}
    assert found.parameters == dict(net.named_parameters(remove_duplicate=False)).keys()
    assert found == layout_of(net)


@FEW
@given(small_configs(), st.data())
def test_layouts_of_supernets_of_any_shape(config: SupernetConfig, data: st.DataObject) -> None:
    """Groups keep any number of their units, some of them none."""
    whole = config.shape(config.build(0))
    shape = {}
    for name, counts in whole.items():
        left = [data.draw(st.integers(0, count)) for count in counts]
        shape[name] = left if any(left) else []
    is_that_of_the_net(config, shape)
    is_that_of_the_net(config, whole)


@pytest.mark.slow  # loads torchvision
@pytest.mark.parametrize("architecture", [miniature_classifier(3), miniature_detector(3)])
def test_layouts_of_detectors(architecture: Architecture) -> None:
    is_that_of_the_net(architecture, {})


def test_a_layout_is_told_from_few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the paper's 61 blocks, 13 are different; and no weight is drawn."""
    made, begin = [], SearchingBlock.__init__

    def counted(self: SearchingBlock, *form: Any) -> None:
        made.append(form)
        begin(self, *form)

    monkeypatch.setattr(SearchingBlock, "__init__", counted)
    before = torch.get_rng_state()
    config = SupernetConfig(outputs=7, bn_eps=2e-3)  # of which nothing is known yet
    with pytest.raises(ArchitectureError, match=r"shape and net differ at head\.block"):
        config.layout({})
    assert len(made) == len(set(made)) == 13 and torch.equal(torch.get_rng_state(), before)
    assert CITYSCAPES.stages == config.stages


def test_a_shape_that_does_not_fit_is_refused_alike() -> None:
    shape = dict(TWO_BRANCHES.shape(TWO_BRANCHES.build(0)))
    shape["head.block"] = [1000, 1]
    for tell in (TWO_BRANCHES.shaped, TWO_BRANCHES.layout):
        with pytest.raises(ArchitectureError, match=r"shape of head.block is \[1000, 1\], the net has"):
            tell(shape)
