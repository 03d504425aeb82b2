"""What steps that carry tickets between classifiers and detectors ask of their problems."""

from __future__ import annotations

from bench.settings import Problem, SettingError
from supertickets.detectors.config import RCNN, ResNet


def detector_of(problem: Problem) -> RCNN:
    """The problem's detector.

    Raises:
        SettingError: for a problem with another kind of net.
    """
    if not isinstance(problem.architecture, RCNN):
        raise SettingError(f"{problem.data}: the net is of kind {problem.architecture.kind!r}: give a detector, 'rcnn'")
    return problem.architecture


def classifier_of(problem: Problem) -> ResNet:
    """The problem's classifier.

    Raises:
        SettingError: for a problem with another kind of net.
    """
    if not isinstance(problem.architecture, ResNet):
        raise SettingError(
            f"{problem.data}: the net is of kind {problem.architecture.kind!r}: give a classifier, 'resnet'"
        )
    return problem.architecture
