"""What a ticket costs: a step of its own, so that a mended counting rule retrains nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from bench.experiments import Context, Product
from bench.steps.measuring import Measuring
from supertickets.costs import cost
from supertickets.detectors import RCNN
from supertickets.detectors.sizes import sparsities
from supertickets.disk import disk_size


@dataclass(frozen=True)
class Count(Measuring):
    """Parameters, MACs for one image and measured sparsity of the ticket of `of`, and the weights kept of every layer.

    Of a detector also the sparsities of its parts (`supertickets.detectors.sizes`), and what a file of it takes without
    zeros (`supertickets.disk`).
    """

    version = 2
    verb = "count"

    def compute(self, context: Context) -> Product:
        ticket = context.ticket(self.of)
        counted = cost(ticket.net(), self.problem.recipe.image_size, ticket.masks)
        numbers = asdict(counted)
        numbers.pop("layers")
        if isinstance(ticket.architecture, RCNN):
            numbers |= {f"sparsity_{part}": percent for part, percent in asdict(sparsities(ticket)).items()}
            numbers["disk_size"] = disk_size(ticket.net().state_dict()).sparse_bytes
        return Product(
            {
                **numbers,
                "macs_official": counted.macs_official,
                "sparsity_percent": 100 * ticket.sparsity,
                "kept_by_layer": {
                    name: {"kept": int(mask.sum()), "weights": mask.numel()} for name, mask in ticket.masks.items()
                },
            }
        )
