"""Rewound, re-initialised and transferred tickets: architecture and mask stay, weights are exactly whose they claim."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from supertickets.architecture import ArchitectureError
from supertickets.freezing import FrozenWeights
from supertickets.lottery import KeptStates, reinitialised, rewound
from supertickets.pruning import Pruning
from supertickets.searching import Searching, remove_units
from supertickets.supernet import SupernetConfig
from supertickets.ticket import Ticket, TicketError
from supertickets.transferred import transferred
from supertickets.two_in_one import TwoInOne, two_in_one
from supertickets.units import unit_groups
from tests.properties.small import TWO_BRANCHES, copies, randomise, same_bits, trainer
from tests.properties.test_tickets import ticket_of

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]

CLASSIFIER, HEAD = "head.classifier.", "head."
CLASSIFIES = replace(TWO_BRANCHES, head_kind="classification", branch_channels=(6, 8), last_channels=5, outputs=7)


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("tokens", [0, 4])
def test_kept_states_shrink_as_the_net_itself_would_have(tokens: int) -> None:
    """Oracle: removing the same units from a copy that never trained on."""
    config = replace(TWO_BRANCHES, tokens=tokens)
    net, twin = (config.build(3) for _ in range(2))
    for each in (net, twin):
        randomise(each, 1)
    states = KeptStates()
    states.keep("then", net, FrozenWeights(net))
    randomise(net, 2)
    for step in (2, 3):  # twice, and one group loses everything
        groups = unit_groups(net)
        survivors = {
            name: torch.arange(0, group.units, step) if i else torch.arange(0)
            for i, (name, group) in enumerate(groups.items())
        }
        remove_units(net, survivors, [states])
        remove_units(twin, survivors)
    [ticket] = states.tickets(Ticket.of(config, net, {})).values()
    assert same(ticket.weights, Ticket.of(config, twin, {}).weights)
    assert same(ticket.net().state_dict(), ticket.weights)


@pytest.mark.parametrize("reactivated", [False, True])
def test_a_state_kept_under_a_mask_has_the_stored_values(reactivated: bool) -> None:
    training = trainer(pruning=Pruning("all"))
    before = copies(TWO_BRANCHES.prunable(training.net, "all"))
    training.prune(70)
    if reactivated:
        training.reactivate()  # blocks: masks of stem and classifier stay in force
    training.keep_state("then")
    kept = training.kept_states()["then"].weights
    assert all(same_bits(kept[name], weight) for name, weight in before.items())


def test_two_in_one_tickets_can_be_rewound() -> None:
    algorithm = TwoInOne(epochs=4, search_interval=2, prune_interval=1, sparsity=40, drop_threshold=0.999)
    training = trainer(TWO_BRANCHES, epochs=4, searching=Searching(recalibration_batches=1))
    training.keep_state("initial")
    for epoch in two_in_one(training, algorithm):
        if epoch == 3:
            training.keep_state("late")
    found, states = training.ticket(), training.kept_states()
    assert set(states) == {"initial", "late"}
    for state in states.values():
        ticket = rewound(found, state)
        assert ticket.shape == found.shape and same(ticket.masks, found.masks)
        for name, weight in ticket.weights.items():
            mask = found.masks.get(name, torch.ones((), dtype=torch.bool))
            assert torch.equal(weight, state.weights[name].masked_fill(~mask, 0.0)), name
        assert not same(ticket.weights, found.weights)
    other = Ticket(found.architecture, {**found.shape, "head.block": []}, found.weights, found.masks)
    with pytest.raises(TicketError, match="another architecture"):
        rewound(other, states["late"])


def test_an_earlier_ticket_has_no_states() -> None:
    training = trainer()
    training.keep_state("initial")
    training.prune(50)
    training.keep_ticket()
    assert training.kept_states() == {}


def test_fresh_weights_keep_architecture_and_mask() -> None:
    _, found = ticket_of(TWO_BRANCHES, 4, 60)
    one, again, other = (reinitialised(found, seed) for seed in (1, 1, 2))
    assert one.shape == found.shape and same(one.masks, found.masks) and one.sparsity == found.sparsity
    assert same(one.weights, again.weights)
    for ticket in (found, other):
        alive = [name for name, mask in found.masks.items() if mask.any()]
        assert not any(torch.equal(one.weights[name], ticket.weights[name]) for name in alive)
    for name, mask in found.masks.items():
        assert not one.weights[name][~mask].any()


def test_a_transfer_within_a_task_replaces_the_classifier_alone() -> None:
    _, found = ticket_of(replace(TWO_BRANCHES, last_channels=5), 4, 60)
    target = replace(TWO_BRANCHES, outputs=9, bn_eps=1e-5, bn_momentum=0.3)  # a wider head than the source's
    moved = transferred(found, target, None, 1)
    assert moved.architecture == replace(TWO_BRANCHES, last_channels=5, outputs=9, bn_eps=1e-5, bn_momentum=0.3)
    assert moved.net()(torch.zeros(1, 3, 32, 32)).shape[1] == 9
    for name, weight in found.weights.items():
        if not name.startswith(CLASSIFIER):
            assert torch.equal(moved.weights[name], weight), name
    assert moved.masks[f"{CLASSIFIER}weight"].all()
    assert {k: v for k, v in moved.masks.items() if k != f"{CLASSIFIER}weight"}.keys() < found.masks.keys()
    assert all(
        torch.equal(mask, found.masks[name]) for name, mask in moved.masks.items() if name != f"{CLASSIFIER}weight"
    )
    assert same(moved.weights, transferred(found, target, None, 1).weights)
    assert not same(moved.weights, transferred(found, target, None, 2).weights)
    dense = transferred(Ticket.of(found.architecture, found.net(), {}), target, None, 1)
    assert dense.masks == {}


def test_a_transfer_between_tasks_takes_the_head_found_on_the_target() -> None:
    _, source = ticket_of(CLASSIFIES, 4, 60)
    _, head = ticket_of(TWO_BRANCHES, 5, 80)
    moved = transferred(source, TWO_BRANCHES, head, 0)
    net = moved.net()
    assert moved.architecture == TWO_BRANCHES and net(torch.zeros(1, 3, 32, 32)).shape == (1, 3, 8, 8)
    for name, weight in moved.weights.items():
        origin = head if name.startswith(HEAD) else source
        assert torch.equal(weight, origin.weights[name]), name
        if name in moved.masks:
            assert torch.equal(moved.masks[name], origin.masks[name]), name
    assert moved.masks.keys() == TWO_BRANCHES.prunable(net, "all").keys()


@pytest.mark.parametrize(
    ("target", "with_head", "field"),
    [
        (CLASSIFIES, False, "head_kind is 'dense'"),
        (replace(TWO_BRANCHES, expansion=3), True, "expansion is 2"),
        (replace(TWO_BRANCHES, stem=(4, 8)), True, "stem is"),
    ],
)
def test_supernets_that_do_not_fit_are_refused(target: SupernetConfig, with_head: bool, field: str) -> None:
    _, found = ticket_of(TWO_BRANCHES, 4, 60)
    with pytest.raises(ArchitectureError, match=field):
        transferred(found, target, found if with_head else None, 0)
