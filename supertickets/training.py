"""A supernet in training: what Algorithm 1 acts on, and what retraining needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from supertickets.batches import Batches
from supertickets.criteria import magnitude_scores, random_scores
from supertickets.lottery import KeptStates
from supertickets.masks import global_masks, prunable, sparsity, warn_of_emptied_layers
from supertickets.memory import place
from supertickets.optimizers import add_l2_gradient, learning_rate, make_optimizer
from supertickets.recalibrate import recalibrate
from supertickets.recipe import Recipe
from supertickets.schedule import ramp
from supertickets.search import ImportancePenalty, remove_units, surviving_units
from supertickets.seeding import derive_seed, seeded
from supertickets.sparse import Averages, SparseWeights
from supertickets.supernet import Supernet, unit_groups
from supertickets.tasks import Task
from supertickets.ticket import Ticket
from supertickets.two_in_one import TwoInOne


class Diverged(RuntimeError):
    """The loss is no longer finite; the message names the epoch and the remedy."""


@dataclass
class Progress:
    """What a training has come to: plain numbers, kept with the run."""

    epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


class Training:
    """A net, its optimizer, mask and averages, trained epoch by epoch on one split.

    Args:
        net: trained in place.
        total_epochs: the learning-rate schedule spans these.
        algorithm: switches for masks and search; its intervals are read by `two_in_one` alone.
        searching: whether the importance penalty is part of the loss.
    """

    def __init__(
        self,
        net: Supernet,
        task: Task,
        split: Any,
        recipe: Recipe,
        algorithm: TwoInOne,
        total_epochs: int,
        seed: int,
        device: torch.device,
        searching: bool = True,
        normaliser: float | None = None,
    ) -> None:
        place(net, device)
        self.net = net
        self.task, self.split, self.recipe, self.algorithm = task, split, recipe, algorithm
        self.total_epochs, self.seed, self.device = total_epochs, seed, device
        self.optimizer = make_optimizer(self.net.parameters(), recipe.optimization)
        decay = recipe.optimization.average_decay
        self.averages = Averages(self.net, decay) if decay else None
        self.sparse = SparseWeights(self.net, self.optimizer, self.averages, algorithm.stored_value)
        self.penalty = ImportancePenalty(self.net, recipe.image_size, normaliser) if searching else None
        self.batches = Batches(task, split, recipe, seed, device)
        self.progress = Progress()
        self.kept: Ticket | None = None
        self.states = KeptStates()

    def train_epoch(self, epoch: int) -> None:
        """One epoch of gradient steps on weights and importance factors (Alg. 1 l.3).

        Raises:
            Diverged: when the loss is not finite.
        """
        recipe, steps = self.recipe, self.recipe.steps_per_epoch
        optimization = recipe.optimization
        self.net.train()
        weights = list(prunable(self.net).values())
        total = torch.zeros((), device=self.device)
        with seeded(self.seed, "dropout", epoch):
            for step in range((epoch - 1) * steps, epoch * steps):
                inputs, targets = self.batches.batch(step)
                loss = self.task.loss(self.net(inputs), targets)
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                add_l2_gradient(weights, optimization.l2)
                if self.penalty is not None:
                    self.penalty.add_gradients(ramp(step / steps, recipe.rho_warmup, recipe.rho))
                self.sparse.before_step(optimization.l2)
                rate = learning_rate(optimization, step, self.total_epochs * steps, steps)
                for group in self.optimizer.param_groups:
                    group["lr"] = rate
                self.optimizer.step()
                self.sparse.after_step()
                total += loss.detach()
        mean = float(total) / steps
        if not math.isfinite(mean):
            raise Diverged(f"loss is {mean} in epoch {epoch}: lower the learning rate ({optimization.lr}) or rho")
        self.progress.epoch = epoch
        self.progress.history.append({"epoch": epoch, "loss": round(mean, 6)})

    def remove_units(self, below: float) -> int:
        """Remove search units whose importance is under `below`; returns how many (Alg. 1 l.5)."""
        assert self.penalty is not None
        survivors = surviving_units(self.net, below, self.averages)
        groups = unit_groups(self.net)
        dead = {name: groups[name].units - len(keep) for name, keep in survivors.items()}
        if self.algorithm.rebuild_macs and survivors:
            saved = 0.0
            for name, keep in survivors.items():
                costs = groups[name].macs_per_unit(self.penalty.sizes[name])
                saved += float(costs.sum() - costs[keep.cpu()].sum())
            if saved < self.algorithm.rebuild_macs:
                return 0
        followers = (*self.sparse.followers(), self.states)
        remove_units(self.net, survivors, followers, self.algorithm.correct_shift)
        self.sparse.units_removed()
        self.penalty.refresh(self.net)
        self._note(units=sum(group.units for group in unit_groups(self.net).values()))
        return sum(dead.values())

    def recalibrate(self) -> None:
        """Fresh BatchNorm statistics over training batches (Alg. 1 l.6)."""
        first = self.progress.epoch * self.recipe.steps_per_epoch
        steps = range(first, first + self.algorithm.recalibration_batches)
        with seeded(self.seed, "recalibration dropout", self.progress.epoch):
            recalibrate(self.net, (self.batches.batch(step, "recalibration")[0] for step in steps))
        if self.averages is not None:
            self.averages.adopt_statistics(self.net)

    def reactivate(self) -> None:
        """Pruned weights get their values and gradients back (Alg. 1 l.7)."""
        self.sparse.reactivate()

    def prune(self, percent: int) -> None:
        """Prune globally to `percent` % and freeze what is pruned (Alg. 1 l.10-11)."""
        values = self.sparse.values()
        if self.algorithm.criterion == "random":
            scores = random_scores(values, derive_seed(self.seed, "random pruning"))
        else:
            scores = magnitude_scores(values)
        self.set_masks(global_masks(scores, percent, self.algorithm.counting))

    def set_masks(self, masks: dict[str, Tensor]) -> None:
        """Freeze under given masks; a layer left without weights is reported."""
        self.sparse.prune(masks)
        emptied = warn_of_emptied_layers(masks, f"epoch {self.progress.epoch}")
        self._note(sparsity=round(sparsity(masks), 6), emptied_layers=emptied)

    def apply_last_mask(self) -> None:
        """Prune to the last mask again (Alg. 1 l.14)."""
        self.sparse.apply_last_mask()

    def keep_ticket(self) -> None:
        """Remember the present ticket, to be returned instead of the final one."""
        self.kept = self._present_ticket()

    def keep_state(self, name: str) -> None:
        """Remember the present weights under `name`, as a state to rewind the ticket to."""
        self.states.keep(name, self.net, self.sparse)

    def kept_states(self) -> dict[str, Ticket]:
        """The remembered states in the architecture of the net, by name; none where an earlier ticket is returned."""
        return {} if self.kept is not None else self.states.tickets(self.ticket())

    def ticket(self) -> Ticket:
        """The kept ticket if there is one, else the present net (its averages, if any) under the active mask."""
        return self.kept if self.kept is not None else self._present_ticket()

    def _present_ticket(self) -> Ticket:
        weights = self.averages.values if self.averages is not None else None
        return Ticket.of(self.net, self.sparse.masks if self.sparse.active else {}, weights)

    def _note(self, **facts: Any) -> None:
        if self.progress.history:
            self.progress.history[-1].update(facts)


@torch.no_grad()
def evaluate(
    net: Supernet, task: Task, split: Any, image_size: tuple[int, int], batch_size: int, device: torch.device
) -> dict[str, float]:
    """Metrics in percent of `net` in eval mode."""
    place(net, device)
    return task.evaluate(net.eval(), split, image_size, batch_size, device)
