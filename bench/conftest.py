"""What all timing tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from bench.context import configure_arithmetic


@pytest.fixture(autouse=True)
def as_in_a_worker() -> Iterator[None]:
    """What training runs with: one thread, and subnormal numbers as zero."""
    threads = torch.get_num_threads()
    configure_arithmetic()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)
