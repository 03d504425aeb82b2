"""A tiny ticket and its file, for every command that takes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from supertickets.criteria import magnitude_scores
from supertickets.masks import global_masks, prunable
from supertickets.supernet import build
from supertickets.ticket import Ticket
from tests.properties.small import TINY, randomise


@pytest.fixture(scope="module")
def ticket() -> Ticket:
    """A random tiny ticket, 80 % zeros."""
    net = build(TINY, 0)
    randomise(net)
    return Ticket.of(net, global_masks(magnitude_scores(prunable(net)), 80))


@pytest.fixture
def path(ticket: Ticket, tmp_path: Path) -> Path:
    file = tmp_path / "tiny.safetensors"
    file.write_bytes(ticket.to_bytes())
    return file
