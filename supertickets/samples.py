"""The seam between training and where data come from: a length, and decoded samples by index.

Decoded arrays in memory are one kind (`supertickets.tasks.data`); files that are decoded when they are asked for are
another (`supertickets.loading`). What is drawn for a sample depends on the step and its position in the batch alone, so
that any process can compute its share of any batch at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import Tensor

from supertickets.loading import OnDemand


class Samples(Protocol):
    """One split of a data set."""

    def __len__(self) -> int: ...

    def take(self, index: Tensor) -> Any:
        """Decoded samples `index` (int64), in that order, in the form their task reads."""


def parts(samples: Samples, size: int) -> Iterator[Any]:
    """All samples in order, decoded `size` at a time: what an evaluation passes through."""
    if isinstance(samples, OnDemand):
        yield from samples.parts(size)
        return
    for chunk in torch.arange(len(samples)).split(size):
        yield samples.take(chunk)
