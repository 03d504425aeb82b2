"""Which dot products share a fill of the array: greedy, in order, whole where they fit."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.accelerator.gemm import Counts


@dataclass(frozen=True, eq=False)
class Pieces:
    """Dot products, or parts of one, as they sit on the multipliers. All `(pieces,)`, in order.

    Attributes:
        fold: number of the fill that holds the piece.
        row: number of the dot product it belongs to.
        size: multipliers it occupies.
        injected: whether one of them adds the partial sum of the part before, and holds no weight.
    """

    fold: Counts
    row: Counts
    size: Counts
    injected: NDArray[np.bool_]

    @functools.cached_property
    def start(self) -> Counts:
        """First multiplier of each piece."""
        before = np.cumsum(self.size) - self.size
        return before - before[np.searchsorted(self.fold, self.fold)]


def pack(counts: Counts, multipliers: int) -> Pieces:
    """Pack `(rows,)` counts, all above 0.

    Rows are taken while they fit; a row never straddles two fills. A row longer than the array is alone: its first
    part fills the array, every further part spends one multiplier on the partial sum.
    """
    ends = np.concatenate([[0], np.cumsum(counts)])
    fold, row, size, injected = [], [], [], []
    folds = first = 0
    while first < len(counts):
        after = int(np.searchsorted(ends, ends[first] + multipliers, side="right")) - 1
        if after > first:
            fold.append(np.full(after - first, folds))
            row.append(np.arange(first, after))
            size.append(counts[first:after])
            injected.append(np.zeros(after - first, dtype=bool))
            folds, first = folds + 1, after
            continue
        further, rest = divmod(int(counts[first]) - multipliers, multipliers - 1)
        parts = [multipliers] * (1 + further) + [rest + 1] * (rest > 0)
        fold.append(folds + np.arange(len(parts)))
        row.append(np.full(len(parts), first))
        size.append(np.array(parts))
        injected.append(np.arange(len(parts)) > 0)
        folds, first = folds + len(parts), first + 1
    return Pieces(np.concatenate(fold), np.concatenate(row), np.concatenate(size), np.concatenate(injected))
