"""Cycles of one matrix product, split by what the array is doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stationary = Literal["weights", "activations"]


@dataclass(frozen=True)
class Timing:
    """Cycles of one product.

    Attributes:
        stationary: the operand held on the multipliers.
        folds: refills of the multiplier array.
        loading: cycles that fill the array with stationary values.
        streaming: cycles that send streamed vectors.
        reduction: cycles after the last streamed value until the last result has left, over all folds.
    """

    stationary: Stationary
    folds: int
    loading: int
    streaming: int
    reduction: int

    @property
    def cycles(self) -> int:
        return self.loading + self.streaming + self.reduction
