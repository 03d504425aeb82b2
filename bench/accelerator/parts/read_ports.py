"""Read ports: each serves neighbouring multipliers, one distinct streamed value per cycle.

How many non-zeros a dot product has is known here, not where they are. They are taken as spread evenly over its length
and independent between dot products; how many values the dot products on one port share is then about Poisson.
"""

from __future__ import annotations

import numpy as np

from bench.accelerator.gemm import Counts
from bench.accelerator.parts.adder_tree import Cycles
from bench.accelerator.parts.packing import Pieces

NEGLIGIBLE = 1e-6


def busiest(pieces: Pieces, group: Counts, length: int, multipliers: int, port: int) -> Cycles:
    """Expected distinct values per streamed vector at the busiest port of each fold, `(folds,)`.

    Args:
        pieces: what sits on the multipliers.
        group: `(pieces,)` group of each piece; different groups share no value.
        length: values of a dense dot product.
        multipliers: size of the array.
        port: multipliers of one port.
    """
    used = np.bincount(pieces.fold, pieces.size).astype(np.int64)
    if port == 1:
        return np.ones(len(used))
    fold, size, limit, shared = _ports(pieces, group, length, used, multipliers, port)
    # E[max] = sum over v of P(some port needs at least v values); a port needs fewer than v when it has fewer
    # multipliers, when there are fewer values, or when more than `size - v` of its multipliers share one
    expected = np.zeros(len(used))
    term, at_most = np.exp(-shared), np.zeros(len(fold))
    for v in range(port, 0, -1):
        spare = size - v
        at_most = np.where(spare >= 0, at_most + term, at_most)
        term = np.where(spare >= 0, term * shared / (np.maximum(spare, 0) + 1), term)
        fewer = np.where(v > limit, 1.0, np.clip(1.0 - at_most, NEGLIGIBLE / 10, 1.0))
        none = np.exp(np.bincount(fold, np.log(fewer), len(used)))
        if none.max() < NEGLIGIBLE:
            return expected + v
        expected += 1.0 - none
    return np.maximum(expected, 1.0)


def _ports(
    pieces: Pieces, group: Counts, length: int, used: Counts, multipliers: int, port: int
) -> tuple[Counts, Counts, Counts, Cycles]:
    """Fold, occupied multipliers, most distinct values and expected shared values of every port that counts.

    A port that the fold only partly fills has less to send and counts only where it is the fold's only one.
    """
    ports = np.maximum(used // port, 1)
    fold: Counts = np.repeat(np.arange(len(used)), ports)
    begin = fold * multipliers + (np.arange(len(fold)) - np.repeat(np.cumsum(ports) - ports, ports)) * port
    size: Counts = np.minimum(port, used)[fold]
    # pieces of dot products that lie on one port: cut at the borders of both
    placed = pieces.fold * multipliers + pieces.start
    cuts = np.unique(np.concatenate([begin, placed]))
    piece, owner = np.searchsorted(placed, cuts, "right") - 1, np.searchsorted(begin, cuts, "right") - 1
    ends = np.minimum(np.append(cuts[1:], np.iinfo(np.int64).max), (placed + pieces.size)[piece])
    counted = cuts < (begin + size)[owner]
    piece, owner, cuts = piece[counted], owner[counted], (ends - cuts)[counted]
    # neighbours of one group on one port
    new = np.append(True, (np.diff(owner) != 0) | (np.diff(group[piece]) != 0))
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(new)) - 1
    total = np.add.reduceat(cuts, first)
    pairs = (total**2 - np.add.reduceat(cuts**2, first)) / 2.0
    # the first may be the tail of a dot product and the last the head of another: their positions overlap less
    begun, ended = cuts[first] / pieces.size[piece[first]], cuts[last] / pieces.size[piece[last]]
    overlap = np.maximum(begun + ended - 1.0, 0.0) * pieces.size[piece[first]] * pieces.size[piece[last]]
    pairs += np.where(first < last, overlap - cuts[first] * cuts[last], 0.0)
    shared = np.bincount(owner[first], pairs / length, len(fold)).astype(np.float64)
    limit: Counts = np.bincount(owner[first], np.minimum(total, length), len(fold)).astype(np.int64)
    return fold, size, limit, shared
