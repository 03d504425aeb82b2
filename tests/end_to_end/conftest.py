"""A tiny ticket and its file, for every command that takes one; what the tiny command of the tables gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from supertickets.masks import global_masks
from supertickets.ticket import Ticket
from tests.end_to_end.tiny_command import run
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


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Cache and results of one uninterrupted ablation with two seeds."""
    base = tmp_path_factory.mktemp("finished")
    code, output = run(base / "cache", base / "results", "--table", "ablation", "--seeds", "2", "--jobs", "2")
    assert code == 0, output
    return base / "cache", base / "results"
