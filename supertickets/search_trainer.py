"""A supernet in training with search and pruning: what Algorithm 1 acts on (`two_in_one.Searchable`)."""

from __future__ import annotations

from torch import Tensor, nn

from supertickets.architecture import Architecture
from supertickets.batches import Batches
from supertickets.evaluation import reestimate_batch_norm
from supertickets.pruning import Pruning
from supertickets.schedule import ramp
from supertickets.searching import ImportancePenalty, Searching, remove_units, surviving_units
from supertickets.seeding import derive_seed, seeded
from supertickets.synchronised import average_statistics
from supertickets.ticket import Ticket
from supertickets.trainer import Trainer
from supertickets.units import unit_groups


class SearchTrainer(Trainer):
    """Weights and importance factors learn together; units are removed, weights pruned and reactivated.

    Args:
        normaliser: mean MACs of a unit of the whole supernet; None when `net` is it.
    """

    def __init__(
        self,
        architecture: Architecture,
        net: nn.Module,
        batches: Batches,
        epochs: int,
        searching: Searching,
        pruning: Pruning,
        normaliser: float | None = None,
    ) -> None:
        super().__init__(architecture, net, batches, epochs, pruning.stored_value)
        self.searching, self.pruning = searching, pruning
        image_size = searching.cost_size or batches.recipe.image_size
        self.penalty = ImportancePenalty(net, image_size, normaliser, searching.counter)
        self.kept: Ticket | None = None

    def add_gradients(self, step: int) -> None:
        """The gradient of the importance penalty, whose weight rises at first."""
        recipe = self.recipe
        self.penalty.add_gradients(ramp(step / recipe.steps_per_epoch, recipe.rho_warmup, recipe.rho))

    def remove_units(self, below: float) -> int:
        """Remove search units whose importance is under `below`; returns how many (Alg. 1 l.5)."""
        survivors = self.parallel.decided(lambda: self._survivors(below))
        if survivors is None:
            return 0
        before = self._units()
        survivors = {name: keep.to(self.batches.device) for name, keep in survivors.items()}
        remove_units(self.net, survivors, self.followers(), self.searching.correct_shift)
        self.shape_changed()
        self.frozen.forget_missing()
        self.penalty.refresh(self.net)
        after = self._units()
        self.progress.note(units=after)
        return before - after

    def _survivors(self, below: float) -> dict[str, Tensor] | None:
        """Per group that loses units those that stay; None while too few are dead to rebuild anything."""
        last = self.progress.epoch == self.epochs
        survivors = surviving_units(self.net, below, self.averages, last)
        if not last and self.penalty.macs_of(self.net, survivors) < self.searching.rebuild_macs:
            return None
        return survivors

    def _units(self) -> int:
        return sum(group.units for group in unit_groups(self.net).values())

    def recalibrate(self) -> None:
        """Fresh BatchNorm statistics over training batches (Alg. 1 l.6)."""
        first = self.progress.epoch * self.recipe.steps_per_epoch
        steps = range(first, first + self.searching.recalibration_batches)
        with seeded(self.batches.seed, "recalibration dropout", self.progress.epoch):
            reestimate_batch_norm(self.net, self.batches.inputs(steps, "recalibration"))
        if self.computing.statistics == "local":
            average_statistics(self.net, self.parallel)
        if self.averages is not None:
            self.averages.adopt_statistics(self.net)

    def reactivate(self, everything: bool = False) -> None:
        """Pruned weights get their values and gradients back (Alg. 1 l.7).

        Args:
            everything: all weights, instead of those that a search reactivates.
        """
        self.frozen.reactivate(
            None if everything else self.architecture.prunable(self.net, self.searching.reactivated).keys()
        )

    def prune(self, percent: int) -> None:
        """Prune to `percent` % over all prunable weights together and freeze what is pruned (Alg. 1 l.10-11)."""
        values = self.frozen.values(self.architecture.prunable(self.net, self.pruning.prunable))
        seed = derive_seed(self.batches.seed, "pruning")
        self.set_masks(self.pruning.masks(self.net, values, percent, self.batches, seed))

    def keep_ticket(self) -> None:
        """Remember the present ticket, to be returned instead of the final one."""
        self.kept = super().ticket()

    def apply_last_mask(self) -> None:
        """Prune to the last mask again (Alg. 1 l.14)."""
        self.frozen.apply_last_mask()

    def kept_states(self) -> dict[str, Ticket]:
        """Those of the present net; none where an earlier ticket is returned."""
        return {} if self.kept is not None else super().kept_states()

    def ticket(self) -> Ticket:
        """The kept ticket if there is one, else the present net."""
        return self.kept if self.kept is not None else super().ticket()
