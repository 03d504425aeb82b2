"""One training on people's own data: settings, progress, scores, and what is stored so that it can go on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch
from torch import nn

from supertickets.batches import Batches
from supertickets.checkpoint import saved_state
from supertickets.data.own import OwnData
from supertickets.descriptions import DescriptionError
from supertickets.evaluation import reestimate_batch_norm
from supertickets.own.errors import DrawError
from supertickets.own.kinds import Kind, kind
from supertickets.own.learning_rate import Tried, try_rate
from supertickets.own.plan import PASSES, Plan, planned
from supertickets.own.request import Request, Trained
from supertickets.own.state import State, state_of
from supertickets.own.watching import Watch
from supertickets.purpose import Purpose
from supertickets.recipe import Recipe
from supertickets.seeding import derive_seed, seeded
from supertickets.tasks import Task
from supertickets.tasks.base import MEAN, STD
from supertickets.ticket import Ticket
from supertickets.trainer import Diverged, Trainer
from supertickets.user_cache import user_cache

CPU = torch.device("cpu")
SCORED = 100
"""Pictures that are scored while a net is trained, evenly spaced."""
SCORE_EVERY = 4
"""Epochs."""
SCORING_BATCHES = 4
"""On which statistics are estimated before a net is scored in training."""
FINAL_BATCHES = 20
"""The same before it is stored."""
MEASURED = 16
"""Pictures by which the time of scoring is told."""
MEASURED_STATE = "measured.state"
"""By which the time of storing is told."""


class Session:
    """One training of one process.

    Args:
        begun: when the granted minutes began, by `time.monotonic`.
        tickets: that the granted minutes are for.
        like: the plan of the first of them, which the others follow; the data were checked and described then.

    Raises:
        DrawError: names that no ticket can hold.
    """

    def __init__(
        self,
        data: OwnData,
        request: Request,
        size: tuple[int, int],
        state: State,
        watch: Watch,
        begun: float,
        tickets: int,
        like: Plan | None,
    ) -> None:
        self.begun, self.tickets, self.like = begun, tickets, like
        self.data, self.request, self.size, self.state, self.watch = data, request, size, state, watch
        try:
            self.purpose = Purpose(data.task, data.names, size, MEAN, STD)
        except DescriptionError as error:
            raise DrawError(f"{data.root}: no ticket can hold its names: {error}") from error
        self.kind: Kind = kind(data.task)
        self.threads = torch.get_num_threads()
        torch.set_num_threads(1)

    def known(self) -> Trained | None:
        """The result of a request that was met before.

        Raises:
            DrawError: there may be one that cannot be read now.
        """
        facts = self.state.read_json("facts.json")
        if facts is None or (path := self.state.find("ticket.safetensors", facts["ticket"])) is None:
            return None
        return Trained(
            Ticket.load(path), facts["scores"], tuple(facts["constant"]), facts["history"], Plan(**facts["plan"])
        )

    def prepare(self) -> None:
        """Check and decode the data.

        Raises:
            DataError: one line per fault.
            DrawError: a split is empty.
        """
        data, state, watch = self.data, self.state, self.watch
        if self.like is None and state.read("checked") is None:
            watch.begin("checking pictures", 100)
            data.check(lambda done, of: watch.advance(100 * done // of))
            state.write("checked", b"")
        cache = user_cache()
        self.train, self.val = data.load("train", self.size, cache), data.load("val", self.size, cache)
        self.tune, self.rest = data.load("tune", self.size, cache), data.load("train_minus_tune", self.size, cache)
        for name, samples in (("train", self.train), ("val", self.val), ("the part of train to choose on", self.tune)):
            if not len(samples):
                raise DrawError(f"{data.root}: nothing is left for {name}: add pictures")
        self.task: Task = self.kind.task(len(data.names))
        self.recipe: Recipe = self.kind.recipe(self.size, self.train)
        self.shown = self.val.take(torch.arange(len(self.val))[:: -(-len(self.val) // SCORED)])
        self.constant = self.kind.constant(self.train, self.shown, self.size)
        if self.like is not None:
            return
        for line in data.said:
            watch.say(line)
        watch.say(
            f"{len(self.train)} to train on, {len(self.val)} held out; {len(data.names)} "
            f"{'joints' if data.task == 'pose' else 'classes'}, input {self.size[0]}x{self.size[1]}"
        )

    def seed(self, purpose: str) -> int:
        return derive_seed(self.request.seed, purpose)

    def plan(
        self, epochs: int, rates: tuple[float, ...], trainer_of: Callable[[Batches], Trainer], recalibrated: int = 0
    ) -> Plan:
        """What was decided before, or is now; `recipe` follows it.

        Args:
            trainer_of: a training of one epoch, always from the same state.
            recalibrated: batches on which statistics are estimated anew while the training searches.
        """
        found = self.state.read_json("plan.json")
        if found is not None or self.like is not None:
            plan = self.like or Plan(**found)
            torch.set_num_threads(plan.threads)
        else:

            def tried(rate: float, steps: int) -> Tried:
                return try_rate(
                    rate, steps, trainer_of, self.task, self.recipe, self.rest, self.tune, self.request.seed
                )

            self.watch.begin("finding the learning rate", 1)
            granted = 60 * self.request.minutes
            plan = planned(
                epochs,
                rates,
                tried,
                granted,
                lambda: granted - (time.monotonic() - self.begun),
                lambda: self._seconds_besides_steps(trainer_of(self.batches("statistics")), epochs, recalibrated),
                PASSES * len(self.train) / self.recipe.batch_size,
                tickets=self.tickets,
                steps=self.request.steps,
                rate=self.request.rate,
                threads_to_try=sorted({1, self.threads}),
                say=self.watch.say,
            )
            self.state.write("plan.json", json.dumps(plan.to_json()).encode())
        optimization = replace(self.recipe.optimization, lr=plan.rate)
        self.recipe = replace(self.recipe, steps_per_epoch=plan.steps_per_epoch, optimization=optimization)
        passes = plan.steps_per_epoch * epochs * self.recipe.batch_size / len(self.train)
        self.watch.say(
            f"{epochs} epochs of {plan.steps_per_epoch} steps of {self.recipe.batch_size}: "
            f"{passes:.1f} passes over the pictures, peak learning rate {plan.rate:g}"
        )
        if passes < 1:
            remedy = "grant more minutes" if self.request.steps is None else "give more --steps"
            self.watch.say(f"warning: only {passes:.0%} of the pictures are trained on, each once: {remedy}")
        return plan

    def _seconds_besides_steps(self, trainer: Trainer, epochs: int, recalibrated: int = 0) -> float:
        """What storing, scoring and statistics of a training will take, by what they take now, on a few pictures."""
        started = time.perf_counter()
        self.state.write(MEASURED_STATE, saved_state(trainer))
        self.state.remove(MEASURED_STATE)
        stored = time.perf_counter()
        net = trainer.ticket().net().eval()
        built = time.perf_counter()
        few = self.val.take(torch.arange(min(MEASURED, len(self.val))))
        with torch.no_grad():
            self.kind.score(net, few, self.size, self.recipe.batch_size, CPU)
        per_picture = (time.perf_counter() - built) / len(few)
        times = epochs / SCORE_EVERY
        pictures = len(self.shown) * times + len(self.val)
        pictures += (SCORING_BATCHES * times + FINAL_BATCHES + recalibrated) * self.recipe.batch_size
        return epochs * (stored - started) + times * (built - stored) + per_picture * pictures

    def batches(self, purpose: str) -> Batches:
        """Training batches in the order of a purpose."""
        return Batches(self.task, self.train, self.recipe, self.seed(purpose), CPU)

    def score(self, ticket: Ticket, samples: Any) -> dict[str, float]:
        """Metrics in percent of a net in training, whose statistics are estimated first."""
        net = self.settled(ticket, SCORING_BATCHES)
        with torch.no_grad():
            return self.kind.score(net, samples, self.size, self.recipe.batch_size, CPU)

    def settled(self, ticket: Ticket, count: int) -> nn.Module:
        """A ticket's net with BatchNorm statistics of so many training batches, in eval mode."""
        net, batches = ticket.net(), self.batches("statistics")
        with seeded(self.request.seed, "statistics dropout"):
            reestimate_batch_norm(net, (batches.batch(step, "statistics")[0] for step in range(count)))
        return net.eval()

    def watch_epochs(self, stage: str, trainer: Trainer, epochs: Iterator[int], total: int, check: bool) -> None:
        """Run the epochs of a stage: store each, show the loss and now and then the score.

        Args:
            check: whether a net that is no better than a constant half way is given up.

        Raises:
            DrawError: it is not, or training diverged.
        """
        self.watch.begin(stage, total)
        note, name = "", f"{stage}.state"
        for epoch in _told_of_divergence(epochs, trainer):
            if epoch % SCORE_EVERY == 0 or epoch == total:
                found = self.score(trainer.ticket(), self.shown)[self.kind.metric]
                trainer.progress.note(**{self.kind.metric: round(found, 4)})
                note = f"{self.kind.metric} {found:.1f} of {len(self.shown)} pictures"
                if check and epoch >= total // 2:
                    self.require_learned(found, f"after {epoch} of {total} epochs")
                    check = False
            self.state.write(name, saved_state(trainer))
            self.watch.advance(epoch, f"loss {trainer.progress.history[-1]['loss']:#.4g} {note}".rstrip())

    def require_learned(self, found: float, when: str) -> None:
        """Refuse a net that is no better than a constant.

        Raises:
            DrawError: with both scores.
        """
        constant, words = self.constant
        if found <= constant:
            self.state.drop()
            raise DrawError(
                f"not better than a constant: {when} {self.kind.metric} is {found:.1f}, {words} has {constant:.1f}; "
                "grant more minutes, give more pictures, or see whether their names and labels are right"
            )

    def finish(self, made_by: str, ticket: Ticket, history: list[dict[str, Any]], target: str, plan: Plan) -> Trained:
        """The ticket with settled statistics, scored on all that was held out, and stored.

        Raises:
            DrawError: it is no better than a constant.
        """
        self.watch.begin("scoring", 1)
        net = self.settled(ticket, FINAL_BATCHES)
        with torch.no_grad():
            scores = self.kind.all_scores(net, self.val, self.size, self.recipe.batch_size, CPU)
        self.constant = self.kind.constant(self.train, self.val, self.size)
        self.require_learned(scores[self.kind.metric], "at the end")
        provenance = {
            "made by": made_by,
            "asked for": target,
            "data": self.data.identity(),
            "pictures": f"{len(self.train)} to train on, {len(self.val)} held out",
            "training": f"{plan.epochs} epochs of {plan.steps_per_epoch} steps of {self.recipe.batch_size} pictures",
            "learning rate": f"{plan.rate:g}",
            "seed": str(self.request.seed),
            "scores": ", ".join(f"{name} {value:.2f}" for name, value in scores.items()),
            "constant": f"{self.kind.metric} {self.constant[0]:.2f}, {self.constant[1]}"[:200],
            "versions": f"supertickets {_version()}, torch {torch.__version__}",
        }
        done = replace(Ticket.of(ticket.architecture, net, ticket.masks), purpose=self.purpose, provenance=provenance)
        digest = self.state.add("ticket.safetensors", done.to_bytes())
        facts = {
            "ticket": digest,
            "scores": scores,
            "constant": self.constant,
            "history": history,
            "plan": plan.to_json(),
        }
        self.state.write("facts.json", json.dumps(facts).encode())
        for name in ("search.state", "training.state"):
            self.state.remove(name)
        self.watch.advance(1)
        return Trained(done, scores, self.constant, history, plan)


