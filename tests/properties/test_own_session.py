"""A training on own data reserves the time of its scoring, and is given up where it learns nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from supertickets.optimizers import Optimization
from supertickets.own import session
from supertickets.own.errors import DrawError
from supertickets.own.plan import RETRAIN_EPOCHS, SEARCH_EPOCHS, Plan
from supertickets.own.request import Request
from supertickets.own.session import Session
from supertickets.own.state import State
from supertickets.own.watching import Unwatched
from supertickets.purpose import Purpose
from supertickets.recipe import Recipe
from supertickets.tasks import Augmentation
from supertickets.tasks.base import MEAN, STD
from supertickets.ticket import Ticket
from supertickets.trainer import Progress
from tests.properties.small import TINY, images

pytestmark = pytest.mark.fast


class Kind:
    """Scores pictures at two seconds each, and finds what it is told to."""

    metric = "miou"

    def __init__(self, clock: list[float], found: float) -> None:
        self.clock, self.found, self.scored = clock, found, list[int]()

    def score(self, _net: nn.Module, samples: Any, *_: object) -> dict[str, float]:
        self.scored.append(len(samples))
        self.clock[0] += 2.0 * len(samples)
        return {"miou": self.found}

    all_scores = score

    def constant(self, *_: object) -> tuple[float, str]:
        return 50.0, "always 'a'"


@cache
def dense() -> Ticket:
    return Ticket.of(TINY, TINY.build(0), {})


class Training:
    """All that is asked of a trainer."""

    def __init__(self, clock: list[float] | None = None) -> None:
        self.progress, self.clock = Progress(), clock

    def ticket(self) -> Any:
        """Takes a second to make a net of."""

        def net() -> nn.Module:
            if self.clock is not None:
                self.clock[0] += 1.0
            return dense().net()

        return SimpleNamespace(net=net)

    def epochs(self, count: int) -> Iterator[int]:
        for epoch in range(1, count + 1):
            self.progress.history.append({"epoch": epoch, "loss": 1.0})
            yield epoch


class Quick(Session):
    """A session on `held_out` random pictures whose statistics are estimated at two seconds per picture, too."""

    kind: Any

    def __init__(self, folder: Path, held_out: int = 40, found: float = 60.0, watch: Unwatched | None = None) -> None:
        self.clock = [7.0]
        self.kind, self.request, self.size = Kind(self.clock, found), Request(), (16, 16)
        self.recipe = SimpleNamespace(batch_size=6)  # type: ignore[assignment]
        self.train, self.val, self.shown = images(24), images(held_out), images(10)
        self.data = SimpleNamespace(identity=lambda: "data")  # type: ignore[assignment]
        self.purpose = Purpose("segmentation", ("a", "b", "c"), (16, 16), MEAN, STD)
        self.state, self.watch = State(folder / "request", print), watch or Unwatched()
        self.constant = 50.0, "always 'a'"

    def settled(self, ticket: Ticket, count: int) -> nn.Module:
        self.clock[0] += 2.0 * count * self.recipe.batch_size
        return ticket.net()

    def run(self, epochs: int, check: bool = True) -> Training:
        trainer = Training(self.clock)
        self.watch_epochs("search", trainer, trainer.epochs(epochs), epochs, check)  # type: ignore[arg-type]
        return trainer

    def fail(self) -> Any:
        raise AssertionError("the plan is known")

    def end(self) -> Any:
        return self.finish("test", dense(), [], "sparsity 90", Plan(3, 0.5, 50, 1))


@pytest.fixture(autouse=True)
def nothing_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "saved_state", lambda _: b"state")


@pytest.mark.parametrize("held_out", [12, 40, 400])
def test_the_time_of_all_scoring_is_known_before_it_is_spent(
    held_out: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = Quick(tmp_path, held_out)
    monkeypatch.setattr(session.time, "perf_counter", lambda: quick.clock[0])
    monkeypatch.setattr(session, "saved_state", lambda _: stored(quick.clock))
    measured: Any = Training(quick.clock)
    expected = quick._seconds_besides_steps(measured, SEARCH_EPOCHS + RETRAIN_EPOCHS)
    assert quick.kind.scored == [min(16, held_out)], "by few pictures"
    assert list((tmp_path / "request").iterdir()) == [], "what was stored to be timed is gone"
    assert quick._seconds_besides_steps(measured, 50, recalibrated=7) - expected == pytest.approx(7 * 6 * 2.0)
    quick.clock[0] = 0.0
    for epochs in (SEARCH_EPOCHS, RETRAIN_EPOCHS):
        quick.run(epochs)
    quick.end()
    assert expected == pytest.approx(quick.clock[0], rel=0.05)


def stored(clock: list[float]) -> bytes:
    """Takes three seconds."""
    clock[0] += 3.0
    return b"state"


def test_fewer_passes_than_one_are_warned_of(tmp_path: Path) -> None:
    class Hears(Unwatched):
        def say(self, line: str) -> None:
            said.append(line)

    said: list[str] = []
    quick = Quick(tmp_path, watch=Hears())
    quick.recipe = Recipe((16, 16), 6, 1, Optimization(), Augmentation())
    for steps, request in ((2, Request()), (4, Request()), (3, Request(steps=3, rate=0.5))):
        quick.request, quick.like = request, Plan(steps, 0.5, 1, 1)
        quick.plan(1, (0.5,), lambda _: quick.fail())
    assert [line for line in said if line.startswith("warning")] == [
        "warning: only 50% of the pictures are trained on, each once: grant more minutes",
        "warning: only 75% of the pictures are trained on, each once: give more --steps",
    ]


def test_scores_are_noted_every_fourth_epoch_and_at_the_end(tmp_path: Path) -> None:
    history = Quick(tmp_path, found=61.23456).run(10).progress.history
    assert [one["epoch"] for one in history if "miou" in one] == [4, 8, 10]
    assert history[-1]["miou"] == 61.2346


def test_every_epoch_is_stored_and_told_with_loss_and_score(tmp_path: Path) -> None:
    class Hears(Unwatched):
        def begin(self, stage: str, total: int) -> None:
            told.append(f"{stage} of {total}")

        def advance(self, done: int, note: str = "") -> None:
            told.append(f"{done}: {note}")

    told: list[str] = []
    quick = Quick(tmp_path, watch=Hears())
    quick.run(5)
    assert told == [
        "search of 5",
        *(f"{n}: loss 1.000" for n in (1, 2, 3)),
        *(f"{n}: loss 1.000 miou 60.0 of 10 pictures" for n in (4, 5)),
    ]
    assert quick.state.read("search.state") == b"state"


@pytest.mark.parametrize("found", [49.0, 50.0])
def test_a_net_that_is_no_better_than_a_constant_is_given_up_half_way(found: float, tmp_path: Path) -> None:
    quick = Quick(tmp_path, found=found)
    quick.state.write("checked", b"")
    with pytest.raises(DrawError, match=rf"after 20 of 40 epochs miou is {found}, always 'a' has 50.0; grant more min"):
        quick.run(40)
    assert quick.state.read("checked") is None, "the same request begins anew"


def test_a_net_that_was_better_half_way_is_not_asked_again_before_the_end(tmp_path: Path) -> None:
    quick = Quick(tmp_path)
    trainer = Training()

    def worse_later() -> Iterator[int]:
        for epoch in trainer.epochs(12):
            quick.kind.found = 60.0 if epoch <= 8 else 10.0
            yield epoch

    quick.watch_epochs("search", trainer, worse_later(), 12, check=True)  # type: ignore[arg-type]
    quick.run(12, check=False)
    with pytest.raises(DrawError, match=r"not better than a constant: at the end miou is 10.0"):
        quick.end()


def test_a_finished_ticket_says_what_came_of_it_and_is_met_again(tmp_path: Path) -> None:
    quick = Quick(tmp_path)
    quick.run(4)
    done = quick.end()
    assert dict(done.ticket.provenance) | {"versions": ""} == {
        "made by": "test", "asked for": "sparsity 90", "data": "data", "pictures": "24 to train on, 40 held out",
        "training": "50 epochs of 3 steps of 6 pictures", "learning rate": "0.5", "seed": "0", "scores": "miou 60.00",
        "constant": "miou 50.00, always 'a'", "versions": "",
    }  # fmt: skip
    assert f"torch {torch.__version__}" in done.ticket.provenance["versions"]
    assert quick.state.read("search.state") is None, "nothing is left to go on from"
    again = quick.known()
    assert again is not None and again.ticket.to_bytes() == done.ticket.to_bytes()
    assert (again.scores, again.constant, again.history) == (done.scores, done.constant, done.history)
    assert again.plan == done.plan == Plan(3, 0.5, 50, 1)
