"""Output bus: every line takes one result per cycle, and the memory behind it halves its queue every cycle."""

from __future__ import annotations

import numpy as np

from bench.accelerator.gemm import Counts
from bench.accelerator.parts.adder_tree import Cycles

SETTLED = 6
"""Streamed vectors after which a queue that halves every cycle no longer depends on how it began."""


def results_per_line(fold: Counts, line: Counts) -> Counts:
    """`(folds, most results on a line)`: at [f, k], the lines of fold f over which more than k results leave."""
    key, results = np.unique(fold * (int(line.max()) + 1) + line, return_counts=True)
    owner = key // (int(line.max()) + 1)
    exactly = np.zeros((int(fold.max()) + 1, int(results.max()) + 1), dtype=np.int64)
    np.add.at(exactly, (owner, results), 1)
    return exactly[:, ::-1].cumsum(1)[:, ::-1][:, 1:]


def drain(lines: Counts, busiest: Counts, port: Cycles, vectors: int) -> Counts:
    """Cycles from the last arrival of a result until memory has written all, `(folds,)`.

    Args:
        lines: from `results_per_line`.
        busiest: `(folds,)` most results on a line.
        port: `(folds,)` cycles in which the read ports send one streamed vector.
        vectors: streamed vectors.
    """
    folds = np.arange(len(lines))
    # where lines are the bottleneck, only the busiest still deliver at the end, one result every cycle
    late = busiest > port
    arriving = lines.copy()
    arriving[late, 0] = lines[folds, busiest - 1][late]
    burst = np.where(late, 1, busiest)
    # an idle queue is empty after a few cycles
    period = np.where(late, 1, np.minimum(np.ceil(port).astype(np.int64), burst + int(lines.max()).bit_length()))
    queue = np.zeros(len(lines), dtype=np.int64)
    vectors = min(vectors, SETTLED)
    for vector in range(vectors):
        length = burst if vector == vectors - 1 else period
        for cycle in range(int(length.max())):
            if cycle < arriving.shape[1]:
                queue += np.where(cycle < length, arriving[:, cycle], 0)
            queue -= np.where(cycle < length, (queue + 1) // 2, 0)
    return np.ceil(np.log2(queue + 1)).astype(np.int64)
