"""Scoring a ticket: a step of its own, so that another protocol or a mended metric retrains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bench.experiments import Context, Product
from bench.steps.measuring import Measuring
from supertickets.descriptions import Count
from supertickets.evaluation import EvaluationProtocol, evaluate

STATISTICS = "re-estimation"
"""What the batches are for that statistics are estimated on; their order follows from it and the run's seed."""


@dataclass(frozen=True)
class Evaluate(Measuring):
    """The metrics, in percent, of the ticket of `of`.

    Attributes:
        protocol: what is done to the net before.
        split: what it is scored on.
        batch_size: images at a time; no result depends on it but for rounding.
    """

    version = 1
    verb = "score"

    protocol: EvaluationProtocol
    split: Literal["val", "tune"] = "val"
    batch_size: Count = 16

    def compute(self, context: Context) -> Product:
        batches = context.batches(self.problem, STATISTICS)
        scored = context.samples(self.problem, self.split)
        return Product(evaluate(context.ticket(self.of).net(), self.protocol, batches, scored, self.batch_size))
