"""Processes with statistics of their own average them before anything is decided, also those of averaged weights."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from torch import Tensor, nn

from supertickets import trainer as module
from supertickets.computing import Computing
from supertickets.optimizers import Optimization
from supertickets.parallel import Parallel
from tests.properties.small import trainer

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("averaged", [True, False])
def test_statistics_of_averages_are_averaged_where_there_are_any(
    averaged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Mapping[str, Tensor] | None] = []

    def note(_net: nn.Module, _parallel: Parallel, averages: Mapping[str, Tensor] | None = None) -> None:
        given.append(averages)

    monkeypatch.setattr(module, "average_statistics", note)
    training = trainer(optimization=Optimization(lr=0.01, schedule="constant", averaged=averaged))
    training.computing = Computing(statistics="local")
    training.train_epoch(1)
    assert given and all((averages is not None) == averaged for averages in given)
