"""Ticket files: the same bytes for the same ticket, the same ticket back, and clear words for anything else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

from supertickets.architecture import ArchitectureError, PrunableSet
from supertickets.batches import Batches
from supertickets.costs import cost
from supertickets.criteria import criteria
from supertickets.disk import write_dense
from supertickets.masks import MaskError, global_masks, pruned_count
from supertickets.one_shot import pruned_once
from supertickets.pruning import Pruning
from supertickets.searching import remove_units
from supertickets.supernet import CITYSCAPES, Supernet, SupernetConfig, SupernetError
from supertickets.ticket import Ticket, TicketError
from supertickets.units import unit_groups
from tests.properties.small import TINY, TWO_BRANCHES, randomise, scored, trainer
from tests.strategies import FEW, percentages, small_configs

pytestmark = pytest.mark.fast


def searched(config: SupernetConfig, seed: int) -> Supernet:
    """A net whose groups have lost half of their units, and some all."""
    net = config.build(seed)
    randomise(net, seed)
    groups = unit_groups(net)
    remove_units(
        net, {name: torch.arange((seed + i) % 3 * group.units // 3) for i, (name, group) in enumerate(groups.items())}
    )
    return net


def ticket_of(config: SupernetConfig, seed: int, percent: int, which: PrunableSet = "all") -> tuple[Supernet, Ticket]:
    net = searched(config, seed)
    weights = {name: weight.detach() for name, weight in config.prunable(net, which).items()}
    return net, Ticket.of(config, net, global_masks(scored("magnitude", weights), percent))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tickets") / "ticket.safetensors"


@FEW
@given(config=small_configs(), seed=st.integers(0, 10**6), percent=percentages())
def test_a_ticket_survives_its_file(path: Path, config: SupernetConfig, seed: int, percent: int) -> None:
    _, ticket = ticket_of(config, seed, percent)
    path.write_bytes(ticket.to_bytes())
    again = Ticket.load(path)
    assert again.architecture == ticket.architecture == config and again.shape == ticket.shape
    assert again.to_bytes() == ticket.to_bytes()
    assert again.masks.keys() == ticket.masks.keys() and again.weights.keys() == ticket.weights.keys()
    inputs = torch.randn(1, 3, 32, 32)
    assert torch.equal(again.net().eval()(inputs), ticket.net().eval()(inputs))


SETS = st.sampled_from(("blocks", "body", "convolutions", "all"))


@FEW
@given(small_configs(), st.integers(0, 10**6), percentages(), SETS)
def test_a_ticket_is_a_masked_copy(config: SupernetConfig, seed: int, percent: int, which: PrunableSet) -> None:
    net, ticket = ticket_of(config, seed, percent, which)
    assert ticket.masks.keys() == config.prunable(net, which).keys()
    for name, value in net.state_dict().items():
        expected = torch.where(ticket.masks[name], value, 0.0) if name in ticket.masks else value
        assert torch.equal(ticket.weights[name], expected)
    before = ticket.to_bytes()
    for parameter in net.parameters():
        parameter.detach().add_(1.0)
    for mask in ticket.masks.values():
        assert mask.dtype == torch.bool
    assert ticket.to_bytes() == before, "a copy does not follow the net"


@pytest.mark.slow
@FEW
@given(small_configs(), st.integers(0, 10**6), percentages())
def test_its_counts_are_those_of_its_masks(config: SupernetConfig, seed: int, percent: int) -> None:
    net, ticket = ticket_of(config, seed, percent)
    kept = torch.cat([mask.flatten() for mask in ticket.masks.values()])
    assert ticket.sparsity == pytest.approx(float((~kept).double().mean()), abs=1e-12)
    counted = cost(ticket.net(), (32, 32), ticket.masks)
    assert counted.params_total == sum(parameter.numel() for parameter in net.parameters())
    assert counted.params_total - counted.params_nonzero == int((~kept).sum())


def test_averages_take_the_place_of_weights_and_are_masked_too() -> None:
    net, plain = ticket_of(TINY, 2, 50)
    other = {"stem.0.0.weight": torch.ones_like(net.stem[0][0].weight)}
    ticket = Ticket.of(TINY, net, plain.masks, other)
    assert torch.equal(ticket.weights["stem.0.0.weight"], plain.masks["stem.0.0.weight"].float())
    assert torch.equal(ticket.weights["stem.1.0.weight"], plain.weights["stem.1.0.weight"])


def test_files_that_are_no_tickets_are_refused(tmp_path: Path) -> None:
    _, ticket = ticket_of(TINY, 0, 50)
    whole, path = ticket.to_bytes(), tmp_path / "t.safetensors"
    with pytest.raises(TicketError, match=r"no ticket file .*t\.safetensors; check the path"):
        Ticket.load(path)
    for broken in (b"", whole[:100], whole[:-10]):
        path.write_bytes(broken)
        with pytest.raises(TicketError, match=r"cannot read ticket .*t\.safetensors.*it is damaged or no ticket"):
            Ticket.load(path)
    path.write_bytes(save({"weights/a": torch.ones(1)}))
    with pytest.raises(TicketError, match="is no ticket of this version"):
        Ticket.load(path)


def test_masks_of_another_net_make_no_ticket() -> None:
    net = TINY.build(0)
    name, weight = next(iter(TINY.prunable(net, "all").items()))
    with pytest.raises(MaskError, match=rf"mask of {re.escape(name)} has shape"):
        Ticket.of(TINY, net, {name: torch.ones(weight.shape[0], 1, 1, 1, dtype=torch.bool)})
    with pytest.raises(MaskError, match="mask for other, which the net does not have"):
        Ticket.of(TINY, net, {"other": torch.ones(1, dtype=torch.bool)})


def test_parts_that_do_not_fit_are_refused() -> None:
    _, ticket = ticket_of(TINY, 2, 50)
    fewer = {name: value for name, value in ticket.weights.items() if name != "stem.0.0.weight"}
    with pytest.raises(TicketError, match="weights do not fit the ticket's architecture"):
        Ticket(ticket.architecture, ticket.shape, fewer, ticket.masks).net()
    with pytest.raises(ArchitectureError, match="shape and net differ"):
        Ticket(TWO_BRANCHES, ticket.shape, ticket.weights, ticket.masks).net()
    masks = {**ticket.masks, "stem.0.0.weight": torch.ones(1, dtype=torch.bool)}
    with pytest.raises(MaskError, match=r"mask of stem\.0\.0\.weight has shape"):
        Ticket(ticket.architecture, ticket.shape, ticket.weights, masks).net()
    with pytest.raises(SupernetError, match="field 'wings' of the supernet is unknown to this version"):
        SupernetConfig.from_values({"wings": 2})


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ('"kind": "supernet"', '"kind": "subspace"', "architecture 'subspace' is none of rcnn, resnet, supernet"),
        ('"outputs"', '"outlets"', "field 'outlets' of the supernet is unknown"),
        ('"token_grid": 2', '"token_grid": 1', "token_grid is 1: give the side of a grid"),
    ],
)  # fmt: skip
def test_architectures_of_another_version_are_refused_by_the_name_of_the_file(
    path: Path, written: str, instead: str, message: str
) -> None:
    _, ticket = ticket_of(TINY, 0, 50)
    image, old, new = ticket.to_bytes(), *(json.dumps(text)[1:-1].encode() for text in (written, instead))
    assert image.count(old) == 1 and len(old) == len(new)
    path.write_bytes(image.replace(old, new))
    with pytest.raises(TicketError, match=rf"ticket\.safetensors: .*{message}"):
        Ticket.load(path)


@pytest.mark.few
@pytest.mark.filterwarnings("ignore:one-shot pruning by .*nothing is kept")
@pytest.mark.parametrize("criterion", criteria())
@pytest.mark.parametrize("which", ["blocks", "convolutions"])
def test_search_then_prune_prunes_once_and_changes_nothing_else(criterion: str, which: PrunableSet) -> None:
    net = searched(TWO_BRANCHES, 4)
    subnet, pruning = Ticket.of(TWO_BRANCHES, net, {}), Pruning(which, criterion, gradient_batches=2)

    def pruned(seed: int) -> Ticket:
        batches = trainer(TWO_BRANCHES).batches
        batches = Batches(batches.task, batches.samples, batches.recipe, seed, batches.device)
        return pruned_once(subnet, pruning, 60, batches)

    ticket = pruned(0)
    kept = torch.cat([mask.flatten() for mask in ticket.masks.values()])
    assert int((~kept).sum()) == pruned_count(len(kept), 60)
    assert ticket.masks.keys() == TWO_BRANCHES.prunable(net, which).keys()
    for name, value in subnet.weights.items():
        expected = value.masked_fill(~ticket.masks[name], 0.0) if name in ticket.masks else value
        assert torch.equal(ticket.weights[name], expected), name
    assert pruned(0).to_bytes() == ticket.to_bytes()
    assert (pruned(1).to_bytes() == ticket.to_bytes()) == (criterion == "magnitude"), "others depend on the seed"


@pytest.mark.slow
def test_nine_tenths_of_zeros_take_a_sixth_of_the_dense_file(path: Path) -> None:
    """Of the supernet of the paper's size; the rest are the kept weights, their places and BatchNorms."""
    net = CITYSCAPES.build(0)
    scores = {name: weight.detach().abs() for name, weight in CITYSCAPES.prunable(net, "all").items()}
    ticket = Ticket.of(CITYSCAPES, net, global_masks(scores, 90))
    dense, sparse = write_dense(ticket.weights, path), path.write_bytes(ticket.to_bytes())
    assert sparse <= dense / 6
    assert all(torch.equal(value, ticket.weights[name]) for name, value in Ticket.load(path).weights.items())
    weights, masks = (sum(value.nbytes for value in held.values()) for held in (ticket.weights, ticket.masks))
    assert sparse <= 0.14 * (weights + masks)


def test_where_it_comes_from_is_kept_and_bounded(tmp_path: Path) -> None:
    net = TINY.build(0)
    ticket = replace(Ticket.of(TINY, net, {}), provenance={"seed": "3", "data": "é"})
    path = tmp_path / "ticket.safetensors"
    path.write_bytes(ticket.to_bytes())
    assert Ticket.load(path).provenance == {"seed": "3", "data": "é"}
    assert replace(ticket, provenance={}).to_bytes() == Ticket.of(TINY, net, {}).to_bytes()
    for odd in ({"a": "x" * 257}, {"a": 1}, {str(number): "" for number in range(33)}):
        with pytest.raises(TicketError, match="its provenance is not at most 32 texts by name"):
            replace(ticket, provenance=odd).to_bytes()
    image = ticket.to_bytes().replace(b'\\"seed\\": \\"3\\"', b'\\"seed\\": [[3]]')
    path.write_bytes(image)
    with pytest.raises(TicketError, match="its provenance is not at most"):
        Ticket.load(path)
