"""Removing search units: the function stays, survivors keep everything they have, the dead leave no trace."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from supertickets.architecture import ArchitectureError
from supertickets.costs import cost
from supertickets.masks import check_fit
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import remove_units, shape_of
from supertickets.supernet import Supernet, SupernetConfig
from supertickets.supernet.block import SearchingBlock
from supertickets.units import unit_groups
from tests.properties.removal import choose_survivors, indexed_by_hand
from tests.properties.small import TINY, TWO_BRANCHES, randomise, trainer
from tests.strategies import FEW, OPTIMIZERS, small_configs

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]
IMAGE = (32, 32)


def block_survivors(net: nn.Module, seed: int) -> dict[str, Tensor]:
    """Like `choose_survivors`, for channels alone, and at least one channel stays."""
    found = {name: keep for name, keep in choose_survivors(net, seed).items() if not name.endswith("transformer")}
    return {name: keep if len(keep) else torch.tensor([0]) for name, keep in found.items()}


def kill(net: Supernet, survivors: dict[str, Tensor], shift: bool) -> None:
    """Zero the scale of all channels that do not survive, and unless `shift`, their shift."""
    for name, keep in survivors.items():
        norm = net.get_submodule(name).depthwise_bn
        gone = torch.ones(norm.num_features, dtype=torch.bool)
        gone[keep] = False
        with torch.no_grad():
            norm.weight[gone] = 0
            if not shift:
                norm.bias[gone] = 0


def outputs(net: nn.Module, train: bool) -> Tensor:
    """Outputs in train or eval mode, and in eval mode after that, so that running statistics are seen too."""
    inputs = torch.randn(3, 3, *IMAGE, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    net = deepcopy(net).train(train)
    return torch.stack([net(inputs), net.eval()(inputs)])


def alive_net(config: SupernetConfig, seed: int) -> Supernet:
    net = config.build(seed).double()
    randomise(net, seed)
    return net


@pytest.mark.slow
@FEW
@given(small_configs(), st.integers(0, 10**6))
def test_channels_without_scale_and_shift_do_not_matter_and_cost_less(config: SupernetConfig, seed: int) -> None:
    train = not config.tokens and config.head_kind == "dense"  # the others draw dropout anew in train mode
    net = alive_net(config, seed)
    survivors = block_survivors(net, seed)
    kill(net, survivors, shift=False)
    before, macs = outputs(net, train), cost(deepcopy(net).float(), IMAGE).macs_dense
    remove_units(net, survivors)
    torch.testing.assert_close(outputs(net, train), before, rtol=1e-9, atol=1e-9)
    assert cost(net.float(), IMAGE).macs_dense < macs or not survivors


@FEW
@given(st.integers(0, 10**6), st.booleans())
def test_removing_live_channels_does_matter(seed: int, train: bool) -> None:
    net = alive_net(TWO_BRANCHES, seed)
    before = outputs(net, train)
    remove_units(net, {"head.block": torch.tensor([0])})
    assert not torch.allclose(outputs(net, train), before, atol=1e-6)


@pytest.mark.slow
@FEW
@given(small_configs(), st.integers(0, 10**6))
def test_correcting_the_shift_is_exact_in_eval_mode(config: SupernetConfig, seed: int) -> None:
    net = alive_net(config, seed)
    survivors = block_survivors(net, seed)
    kill(net, survivors, shift=True)
    before = outputs(net, train=False)
    remove_units(net, survivors, correct_shift=True)
    torch.testing.assert_close(outputs(net, train=False), before, rtol=1e-9, atol=1e-9)


def test_without_the_correction_a_shift_is_lost() -> None:
    net = alive_net(TINY, 0)
    survivors = {"head.block": torch.tensor([0])}
    kill(net, survivors, shift=True)
    before = outputs(net, train=False)
    remove_units(net, survivors)
    assert not torch.allclose(outputs(net, train=False), before, atol=1e-6)


@pytest.mark.slow
@FEW
@given(small_configs(), st.integers(0, 10**6))
def test_the_macs_saved_are_those_the_penalty_charges(config: SupernetConfig, seed: int) -> None:
    """Channels cost the same one by one; a token's price also falls with every token that goes."""
    net = config.build(seed)
    sizes: dict[str, tuple[int, int]] = {}
    for name, group in unit_groups(net).items():
        group.register_forward_hook(lambda _, args, __, name=name: sizes.update({name: args[0].shape[2:]}))
    net.eval()(torch.zeros(1, 3, *IMAGE))
    expected, before = 0.0, cost(net, IMAGE).macs_dense
    for name, keep in choose_survivors(net, seed).items():
        group = unit_groups(net)[name]
        for unit in sorted(set(range(group.units)) - set(keep.tolist()), reverse=True):
            expected += float(group.macs_per_unit(sizes[name])[unit])
            others = [other for other in range(group.units) if other != unit]
            remove_units(net, {name: torch.tensor(others, dtype=torch.int64)})
    assert before - cost(net, IMAGE).macs_dense == expected


