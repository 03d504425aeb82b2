"""A tiny ticket and its file, for every command that takes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from supertickets.masks import global_masks
from supertickets.ticket import Ticket
from tests.properties.small import TINY, randomise


@pytest.fixture(scope="module")
def ticket() -> Ticket:
    """A random tiny ticket, 80 % zeros."""
    net = TINY.build(0)
    randomise(net)
    scores = {name: weight.detach().abs() for name, weight in TINY.prunable(net, "all").items()}
    return Ticket.of(TINY, net, global_masks(scores, 80))


@pytest.fixture
def path(ticket: Ticket, tmp_path: Path) -> Path:
    file = tmp_path / "tiny.safetensors"
    file.write_bytes(ticket.to_bytes())
    return file
