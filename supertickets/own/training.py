"""Trains tickets on people's own data, within the time they grant; the same request goes on where it was stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Literal

from torch import Tensor, nn

from supertickets.architecture import ArchitectureError
from supertickets.data.own import OwnData
from supertickets.masks import global_masks
from supertickets.own.errors import DrawError
from supertickets.own.kinds import kind
from supertickets.own.plan import RETRAIN_EPOCHS, SEARCH_EPOCHS, Plan, algorithm
from supertickets.own.request import Request, Trained
from supertickets.own.session import Session, session_of
from supertickets.own.target import Target
from supertickets.own.watching import Unwatched, Watch
from supertickets.pruning import Pruning
from supertickets.purpose import Purpose, purpose_of
from supertickets.resuming import mask_trainer, search_trainer
from supertickets.searching import Searching
from supertickets.supernet import SupernetConfig
from supertickets.ticket import Ticket
from supertickets.trainer import Trainer
from supertickets.transferred import transferred
from supertickets.two_in_one import two_in_one
from supertickets.wording import first_of


def draw(
    data: OwnData,
    target: Target,
    request: Request,
    watch: Watch | None = None,
    *,
    begun: float | None = None,
    tickets: int = 1,
    like: Plan | None = None,
) -> Trained:
    """Search and prune a supernet on the data, make the ticket as small as asked for, and train it on.

    Args:
        begun: when the granted minutes began, by `time.monotonic`; None is now.
        tickets: of a curve, which differ in their targets alone and share the minutes.
        like: the plan of the first of them, for the others: then their scores can be compared.

    Raises:
        DataError: data that cannot be used, one line per fault.
        DrawError: a target that cannot be met, too little time, or a net that learns nothing.
    """
    choices = kind(data.task)
    architecture = choices.architecture(len(data.names))
    begun = time.monotonic() if begun is None else begun
    size = request.image_size or choices.image_size(data.picture_size())
    about = {"do": "draw", "target": asdict(target)}
    with session_of(data, request, size, about, watch or Unwatched(), begun, tickets, like) as session:
        if (known := session.known()) is not None:
            return known
        seed, pruning, state = session.seed("initialisation"), Pruning(), session.state
        net = architecture.build(seed)
        sparsity = target.least_sparsity(_at_sparsity(architecture, net, pruning), size)
        session.prepare()
        given, searching = algorithm(sparsity), Searching(recalibration_batches=4)
        plan = session.plan(
            SEARCH_EPOCHS + RETRAIN_EPOCHS,
            choices.rates,
            lambda batches: Trainer(architecture, architecture.build(seed), batches, 1),
            given.epochs // given.search_interval * searching.recalibration_batches,
        )
        batches = session.batches("search")
        trainer = state.resume(
            "search.state",
            lambda stored: search_trainer(architecture, batches, given.epochs, searching, pruning, seed, stored),
        )
        epochs = two_in_one(trainer, given, trainer.progress.epoch)
        session.watch_epochs("search", trainer, epochs, given.epochs, check=True)
        found = _within(target, trainer.ticket(), pruning, size)
        retrained = _trained_on(session, found, RETRAIN_EPOCHS, check=False)
        later = [{**one, "epoch": one["epoch"] + given.epochs} for one in retrained.progress.history]
        history = [*trainer.progress.history, *later]
        what = f"{target.what} {target.amount}"
        return session.finish("supertickets draw", retrained.ticket(), history, what, plan)


def train_on(
    ticket: Ticket,
    data: OwnData,
    request: Request,
    how: Literal["retrain", "transfer"],
    watch: Watch | None = None,
    *,
    begun: float | None = None,
) -> Trained:
    """Train a ticket on, with its mask fixed: on data with its own names, or on others with a new classifier.

    Args:
        begun: when the granted minutes began, by `time.monotonic`; None is now.

    Raises:
        DataError: data that cannot be used, one line per fault.
        DrawError: data that do not fit the ticket, too little time, or a net that learns nothing.
        TicketError: a ticket that does not say what it is for.
    """
    begun = time.monotonic() if begun is None else begun
    choices = kind(data.task)
    purpose = purpose_of(ticket) if how == "transfer" else require_names(ticket, data)
    size = request.image_size
    if size is None:
        size = purpose.image_size if how == "retrain" else choices.image_size(data.picture_size())
    digest = ticket.digest()
    with session_of(data, request, size, {"do": how, "ticket": digest}, watch or Unwatched(), begun) as session:
        if (known := session.known()) is not None:
            return known
        start = ticket if how == "retrain" else _with_new_classifier(ticket, session)
        session.prepare()
        epochs = RETRAIN_EPOCHS if how == "retrain" else SEARCH_EPOCHS
        rates = tuple(rate / 2 for rate in choices.rates)
        plan = session.plan(epochs, rates, lambda batches: mask_trainer(start, batches, 1, None))
        trainer = _trained_on(session, start, epochs, check=True)
        history, what = trainer.progress.history, f"{how} of ticket {digest[:16]}"
        return session.finish(f"supertickets {how}", trainer.ticket(), history, what, plan)


def require_names(ticket: Ticket, data: OwnData) -> Purpose:
    """What a ticket is for, where data are of its task and have its names.

    Raises:
        DrawError: they are not, or have not; the message says which.
        TicketError: a ticket that does not say what it is for.
    """
    purpose = purpose_of(ticket)
    if purpose.task != data.task:
        raise DrawError(f"the ticket is for {purpose.task}, the data for {data.task}: give the task of the ticket")
    if purpose.names != data.names:
        alone = [
            ("the ticket", [name for name in purpose.names if name not in data.names]),
            (data.root, [name for name in data.names if name not in purpose.names]),
        ]
        what = "; ".join(f"only {whose} has {first_of(names)}" for whose, names in alone if names)
        raise DrawError(
            f"names of the ticket and of {data.root} differ: {what or 'their order'}; "
            "`transfer` without --same-names gives the ticket a new classifier"
        )
    return purpose


def _with_new_classifier(ticket: Ticket, session: Session) -> Ticket:
    if not isinstance(ticket.architecture, SupernetConfig):
        raise DrawError(f"tickets of supernets are transferred, not of {ticket.architecture.kind}")
    target = session.kind.architecture(len(session.data.names))
    try:
        return transferred(ticket, target, None, session.seed("new classifier"))
    except ArchitectureError as error:
        raise DrawError(f"{error}; tickets move among classifications, or among segmentation and pose") from error


def _trained_on(session: Session, start: Ticket, epochs: int, check: bool) -> Trainer:
    batches = session.batches("training")
    trainer = session.state.resume("training.state", lambda stored: mask_trainer(start, batches, epochs, stored))

    def trained() -> Iterator[int]:
        for epoch in range(trainer.progress.epoch + 1, epochs + 1):
            trainer.train_epoch(epoch)
            yield epoch

    session.watch_epochs("training", trainer, trained(), epochs, check)
    return trainer


def _at_sparsity(architecture: Any, net: nn.Module, pruning: Pruning) -> Callable[[int], Ticket]:
    """A net under the mask of its largest weights, at any sparsity in percent."""
    weights: Mapping[str, Tensor] = architecture.prunable(net, pruning.prunable)
    sizes = {name: weight.detach().abs() for name, weight in weights.items()}
    return lambda percent: Ticket.of(architecture, net, global_masks(sizes, percent))


def _within(target: Target, ticket: Ticket, pruning: Pruning, size: tuple[int, int]) -> Ticket:
    """What a search has found, pruned further where it is larger than asked for."""
    if target.what == "sparsity" or target.amount_of(ticket, size) <= target.amount:
        return ticket
    at = _at_sparsity(ticket.architecture, ticket.net(), pruning)
    return at(target.least_sparsity(at, size))
