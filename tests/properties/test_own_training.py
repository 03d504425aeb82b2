"""What a training on own data asks its session for, and which tickets and data it refuses; nothing is trained."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from supertickets.costs import cost
from supertickets.data.own_layouts import TaskName
from supertickets.detectors.config import ResNet
from supertickets.masks import sparsity
from supertickets.own import training
from supertickets.own.errors import DrawError
from supertickets.own.kinds import kind
from supertickets.own.plan import Plan
from supertickets.own.request import Request, Trained
from supertickets.own.target import Target
from supertickets.pruning import Pruning
from supertickets.purpose import Purpose
from supertickets.supernet import SupernetConfig
from supertickets.tasks.base import MEAN, STD
from supertickets.ticket import Ticket
from tests.properties.small import TINY

pytestmark = pytest.mark.fast

NAMES = ("a", "b", "c")
PICTURE = (480, 640)
"""`(H, W)` of the data's pictures."""


class Planned(Exception):
    """All that is asked for until a plan is made."""


def data_of(task: TaskName = "segmentation", names: tuple[str, ...] = NAMES) -> Any:
    return SimpleNamespace(task=task, names=names, root=Path("own"), picture_size=lambda: PICTURE)


def ticket_of(task: TaskName = "segmentation", names: tuple[str, ...] = NAMES, config: Any = TINY) -> Ticket:
    ticket = Ticket.of(config, config.build(0), {})
    return replace(ticket, purpose=Purpose(task, names, (16, 32), MEAN, STD))


class Asked:
    """In place of sessions: keeps what they are asked for, and ends the training at its plan."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stored: Trained | None = None
        self.prepared = False
        monkeypatch.setattr(training, "session_of", self.session_of)

    @contextmanager
    def session_of(
        self, data: Any, request: Request, size: tuple[int, int], about: Mapping[str, Any], watch: Any, *shared: Any
    ) -> Iterator[Any]:
        self.shared = shared
        self.data, self.kind, self.state = data, kind(data.task), None
        self.request, self.size, self.about = request, size, about
        yield self

    def known(self) -> Trained | None:
        return self.stored

    def seed(self, purpose: str) -> int:
        return len(purpose)

    def prepare(self) -> None:
        self.prepared = True

    def plan(self, epochs: int, rates: tuple[float, ...], _trainer_of: object, recalibrated: int = 0) -> None:
        self.epochs, self.rates, self.recalibrated = epochs, rates, recalibrated
        raise Planned


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


@pytest.mark.parametrize("task", ["classification", "segmentation", "pose"])
@pytest.mark.parametrize("size", [None, (48, 64)])
def test_drawing_plans_a_search_and_a_retraining(task: TaskName, size: tuple[int, int] | None, asked: Asked) -> None:
    with pytest.raises(Planned):
        training.draw(data_of(task), Target("sparsity", 70), Request(seed=5, image_size=size))
    assert asked.prepared and (asked.epochs, asked.rates) == (50, kind(task).rates)
    assert asked.size == (size or kind(task).image_size(PICTURE))
    assert asked.about == {"do": "draw", "target": {"what": "sparsity", "amount": 70}}
    assert asked.recalibrated == 20 * 4, "at every other epoch of the search"


def test_a_ticket_of_a_curve_follows_the_plan_of_the_first_in_the_minutes_of_all(asked: Asked) -> None:
    plan = Plan(7, 0.02, 50, 1)
    for given in ({}, {"begun": 5.0, "tickets": 3, "like": plan}):
        with pytest.raises(Planned):
            training.draw(data_of(), Target("sparsity", 70), Request(), **given)  # type: ignore[arg-type]
        now, *others = asked.shared
        assert others == ([3, plan] if given else [1, None])
        assert now == 5.0 if given else 0 <= time.monotonic() - now < 60
    with pytest.raises(Planned):
        training.train_on(ticket_of(), data_of(), Request(), "transfer", begun=6.0)
    assert asked.shared == (6.0,)


@pytest.mark.parametrize(("how", "epochs", "own"), [("retrain", 10, (16, 32)), ("transfer", 40, (96, 128))])
@pytest.mark.parametrize("size", [None, (48, 64)])
def test_training_on_plans_at_half_the_rates(
    how: Any, epochs: int, own: tuple[int, int], size: tuple[int, int] | None, asked: Asked
) -> None:
    """At the ticket's size on data with its names, at that of the data on others."""
    ticket = ticket_of()
    with pytest.raises(Planned):
        training.train_on(ticket, data_of(), Request(image_size=size), how)
    assert asked.prepared and asked.epochs == epochs and asked.size == (size or own)
    assert asked.rates == tuple(rate / 2 for rate in kind("segmentation").rates)
    assert asked.about == {"do": how, "ticket": ticket.digest()}