@pytest.mark.parametrize(("inputs", "stride", "tokens"), [(4, 1, 0), (4, 1, 3), (6, 1, 0), (4, 2, 0)])
def test_a_block_without_units_is_its_residual(inputs: int, stride: int, tokens: int) -> None:
    config = SupernetConfig(outputs=1, tokens=tokens, token_grid=2)
    net = nn.Sequential(SearchingBlock(inputs, 4, stride, config))
    for parameter in net.parameters():
        nn.init.normal_(parameter, generator=torch.Generator().manual_seed(0))
    block, x = net[0].eval(), torch.randn(2, inputs, 9, 7)
    residual = x if block.transformer is None and block.shortcut is None else (block.transformer or block.shortcut)(x)
    assert not torch.equal(net(x), residual)
    remove_units(net, {"0": torch.zeros(0, dtype=torch.long)})
    assert torch.equal(net(x), residual)
    assert block.units == 0 and block.scale is None
    left = {name.split(".")[1] for name, _ in net.named_parameters()}
    assert left == ({"transformer"} if tokens else {"shortcut"} if stride == 2 or inputs != 4 else set())


def test_a_transformer_without_tokens_is_the_identity() -> None:
    config = SupernetConfig(outputs=1, tokens=3, token_grid=2)
    net = nn.Sequential(SearchingBlock(4, 4, 1, config))
    remove_units(net, {"0": torch.arange(0), "0.transformer": torch.zeros(0, dtype=torch.long)})
    x = torch.randn(2, 4, 5, 5)
    assert torch.equal(net(x), x) and not list(net.parameters())


