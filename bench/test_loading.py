"""How long it takes to load a ticket, against the building of its net without weights: `nox -s bench`.

Loading once built that net, to hold the file against it; now it takes the names, types and shapes from one block of
each form.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.paired import paired_ratio
from supertickets.criteria.random import random_scores
from supertickets.masks import global_masks
from supertickets.memory import outlined
from supertickets.own.kinds import kind
from supertickets.supernet import CITYSCAPES
from supertickets.ticket import Ticket

SIZES = {"paper": (CITYSCAPES, 0.9), "own data": (kind("segmentation").architecture(5), 1.0)}
"""Architecture, and the share of the building's time that loading may take."""


@pytest.mark.parametrize("size", SIZES)
def test_loading_against_building_without_weights(benchmark: Any, size: str, tmp_path: Path) -> None:
    architecture, at_most = SIZES[size]
    net, path = architecture.build(0), tmp_path / "ticket.safetensors"
    scores = random_scores(architecture.prunable(net, "all"), 0)
    ticket = Ticket.of(architecture, net, global_masks(scores, 90))
    path.write_bytes(ticket.to_bytes())

    def build() -> None:
        with outlined():
            architecture.shaped(ticket.shape)

    sides: dict[str, Callable[[], object]] = {"building without weights": build, "loading": lambda: Ticket.load(path)}
    assert paired_ratio(benchmark, sides, 9) <= at_most
