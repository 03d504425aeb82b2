"""Retraining with a fixed mask: how long, and how fast it learns."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from bench.stages import fixed_mask

from tests.properties.test_experiment_ids import SETTING

pytestmark = pytest.mark.fast


class Begun(Exception):
    """Training would begin now."""


@pytest.mark.parametrize("share", [1.0, 0.1])
def test_the_peak_rate_is_a_share_of_the_recipes(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def training(*arguments: Any, **_: Any) -> None:
        _, _, _, recipe, _, epochs, *_ = arguments
        begun.append((recipe, epochs))
        raise Begun

    begun: list[Any] = []
    monkeypatch.setattr(fixed_mask, "Training", training)
    ticket: Any = SimpleNamespace(net=lambda: None)
    work: Any = SimpleNamespace(split=lambda: None, seed=lambda _: 0, device=None)
    with pytest.raises(Begun):
        fixed_mask.train_with_fixed_mask(ticket, replace(SETTING, retrain_lr=share), "retrain", work)
    [(recipe, epochs)] = begun
    optimization = SETTING.recipe.optimization
    assert recipe == replace(SETTING.recipe, optimization=replace(optimization, lr=share * optimization.lr))
    assert epochs == SETTING.retrain_epochs == 50
