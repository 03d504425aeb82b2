"""The real command of the tables on the embedded profile, cut down to seconds: `python tiny_tables.py ARGUMENTS`."""

from __future__ import annotations

from dataclasses import replace

from bench.profiles import embedded
from bench.settings import Retraining, Setting
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


if __name__ == "__main__":
    settings = {role: tiny(setting) for role, setting in embedded.PROFILE.settings.items()}
    embedded.PROFILE = replace(embedded.PROFILE, settings=settings)
    run_command(main, AFTER_STOP)
