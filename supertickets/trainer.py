"""A net trained epoch by epoch, under a mask or without: what searching, retraining and transfer share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from supertickets.architecture import Architecture
from supertickets.averages import Averages
from supertickets.batches import Batches
from supertickets.compiling import CompiledForward
from supertickets.dead_ends import warn_of_emptied_layers
from supertickets.freezing import FrozenWeights, StoredValue
from supertickets.lottery import KeptStates
from supertickets.masks import Masks, sparsity
from supertickets.memory import to_device
from supertickets.optimizer_state import OptimizerState
from supertickets.optimizers import add_l2_gradient, make_optimizer, set_step
from supertickets.parallel import check_agreement, sum_gradients
from supertickets.seeding import seeded
from supertickets.synchronised import average_statistics, synchronise
from supertickets.ticket import Ticket
from supertickets.units import Follower


class Diverged(RuntimeError):
    """The loss is no longer finite; the message names the epoch and the remedy."""


@dataclass
class Progress:
    """What a training has come to: plain numbers, kept with the run."""

    epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)

    def note(self, **facts: Any) -> None:
        """Add facts to the record of the present epoch, if one is over."""
        if self.history:
            self.history[-1].update(facts)


class Trainer:
    """A net, its optimizer, averages and frozen weights.

    Args:
        net: of `architecture`; trained in place.
        batches: the training data, in this training's order, the processes that share it and how they compute; their
            recipe says how to train.
        epochs: the learning-rate schedule spans these.
        stored_value: what becomes of the values of pruned weights.
    """

    def __init__(
        self,
        architecture: Architecture,
        net: nn.Module,
        batches: Batches,
        epochs: int,
        stored_value: StoredValue = "kept",
    ) -> None:
        to_device(net, batches.device)
        self.architecture, self.net, self.batches, self.epochs = architecture, net, batches, epochs
        self.parallel, self.computing = batches.parallel, batches.computing
        if self.computing.statistics == "synchronised":
            synchronise(net, self.parallel)
        self.recipe = batches.recipe
        self.optimizer = make_optimizer(net.parameters(), self.recipe.optimization)
        self.state = OptimizerState(net, self.optimizer)
        self.averages = Averages(net) if self.recipe.optimization.averaged else None
        self.frozen = FrozenWeights(net, self.state, self.averages, stored_value)
        self._compiled = CompiledForward(net) if self.computing.compiled else None
        self.scaler = self.computing.scaler(batches.device)
        self.progress = Progress()
        self.states = KeptStates()

    def train_epoch(self, epoch: int) -> None:
        """One epoch of gradient steps (Alg. 1 l.3).

        Raises:
            Diverged: when the loss is not finite.
            ProcessesDiffer: when the processes do not hold the same net any more.
        """
        steps, optimization = self.recipe.steps_per_epoch, self.recipe.optimization
        self.net.train()
        decayed = self._decayed()
        total = torch.zeros((), device=self.batches.device)
        with seeded(self.batches.seed, "dropout", epoch, self.parallel.rank):
            for step in range((epoch - 1) * steps, epoch * steps):
                self.optimizer.zero_grad(set_to_none=True)
                total += self._backward(step)
                sum_gradients(self.parallel, self.net.parameters())
                self.scaler.unscale_(self.optimizer)
                add_l2_gradient(decayed, optimization.l2)
                self.add_gradients(step)
                self.frozen.before_step(optimization.l2)
                set_step(self.optimizer, optimization, step, self.epochs * steps, steps)
                self.scaler.step(self.optimizer)
                self.scaler.update()
                self.frozen.after_step()
        self.parallel.sum([total])
        mean = float(total) / steps
        if not math.isfinite(mean):
            raise Diverged(f"loss is {mean} in epoch {epoch}: lower the learning rate ({optimization.lr}) or rho")
        self._agree(f"after epoch {epoch}")
        self.progress.epoch = epoch
        self.progress.history.append({"epoch": epoch, "loss": round(mean, 6)})

    def shape_changed(self) -> None:
        """Search units were removed from the net."""
        if self._compiled is not None:
            self._compiled.forget()

    def _backward(self, step: int) -> Tensor:
        """This process's share of the loss of a step, whose gradients are there afterwards."""
        forward = self._compiled or self.net
        total = torch.zeros((), device=self.batches.device)
        for inputs, targets, weight in self.batches.weighted(step):
            with self.computing.autocast(self.batches.device):
                loss = self.batches.task.loss(forward(inputs), targets)
            loss = loss * weight.to(loss.dtype)
            self.scaler.scale(loss).backward()
            total += loss.detach()
        return total

    def _agree(self, when: str) -> None:
        """Before anything is decided or stored: all processes hold the same net and the same statistics."""
        if self.computing.statistics == "local":
            average_statistics(self.net, self.parallel, self.averages.values if self.averages is not None else None)
        check_agreement(self.parallel, self.net.state_dict().values(), when)

    def add_gradients(self, step: int) -> None:
        """What else is part of the loss of step `step`; nothing here."""

    def _decayed(self) -> list[Tensor]:
        """What the L2 term covers: all weights, and the classifier's bias."""
        classifier = self.architecture.classifier
        biases = [
            bias for name, bias in self.net.named_parameters() if name.startswith(classifier) and name.endswith("bias")
        ]
        return [*self.architecture.prunable(self.net, "all").values(), *biases]

    def set_masks(self, masks: Masks) -> None:
        """Freeze under given masks; a layer left without weights is reported.

        Raises:
            MaskError: when the masks do not fit the net.
        """
        self.frozen.prune(masks)
        emptied = warn_of_emptied_layers(self.net, masks, f"epoch {self.progress.epoch}")
        self.progress.note(sparsity=round(sparsity(masks), 6), emptied_layers=emptied)

    def ticket(self) -> Ticket:
        """The net as it is (its averages, if any) under the masks in force."""
        weights = self.averages.values if self.averages is not None else {}
        return Ticket.of(self.architecture, self.net, self.frozen.active, weights)

    def keep_state(self, name: str) -> None:
        """Remember the present weights under `name`, as a state to rewind the ticket to."""
        self.states.keep(name, self.net, self.frozen)

    def kept_states(self) -> dict[str, Ticket]:
        """The remembered states in the architecture of the net, by name."""
        return self.states.tickets(self.ticket())

    def followers(self) -> Iterable[Follower]:
        """Everything that is shaped like the parameters and has to shrink with them."""
        yield from (self.frozen, self.state, self.states)
        if self.averages is not None:
            yield self.averages
