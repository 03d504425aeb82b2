"""Where the zeros of a detector are: a step of its own, so that another definition retrains nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from bench.experiments import Context, Product
from bench.steps.measuring import Measuring
from supertickets.detectors.sizes import sparsities


@dataclass(frozen=True)
class Zeros(Measuring):
    """Sparsities of network, backbone, shared and prunable layers of the detector of `of`, in percent."""

    version = 1
    verb = "zeros of"

    def compute(self, context: Context) -> Product:
        found = asdict(sparsities(context.ticket(self.of)))
        return Product({f"sparsity_{part}": percent for part, percent in found.items()})