def test_what_is_stored_is_not_trained_again(asked: Asked) -> None:
    stored = asked.stored = Trained(ticket_of(), {}, (0.0, ""), [], Plan(7, 0.02, 50, 1))
    assert training.draw(data_of(), Target("sparsity", 70), Request()) is stored
    assert training.train_on(ticket_of(), data_of(), Request(), "retrain") is stored and not asked.prepared


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (data_of("pose"), "the ticket is for segmentation, the data for pose: give the task of the ticket"),
        (data_of(names=("a", "b", "d")), "of own differ: only the ticket has .*'c'.*; only own has .*'d'"),
        (data_of(names=("c", "b", "a")), "of own differ: their order; `transfer` without --same-names"),
    ],
)
def test_data_with_other_names_are_not_retrained_on(data: Any, said: str) -> None:
    assert training.require_names(ticket_of(), data_of()).names == NAMES
    with pytest.raises(DrawError, match=said):
        training.train_on(ticket_of(), data, Request(), "retrain")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        pytest.param(
            ResNet(3, width=4), "tickets of supernets are transferred, not of resnet",
            marks=pytest.mark.slow,  # loads torchvision
        ),
        (
            replace(TINY, head_kind="classification", branch_channels=(6,)),
            "tickets move among classifications, or among segmentation and pose",
        ),
    ],
)  # fmt: skip
def test_tickets_of_other_kinds_are_not_transferred(config: Any, said: str, asked: Asked) -> None:
    with pytest.raises(DrawError, match=said):
        training.train_on(ticket_of("classification", config=config), data_of(), Request(), "transfer")
    assert not asked.prepared


@pytest.mark.parametrize("what", ["macs", "size"])
def test_what_was_found_is_pruned_further_only_where_it_is_too_large(what: Any) -> None:
    dense, size = ticket_of(), (16, 16)
    has = cost(dense.net(), size, dense.masks).macs_nonzero if what == "macs" else len(dense.to_bytes())
    assert training._within(Target("sparsity", 99), dense, Pruning(), size) is dense, "it was pruned to that already"
    assert training._within(Target(what, has), dense, Pruning(), size) is dense
    pruned = training._within(Target(what, has - 1), dense, Pruning(), size)
    assert Target(what, 1).amount_of(pruned, size) < has and 0 < sparsity(pruned.masks) < 0.5


def test_the_smallest_weights_are_pruned_first() -> None:
    config: SupernetConfig = TINY
    net = config.build(0)
    at = training._at_sparsity(config, net, Pruning())
    weights = config.prunable(net, Pruning().prunable)
    for percent in (0, 50, 99):
        masks = at(percent).masks
        kept, left = ([weights[name].detach().abs()[masks[name] == side] for name in weights] for side in (True, False))
        smallest = min(float(part.min()) for part in kept if part.numel())
        assert sparsity(masks) == pytest.approx(percent / 100, abs=0.01)
        assert all(float(part.max()) <= smallest for part in left if part.numel())
