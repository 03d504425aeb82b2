"""A detector on the ResNet of a classifier, not trained yet: where detectors begin, and transfer tickets too."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Context, Product, Step
from bench.settings import Problem
from bench.steps.detectors import classifier_of, detector_of
from supertickets.detector_tickets import with_backbone


@dataclass(frozen=True)
class WithBackbone(Step):
    """A fresh detector with values, BatchNorm and mask of the classifier that `classifier` makes.

    Raises:
        SettingError: nets of other kinds.
        DetectorError: ResNets that differ.
    """

    version = 1

    classifier: Step
    on: Problem

    def __post_init__(self) -> None:
        super().__post_init__()
        detector_of(self.on).check_body(classifier_of(self.classifier.problem))

    @property
    def problem(self) -> Problem:
        return self.on

    @property
    def name(self) -> str:
        return f"backbone of {self.classifier.problem.data} ({self.classifier.name})"

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.classifier,)

    def compute(self, context: Context) -> Product:
        target = detector_of(self.on)
        ticket = with_backbone(context.ticket(self.classifier), target, context.seed("initialisation"))
        return Product(tickets={"ticket": ticket})
