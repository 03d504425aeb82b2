"""A store to be tested."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.identity import Environment
from bench.store import Store


@pytest.fixture
def said() -> list[str]:
    """What the store reported."""
    return []


@pytest.fixture
def store(tmp_path: Path, said: list[str]) -> Store:
    """An empty store."""
    return Store(Environment(tmp_path, None), said.append)
