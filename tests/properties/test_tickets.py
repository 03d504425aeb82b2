"""Ticket files: the same bytes for the same ticket, the same ticket back, and clear words for anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save
from supertickets.search import remove_units
from supertickets.search_then_prune import prune_subnet

from supertickets.costs import cost
from supertickets.criteria import magnitude_scores
from supertickets.masks import MaskError, global_masks, prunable
from supertickets.supernet import Supernet, SupernetConfig, SupernetError, build, unit_groups
from supertickets.tasks.segmentation import Segmentation
from supertickets.ticket import Ticket, TicketError, config_from
from tests.properties.small import TINY, TWO_BRANCHES, images, randomise, training
from tests.strategies import FEW, percentages, small_configs

pytestmark = pytest.mark.fast


def searched(config: SupernetConfig, seed: int) -> Supernet:
    """A net whose groups have lost half of their units, and some all."""
    net = build(config, seed)
    randomise(net, seed)
    groups = unit_groups(net)
    remove_units(
        net, {name: torch.arange((seed + i) % 3 * group.units // 3) for i, (name, group) in enumerate(groups.items())}
    )
    return net


def ticket_of(config: SupernetConfig, seed: int, percent: int) -> tuple[Supernet, Ticket]:
    net = searched(config, seed)
    masks = global_masks(magnitude_scores({name: w.detach() for name, w in prunable(net).items()}), percent)
    return net, Ticket.of(net, masks)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tickets") / "ticket.safetensors"


@FEW
@given(config=small_configs(), seed=st.integers(0, 10**6), percent=percentages())
def test_a_ticket_survives_its_file(path: Path, config: SupernetConfig, seed: int, percent: int) -> None:
    _, ticket = ticket_of(config, seed, percent)
    path.write_bytes(ticket.to_bytes())
    again = Ticket.load(path)
    assert again.config == ticket.config == config and again.layout == ticket.layout
    assert again.to_bytes() == ticket.to_bytes()
    assert again.masks.keys() == ticket.masks.keys() and again.weights.keys() == ticket.weights.keys()
    inputs = torch.randn(1, 3, 32, 32)
    assert torch.equal(again.net().eval()(inputs), ticket.net().eval()(inputs))


@FEW
@given(small_configs(), st.integers(0, 10**6), percentages())
def test_a_ticket_is_a_masked_copy(config: SupernetConfig, seed: int, percent: int) -> None:
    net, ticket = ticket_of(config, seed, percent)
    weights = prunable(net)
    for name, value in net.state_dict().items():
        expected = torch.where(ticket.masks[name], value, 0.0) if name in weights else value
        assert torch.equal(ticket.weights[name], expected)
    before = ticket.to_bytes()
    for parameter in net.parameters():
        parameter.detach().add_(1.0)
    for mask in ticket.masks.values():
        assert mask.dtype == torch.bool
    assert ticket.to_bytes() == before, "a copy does not follow the net"


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
    ticket = Ticket.of(net, plain.masks, other)
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


def test_parts_that_do_not_fit_are_refused() -> None:
    _, ticket = ticket_of(TINY, 2, 50)
    fewer = {name: value for name, value in ticket.weights.items() if name != "stem.0.0.weight"}
    with pytest.raises(TicketError, match="weights do not fit the ticket's architecture"):
        Ticket(ticket.config, ticket.layout, fewer, ticket.masks).net()
    with pytest.raises(SupernetError, match="layout and supernet differ"):
        Ticket(TWO_BRANCHES, ticket.layout, ticket.weights, ticket.masks).net()
    masks = {**ticket.masks, "stem.0.0.weight": torch.ones(1, dtype=torch.bool)}
    with pytest.raises(MaskError, match=r"mask of stem\.0\.0\.weight has shape"):
        Ticket(ticket.config, ticket.layout, ticket.weights, masks).net()
    with pytest.raises(TicketError, match="supernet field 'wings' is unknown"):
        config_from({"wings": 2})


@pytest.mark.filterwarnings("ignore:one-shot pruning by .*nothing is kept")
@pytest.mark.parametrize("criterion", ["random", "magnitude", "gradient"])
def test_search_then_prune_prunes_once_and_changes_nothing_else(criterion: str) -> None:
    subnet = Ticket.of(searched(TWO_BRANCHES, 4), {})
    split, recipe = images(), training().recipe

    def pruned(seed: int, how: str = criterion) -> Ticket:
        return prune_subnet(subnet, how, 60, seed, Segmentation(3), split, recipe, 2, torch.device("cpu"))  # type: ignore[arg-type]

    ticket = pruned(0)
    kept = torch.cat([mask.flatten() for mask in ticket.masks.values()])
    assert int((~kept).sum()) == round(0.6 * len(kept))
    for name, value in subnet.weights.items():
        mask = ticket.masks.get(name, torch.ones_like(value, dtype=torch.bool))
        assert torch.equal(ticket.weights[name], torch.where(mask, value, torch.zeros_like(value))), name
    assert pruned(0).to_bytes() == ticket.to_bytes()
    assert (pruned(1).to_bytes() == ticket.to_bytes()) == (criterion == "magnitude"), "others depend on the seed"
    with pytest.raises(MaskError, match="criterion is 'luck': choose random, magnitude or gradient"):
        pruned(0, "luck")
