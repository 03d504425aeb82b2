"""What steps share that prune a net in one go, by whatever made it."""

from __future__ import annotations

from abc import abstractmethod

from bench.experiments import Context, Product, Step
from supertickets.masks import check_sparsity
from supertickets.one_shot import pruned_once
from supertickets.pruning import Pruning
from supertickets.ticket import Ticket


class PruningOnce(Step):
    """What `pruned` made, with `percent` % zeros among its prunable weights.

    Raises:
        MaskError: a sparsity that is none.
    """

    percent: int
    pruning: Pruning

    def __post_init__(self) -> None:
        check_sparsity(self.percent)
        super().__post_init__()

    @property
    @abstractmethod
    def pruned(self) -> Step:
        """The step whose net is pruned."""

    @property
    def sparsity(self) -> int:
        return self.percent

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.pruned,)

    def compute(self, context: Context) -> Product:
        """With batches of the problem, for criteria that look at any."""
        batches = context.batches(self.problem, "pruning")
        net = context.ticket(self.pruned)
        return Product(tickets={"ticket": pruned_once(net, self.pruning, self.percent_of(net), batches)})

    def percent_of(self, net: Ticket) -> int:
        """Whole percent of zeros among what is pruned of a net."""
        return self.percent
