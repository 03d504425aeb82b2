"""What a ticket costs: a step of its own, so that a mended counting rule retrains nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from bench.experiments import Context, Product
from bench.steps.measuring import Measuring
from supertickets.costs import cost
from supertickets.detectors import RCNN
from supertickets.detectors.sizes import sparsities
from supertickets.masks import emptied_layers


@dataclass(frozen=True)
class Count(Measuring):
    """Parameters, MACs for one image and measured sparsity of the ticket of `of`, and its layers without weights.

    Of a detector also the sparsities of network, backbone, shared and prunable layers (`supertickets.detectors.sizes`).
    """

    version = 1
    verb = "count"

    def compute(self, context: Context) -> Product:
        ticket = context.ticket(self.of)
        counted = cost(ticket.net(), self.problem.recipe.image_size, ticket.masks)
        numbers = asdict(counted)
        numbers.pop("layers")
        if isinstance(ticket.architecture, RCNN):
            numbers |= {f"sparsity_{part}": percent for part, percent in asdict(sparsities(ticket)).items()}
        return Product(
            {
                **numbers,
                "macs_official": counted.macs_official,
                "sparsity_percent": 100 * ticket.sparsity,
                "emptied_layers": sorted(emptied_layers(ticket.masks)),
            }
        )
