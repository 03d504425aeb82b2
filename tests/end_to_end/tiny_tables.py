"""The real command of the tables on the embedded profile, cut down to seconds: `python tiny_tables.py ARGUMENTS`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.profiles import Profile, embedded
from bench.settings import DetectorSetting, Retraining, Setting
from paper_tables.__main__ import AFTER_STOP, main
from supertickets.command_line import run_command
from supertickets.searching import Searching
from supertickets.supernet import Stage


def tiny(setting: Setting) -> Setting:
    """Same task and data; a two-branch net, ten epochs of one step, intervals that meet at the end."""
    problem = setting.problem
    return replace(
        setting,
        problem=replace(
            problem,
            architecture=replace(problem.architecture, stages=(Stage((1,), (8,)), Stage((1, 1), (8, 8)))),
            recipe=replace(problem.recipe, image_size=(32, 32), batch_size=2, steps_per_epoch=1, rho_warmup=1),
        ),
        algorithm=replace(setting.algorithm, epochs=10, search_interval=5, prune_interval=1, drop_threshold=0.9),
        retraining=Retraining(epochs=2),
        searching=Searching(recalibration_batches=1),
    )


def tiny_detector(setting: DetectorSetting) -> DetectorSetting:
    """Same task and data; a narrow net, two epochs of one step."""
    problem, body = setting.problem, setting.classifier
    narrow: dict[str, Any] = {"pyramid_width": 8, "box_width": 16, "mask_width": 8, "joint_width": 8}
    return replace(
        setting,
        problem=replace(
            problem,
            architecture=replace(problem.architecture, width=4, **narrow),
            recipe=replace(problem.recipe, image_size=(32, 32), batch_size=2, steps_per_epoch=1),
        ),
        algorithm=replace(setting.algorithm, epochs=2),
        early=0.5,
        retraining=Retraining(epochs=2),
        classifier=replace(
            body,
            architecture=replace(body.architecture, width=4),
            recipe=replace(body.recipe, image_size=(32, 32), batch_size=2, steps_per_epoch=1),
        ),
        classifier_epochs=2,
    )


def tiny_profile() -> Profile:
    """The embedded profile with every setting cut down."""
    given = embedded.PROFILE
    return replace(
        given,
        settings={role: tiny(setting) for role, setting in given.settings.items()},
        detectors={role: tiny_detector(setting) for role, setting in given.detectors.items()},
    )


if __name__ == "__main__":
    embedded.PROFILE = tiny_profile()
    run_command(main, AFTER_STOP)
