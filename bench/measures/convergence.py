"""How fast a dense detector and a ticket come down to a validation loss that both reach."""

from __future__ import annotations

from bench.experiments import Step
from bench.methods import Condition
from bench.methods.object_recognition import dense_detector, detector_setting, direct
from bench.settings import Setting
from bench.steps.converge import Converge

COMPARED = 80
"""The ticket that the dense detector is held against, percent: the paper's keeps 20 % of the weights."""


def convergence(of: Step, setting: Setting) -> Converge:
    """A dense detector against the ticket of `COMPARED` %, a ticket against its dense detector."""
    given = detector_setting(setting)
    if of.sparsity:
        return Converge(of, dense_detector(given), before=given.rewind_epoch)
    return Converge(of, direct(Condition(given, COMPARED)))


MEASURES = {"convergence": convergence}