def _told_of_divergence(epochs: Iterator[int], trainer: Trainer) -> Iterator[int]:
    try:
        yield from epochs
    except Diverged as error:
        rate = trainer.recipe.optimization.lr
        raise DrawError(
            f"training diverged in epoch {trainer.progress.epoch + 1}: give a --rate below {rate:g}"
        ) from error


@contextmanager
def session_of(
    data: OwnData,
    request: Request,
    size: tuple[int, int],
    about: Mapping[str, Any],
    watch: Watch,
    begun: float,
    tickets: int = 1,
    like: Plan | None = None,
) -> Iterator[Session]:
    """The training of a request, held by this process alone.

    Args:
        about: what else is wanted.
        begun, tickets, like: those of `Session`.

    Raises:
        DrawError: another process has it, or what is stored of it cannot be read now.
    """
    wanted = {**asdict(request), **about, "size": size, "task": data.task, "names": data.names, "data": data.identity()}
    if tickets > 1:
        wanted |= {"tickets": tickets, "like": like and like.to_json()}
    threads = torch.get_num_threads()
    # subnormal numbers are zero: with weights near zero they make steps several times slower
    torch.set_flush_denormal(True)
    try:
        with state_of({**wanted, "torch": torch.__version__}, watch.say) as state:
            yield Session(data, request, size, state, watch, begun, tickets, like)
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)
        watch.end()


def _version() -> str:
    try:
        return version("supertickets")
    except PackageNotFoundError:
        return "from a checkout"
