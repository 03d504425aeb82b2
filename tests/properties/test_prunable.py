"""Named sets of weights that are compared and pruned: each is part of the next, by rules written down another way."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from supertickets.architecture import PrunableSet
from supertickets.searching import remove_units
from supertickets.supernet import SupernetConfig
from tests.properties.removal import choose_survivors
from tests.properties.small import TINY
from tests.strategies import FEW, small_configs

pytestmark = pytest.mark.fast
SETS: tuple[PrunableSet, ...] = ("blocks", "body", "convolutions", "all")
PATHS = (".expand.weight", ".project.weight", ".depthwise.weights.")


def by_name_and_dimension(net: nn.Module, which: PrunableSet) -> list[str]:
    """Filters have four dimensions, matrices two; learned queries are no weights of a product."""
    parameters = {name: parameter for name, parameter in net.named_parameters() if parameter.numel()}
    filters = [name for name, parameter in parameters.items() if parameter.dim() == 4]
    if which == "all":
        return [name for name, weight in parameters.items() if weight.dim() in (2, 4) and "queries" not in name]
    if which == "convolutions":
        return filters
    if which == "body":
        return [name for name in filters if ".transformer." not in name and not name.startswith("head.classifier")]
    return [name for name in filters if any(part in name for part in PATHS)]


@FEW
@given(small_configs(), st.integers(0, 10**6), st.booleans())
def test_each_set_is_what_its_name_says_and_part_of_the_next(config: SupernetConfig, seed: int, searched: bool) -> None:
    net = config.build(seed)
    if searched:  # whole kernel paths and blocks are gone
        remove_units(net, choose_survivors(net, seed))
    found = {which: config.prunable(net, which) for which in SETS}
    for which, weights in found.items():
        assert sorted(weights) == sorted(by_name_and_dimension(net, which)), which
        in_net = dict(net.named_parameters())
        assert all(weight is in_net[name] for name, weight in weights.items())
        assert list(weights) == [name for name in found["all"] if name in weights], "in one order"
    for smaller, larger in pairwise(SETS):
        assert found[smaller].keys() <= found[larger].keys()


def test_a_kernel_path_without_channels_has_no_weight() -> None:
    net = TINY.build(0)
    remove_units(net, {"head.block": torch.arange(8, 16)})  # the second path is left
    for which in SETS:
        names = [name for name in TINY.prunable(net, which) if name.startswith("head.block.depthwise")]
        assert names == ["head.block.depthwise.weights.1"]


def test_no_two_sets_are_equal_where_there_are_transformers() -> None:
    config = SupernetConfig(outputs=3, stem=(4, 4), tokens=4, token_grid=2, last_channels=6)
    net = config.build(0)
    sizes = [sum(weight.numel() for weight in config.prunable(net, which).values()) for which in SETS]
    assert sizes == sorted(set(sizes))


@pytest.mark.slow
@pytest.mark.parametrize("head_kind", ["dense", "classification"])
def test_the_body_spares_classifier_and_transformers(head_kind: str) -> None:
    config = SupernetConfig(outputs=3, head_kind=head_kind, stem=(4, 4), tokens=4, token_grid=2, last_channels=6)  # type: ignore[arg-type]
    net = config.build(0)
    body, everything = (config.prunable(net, which) for which in ("body", "all"))
    spared = everything.keys() - body.keys()
    assert all(name == "head.classifier.weight" or ".transformer." in name for name in spared)
    assert {
        "stem.0.0.weight",
        "stages.0.paths.0.0.shortcut.weight",
    } <= body.keys() and "head.classifier.weight" in spared
    assert {name.rpartition(".transformer.")[2] for name in spared} >= {
        "to_tokens.weight", "from_tokens.weight", "encoder.attention.in_proj.weight", "decoder.narrow.weight",
    }  # fmt: skip
    linear = {f"{name}.weight" for name, module in net.named_modules() if isinstance(module, nn.Linear)}
    assert linear == everything.keys() - config.prunable(net, "convolutions").keys() and linear
