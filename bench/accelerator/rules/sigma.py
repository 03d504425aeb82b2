"""SIGMA as published (Qin et al., HPCA 2020): a packed array, multicast, and the better of two stationary operands.

Non-zeros of the stationary operand fill the array completely, column by column, so that dot products straddle refills
and a fold needs few distinct streamed values; results of several folds are added up outside the array. A fold loads
its non-zeros at the distribution bandwidth; then each streamed vector takes one cycle, or as many as its distinct
values need at that bandwidth; zeros of the streamed operand are sent too. The adder tree of an engine ends the fold.
Stationary values whose streamed partners are all zero are not loaded, and streamed vectors without a non-zero are not
sent.

Which fold needs which columns is bounded, not counted. A fold needs at most as many values as it has non-zeros, and as
the product has columns; all folds together need D_1 + ... + D_F <= columns + F - 1, as consecutive folds share at most
one column, so that the sum of ceil(D_f / bandwidth) cycles is at most F + floor((columns - 1) / bandwidth). The smaller
bound is taken: it is exact for one fold, never rises when a non-zero is removed and does not know the order of rows.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from bench.accelerator.gemm import Counts, Gemm
from bench.accelerator.rules import RuleSet
from bench.accelerator.timing import Stationary, Timing

if TYPE_CHECKING:
    from bench.accelerator.config import Accelerator

ENGINE = 128
"""Multipliers of one flexible dot-product engine, each with an adder tree of its own."""


def _timing(gemm: Gemm, array: Accelerator) -> Timing:
    """Weights stationary: one block-diagonal product. Activations stationary: one product per group."""
    alive = (gemm.counts.reshape(gemm.groups, -1) > 0).sum(1)
    weights = _sum(
        "weights", array, np.array([gemm.nonzeros]), np.array([gemm.columns.sum()]), np.array([gemm.vectors])
    )
    activations = _sum("activations", array, gemm.columns * gemm.vectors, gemm.columns, alive)
    return min(weights, activations, key=lambda timing: timing.cycles)


def _sum(stationary: Stationary, array: Accelerator, nonzeros: Counts, columns: Counts, vectors: Counts) -> Timing:
    """Products run after each other: `nonzeros` stationary values over `columns` distinct streamed ones each."""
    size, bandwidth = array.multipliers, array.distribution_bandwidth
    full, rest = np.divmod(nonzeros, size)
    loading = full * ceil(size / bandwidth) + -(-rest // bandwidth)
    folds = full + (rest > 0)
    each = full * -(-np.minimum(size, columns) // bandwidth) + -(-np.minimum(rest, columns) // bandwidth)
    together = np.where(folds > 0, folds + (columns - 1) // bandwidth, 0)
    per_vector = np.minimum(each, together)
    tree = (min(ENGINE, size) - 1).bit_length() + 1  # levels of adders, and the last one's result
    total = int(folds.sum())
    return Timing(stationary, total, int(loading.sum()), int((vectors * per_vector).sum()), total * tree)


def _problem(array: Accelerator) -> str | None:
    if array.reduction_bandwidth is not None:
        return (
            f"reduction_bandwidth is {array.reduction_bandwidth}: the published design has no limit on results "
            "per cycle; leave it None or choose the rules 'stonne'"
        )
    return None


RULES = {"sigma": RuleSet(_timing, _problem)}