def belongings(training: SearchTrainer) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Everything that is named like parameters of the net."""
    yield "net", dict(training.net.state_dict())
    yield "masks", training.frozen.masks
    yield "stash", training.frozen.stash
    yield "average_stash", training.frozen.average_stash
    yield "averages", training.averages.values if training.averages else {}
    yield from training.states.states.items()
    states = {name: training.optimizer.state.get(parameter, {}) for name, parameter in training.net.named_parameters()}
    for key in sorted({key for state in states.values() for key in state} - {"step"}):
        yield key, {name: state[key] for name, state in states.items() if key in state}


def assert_survivors_keep_everything(training: SearchTrainer, seed: int) -> None:
    survivors = choose_survivors(training.net, seed)
    kinds = {
        kind: indexed_by_hand({name: value.clone() for name, value in tensors.items()}, training.net, survivors)
        for kind, tensors in belongings(training)
    }
    remove_units(training.net, survivors, training.followers())
    training.frozen.forget_missing()
    found = dict(belongings(training))
    assert found.keys() == kinds.keys()
    for kind, indexed in kinds.items():
        maskable = kind in ("masks", "stash", "average_stash")  # a kernel path without channels has no weight to mask
        expected = {name: value for name, value in indexed.items() if value.numel() or not maskable}
        assert found[kind].keys() == expected.keys(), kind
        for name, value in expected.items():
            assert torch.equal(found[kind][name], value), (kind, name)
    parameters = list(training.net.parameters())
    held = [parameter for group in training.optimizer.param_groups for parameter in group["params"]]
    assert {id(parameter) for parameter in held} == {id(parameter) for parameter in parameters}
    assert {id(parameter) for parameter in training.optimizer.state} <= {id(parameter) for parameter in parameters}
    check_fit(training.net.state_dict(), training.frozen.masks)


@pytest.mark.few
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("reactivated", ["nothing", "blocks", "everything"])
def test_survivors_keep_everything(optimizer: str, reactivated: str) -> None:
    config = replace(TWO_BRANCHES, tokens=3)
    optimization = Optimization(optimizer, lr=0.01, l2=1e-2, averaged=True)  # type: ignore[arg-type]
    training = trainer(config, optimization, pruning=Pruning("all"))
    training.train_epoch(1)
    training.keep_state("earlier")
    training.prune(60)
    if reactivated != "nothing":
        training.reactivate(everything=reactivated == "everything")
    training.train_epoch(2)
    for seed in (11, 12):
        assert_survivors_keep_everything(training, seed)
    assert any(not group.units for _, group in all_groups(training.net)), "no group died: choose other seeds"
    training.penalty.refresh(training.net)
    training.train_epoch(3)  # and training goes on


def all_groups(net: nn.Module) -> list[tuple[str, SearchingBlock]]:
    return [(name, module) for name, module in net.named_modules() if isinstance(module, SearchingBlock)]


@FEW
@given(small_configs(), st.integers(0, 10**6))
def test_survivors_keep_everything_in_any_net(config: SupernetConfig, seed: int) -> None:
    training = trainer(config, Optimization("adamw", lr=0.01, averaged=True), pruning=Pruning("all"))
    training.keep_state("earlier")
    training.prune(60)
    assert_survivors_keep_everything(training, seed)


@pytest.mark.slow
@FEW
@given(small_configs(), st.integers(0, 10**6))
def test_a_shape_is_rebuilt(config: SupernetConfig, seed: int) -> None:
    net = config.build(seed)
    remove_units(net, choose_survivors(net, seed))
    again = config.shaped(shape_of(net))
    assert [(name, p.shape) for name, p in again.named_parameters()] == [
        (n, p.shape) for n, p in net.named_parameters()
    ]
    again.load_state_dict(net.state_dict())
    inputs = torch.randn(2, 3, *IMAGE)
    assert torch.equal(again.eval()(inputs), net.eval()(inputs))
    assert shape_of(again) == shape_of(net)


def test_a_shape_of_another_supernet_is_refused() -> None:
    shape = shape_of(TINY.build(0))
    with pytest.raises(ArchitectureError, match=r"shape and net differ at .*: the ticket belongs to another"):
        TWO_BRANCHES.shaped(shape)
    name = next(iter(shape))
    for wrong in ([9, 8], [8], [8, 8, 8]):
        with pytest.raises(ArchitectureError, match=rf"shape of {name} is .*, the net has \[8, 8\]"):
            TINY.shaped({**shape, name: wrong})


def test_masks_follow_the_weights_into_the_ticket() -> None:
    training = trainer(TWO_BRANCHES)
    training.prune(50)
    remove_units(training.net, choose_survivors(training.net, 3), training.followers())
    training.frozen.forget_missing()
    ticket = training.ticket()
    weights = TWO_BRANCHES.prunable(ticket.net(), "body")
    assert ticket.masks.keys() == weights.keys()
    assert all(torch.equal(weight != 0, ticket.masks[name]) for name, weight in weights.items())


def test_masks_of_a_kernel_size_that_loses_all_units_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    training = trainer(TWO_BRANCHES)
    training.prune(50)
    name, group = next(iter(unit_groups(training.net).items()))
    first, *others = group.shape()
    left = torch.arange(first, first + sum(others))
    monkeypatch.setattr(training, "_survivors", lambda _below: {name: left})
    assert training.remove_units(0.001) == first > 0
    alive = {key for key, weight in training.net.named_parameters() if weight.numel()}
    assert training.frozen.masks.keys() <= alive
