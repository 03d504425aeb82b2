"""The metrics of the task."""

from __future__ import annotations

from bench.experiments import Step
from bench.settings import Setting
from bench.steps.evaluate import Evaluate


def scores(of: Step, setting: Setting) -> Evaluate:
    """What the setting reports on."""
    return Evaluate(of, setting.protocol, setting.evaluation, setting.evaluation_batch)


MEASURES = {"scores": scores}
