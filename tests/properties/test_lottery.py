"""Rewound, re-initialised and transferred tickets: architecture and mask stay, weights are exactly whose they claim."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from supertickets.search import remove_units
from supertickets.sparse import SparseWeights

from supertickets.lottery import KeptStates, reinitialised, rewound
from supertickets.masks import prunable
from supertickets.optimizers import Optimization
from supertickets.supernet import SupernetConfig, build, unit_groups
from supertickets.ticket import Ticket, TicketError
from supertickets.transfer import CLASSIFIER, HEAD, transferred
from supertickets.two_in_one import TwoInOne, two_in_one
from tests.properties.small import TWO_BRANCHES, randomise, same_bits, training
from tests.properties.test_tickets import ticket_of

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]

CLASSIFIES = replace(TWO_BRANCHES, head="classification", branch_channels=(6, 8), last_channels=5, outputs=7)


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("tokens", [0, 4])
def test_kept_states_shrink_as_the_net_itself_would_have(tokens: int) -> None:
    """Oracle: removing the same units from a copy that never trained on."""
    net, twin = (build(replace(TWO_BRANCHES, tokens=tokens), 3) for _ in range(2))
    for each in (net, twin):
        randomise(each, 1)
    states = KeptStates()
    states.keep("then", net, SparseWeights(net))
    randomise(net, 2)
    for step in (2, 3):  # twice, and one group loses everything
        groups = unit_groups(net)
        survivors = {
            name: torch.arange(0, group.units, step) if i else torch.arange(0)
            for i, (name, group) in enumerate(groups.items())
        }
        remove_units(net, survivors, [states])
        remove_units(twin, survivors)
    [ticket] = states.tickets(Ticket.of(net, {})).values()
    assert same(ticket.weights, Ticket.of(twin, {}).weights)
    assert same(ticket.net().state_dict(), ticket.weights)


def test_a_state_kept_under_a_mask_has_the_stored_values() -> None:
    run = training()
    before = {name: weight.clone() for name, weight in prunable(run.net).items()}
    run.prune(70)
    run.keep_state("then")
    kept = run.kept_states()["then"].weights
    assert all(same_bits(kept[name], weight) for name, weight in before.items())


def test_two_in_one_tickets_can_be_rewound() -> None:
    algorithm = TwoInOne(
        epochs=4, search_interval=2, prune_interval=1, sparsity=40, recalibration_batches=1, drop_threshold=0.999
    )
    run = training(TWO_BRANCHES, algorithm=algorithm)
    run.keep_state("initial")
    for epoch in two_in_one(run, algorithm):
        if epoch == 3:
            run.keep_state("late")
    found, states = run.ticket(), run.kept_states()
    assert set(states) == {"initial", "late"}
    for state in states.values():
        ticket = rewound(found, state)
        assert ticket.layout == found.layout and same(ticket.masks, found.masks)
        for name, weight in ticket.weights.items():
            mask = found.masks.get(name, torch.ones((), dtype=torch.bool))
            assert torch.equal(weight, state.weights[name].masked_fill(~mask, 0.0)), name
        assert not same(ticket.weights, found.weights)
    other = Ticket(found.config, {**found.layout, "head.block": []}, found.weights, found.masks)
    with pytest.raises(TicketError, match="another architecture"):
        rewound(other, states["late"])


def test_an_earlier_ticket_has_no_states() -> None:
    run = training()
    run.keep_state("initial")
    run.prune(50)
    run.keep_ticket()
    assert run.kept_states() == {}


def test_fresh_weights_keep_architecture_and_mask() -> None:
    _, found = ticket_of(TWO_BRANCHES, 4, 60)
    one, again, other = (reinitialised(found, seed) for seed in (1, 1, 2))
    assert one.layout == found.layout and same(one.masks, found.masks) and one.sparsity == found.sparsity
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
    assert moved.config == replace(found.config, outputs=9, bn_eps=1e-5, bn_momentum=0.3)
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
    dense = transferred(Ticket.of(found.net(), {}), target, None, 1)
    assert dense.masks == {}


def test_a_transfer_between_tasks_takes_the_head_found_on_the_target() -> None:
    _, source = ticket_of(CLASSIFIES, 4, 60)
    _, head = ticket_of(TWO_BRANCHES, 5, 80)
    moved = transferred(source, TWO_BRANCHES, head, 0)
    net = moved.net()
    assert moved.config == TWO_BRANCHES and net(torch.zeros(1, 3, 32, 32)).shape == (1, 3, 8, 8)
    for name, weight in moved.weights.items():
        origin = head if name.startswith(HEAD) else source
        assert torch.equal(weight, origin.weights[name]), name
        if name in moved.masks:
            assert torch.equal(moved.masks[name], origin.masks[name]), name
    assert moved.masks.keys() == prunable(net).keys()


@pytest.mark.parametrize(
    ("target", "with_head", "field"),
    [
        (CLASSIFIES, False, "head is 'dense'"),
        (replace(TWO_BRANCHES, expansion=3), True, "expansion is 2"),
        (replace(TWO_BRANCHES, stem=(4, 8)), True, "stem is"),
    ],
)
def test_supernets_that_do_not_fit_are_refused(target: SupernetConfig, with_head: bool, field: str) -> None:
    _, found = ticket_of(TWO_BRANCHES, 4, 60)
    with pytest.raises(TicketError, match=field):
        transferred(found, target, found if with_head else None, 0)


def test_averages_take_over_recalibrated_statistics() -> None:
    run = training(optimization=Optimization(lr=0.01, average_decay=0.99))
    run.train_epoch(1)
    before: dict[str, Any] = {name: value.clone() for name, value in run.averages.values.items()}  # type: ignore[union-attr]
    run.recalibrate()
    state = run.net.state_dict()
    for name, value in run.averages.values.items():  # type: ignore[union-attr]
        statistic = name.endswith(("running_mean", "running_var"))
        assert torch.equal(value, state[name] if statistic else before[name]), name
        assert not statistic or not torch.equal(value, before[name])


@pytest.mark.parametrize(("stored_value", "returns"), [("kept", True), ("zero", False)])
def test_reactivated_averages_are_what_reactivated_weights_are(stored_value: str, returns: bool) -> None:
    algorithm = TwoInOne(epochs=1, prune_interval=1, sparsity=10, stored_value=stored_value)  # type: ignore[arg-type]
    run = training(optimization=Optimization(lr=0.01, average_decay=0.99), algorithm=algorithm)
    run.train_epoch(1)
    assert run.averages is not None
    before = {name: run.averages.values[name].clone() for name in prunable(run.net)}
    run.prune(60)
    masks = run.sparse.masks
    run.reactivate()
    for name, mask in masks.items():
        expected = before[name] if returns else before[name].masked_fill(~mask, 0.0)
        assert torch.equal(run.averages.values[name], expected), name
