"""Retraining with a fixed mask: how long, how fast it learns, and what becomes of pruned values."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from bench.settings import Problem, Retraining
from bench.steps import fixed_mask
from supertickets import resuming
from supertickets.batches import Batches
from supertickets.recipe import Recipe
from tests.properties.small import images
from tests.properties.test_experiment_ids import PROBLEM

pytestmark = pytest.mark.fast


class Begun(Exception):
    """Training would begin now."""


@pytest.mark.parametrize("retraining", [Retraining(50), Retraining(20, 0.1, "moving")])
def test_a_retraining_follows_its_description(retraining: Retraining, monkeypatch: pytest.MonkeyPatch) -> None:
    def trainer(_architecture: Any, _net: Any, batches: Batches, *how: Any) -> None:
        begun.append((batches.recipe, *how))
        raise Begun

    def batches_of(problem: Problem, purpose: str, recipe: Recipe) -> Batches:
        assert (problem, purpose) == (PROBLEM, "retrain")
        return Batches(problem.task, images(classes=5), recipe, 0, torch.device("cpu"))

    begun: list[Any] = []
    monkeypatch.setattr(resuming, "Trainer", trainer)
    ticket: Any = SimpleNamespace(architecture=None, net=lambda: None)
    context: Any = SimpleNamespace(batches=batches_of, checkpoint=lambda: None)
    with pytest.raises(Begun):
        fixed_mask.train_with_fixed_mask(ticket, PROBLEM, retraining, "retrain", context)
    recipe = PROBLEM.recipe
    slower = replace(recipe, optimization=replace(recipe.optimization, lr=retraining.lr * recipe.optimization.lr))
    assert begun == [(slower, retraining.epochs, retraining.stored_value)]
