"""Mask transfer: a detector pruned in its backbone by the magnitudes of a classifier's dense weights (Tab. 1)."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Context, Product, Step
from bench.settings import Problem, SettingError
from bench.steps.detectors import classifier_of, detector_of
from supertickets.detector_tickets import Ranked, mask_transfer
from supertickets.masks import Ranking, check_sparsity


@dataclass(frozen=True)
class MaskTransfer(Step):
    """A fresh detector on the backbone of a dense classifier, pruned to `percent` % of what is `ranked`.

    Attributes:
        ranked: `backbone` as the text has it; `detector` as in the public code (`supertickets.detector_tickets`).

    Raises:
        SettingError: nets of other kinds, or a classifier with a mask.
        DetectorError: ResNets that differ.
        MaskError: a sparsity that is none.
    """

    version = 1

    classifier: Step
    on: Problem
    percent: int
    ranked: Ranked = "backbone"
    ranking: Ranking = "global"

    def __post_init__(self) -> None:
        check_sparsity(self.percent)
        super().__post_init__()
        detector_of(self.on).check_body(classifier_of(self.classifier.problem))
        if self.classifier.sparsity:
            raise SettingError(f"{self.classifier.name} has a mask: give the dense classifier, or take WithBackbone")

    @property
    def problem(self) -> Problem:
        return self.on

    @property
    def sparsity(self) -> int:
        return self.percent

    @property
    def name(self) -> str:
        return f"mask of {self.classifier.problem.data}, ranked in the {self.ranked}"

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.classifier,)

    def compute(self, context: Context) -> Product:
        classifier, seed = context.ticket(self.classifier), context.seed("initialisation")
        ticket = mask_transfer(classifier, detector_of(self.on), self.percent, seed, self.ranked, self.ranking)
        return Product(tickets={"ticket": ticket})
