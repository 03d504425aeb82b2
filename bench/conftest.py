"""What all timing tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.context import arithmetic_of_runs


@pytest.fixture(autouse=True)
def as_in_a_worker() -> Iterator[None]:
    """What training runs with: one thread, and subnormal numbers as zero."""
    with arithmetic_of_runs():
        yield
