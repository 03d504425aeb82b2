"""A store to be tested."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench.store import Store


@pytest.fixture
def said() -> list[str]:
    """What the store reported."""
    return []


@pytest.fixture
def store(tmp_path: Path, said: list[str]) -> Store:
    """An empty store."""
    from bench.identity import Environment  # not for the many tests that have none
    from bench.store import Store

    return Store(Environment(tmp_path, None), said.append)
