"""What each type of error costs."""

from __future__ import annotations

from bench.experiments import Step
from bench.settings import Setting
from bench.steps.analyse import Analyse


def errors(of: Step, setting: Setting) -> Analyse:
    """On the split that the setting reports on."""
    return Analyse(of, setting.evaluation, setting.evaluation_batch)


MEASURES = {"errors": errors}
