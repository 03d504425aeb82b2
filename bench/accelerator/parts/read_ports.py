"""Read ports: each serves neighbouring multipliers, one distinct streamed value per cycle.

How many non-zeros a dot product has is known here, not where they are (`counted_ports` knows both). They are taken as
spread evenly over its length and independent between dot products; how many values the dot products on one port share
is then about Poisson.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.accelerator.gemm import Counts
from bench.accelerator.parts.adder_tree import Cycles
from bench.accelerator.parts.packing import Pieces

NEGLIGIBLE = 1e-6

Chances = NDArray[np.float64]
"""`(folds, values + 1)`: at [f, v], the probability that no port of fold f needs more than v values."""


def busiest(pieces: Pieces, group: Counts, length: int, multipliers: int, port: int) -> Chances:
    """How many distinct values per streamed vector the busiest port of each fold needs: `1 .. port`, by probability.

    Args:
        pieces: what sits on the multipliers.
        group: `(pieces,)` group of each piece; different groups share no value.
        length: values of a dense dot product.
        multipliers: size of the array.
        port: multipliers of one port.
    """
    used = np.bincount(pieces.fold, pieces.size).astype(np.int64)
    at_most = np.ones((len(used), port + 1))
    at_most[:, 0] = 0.0
    if port == 1:
        return at_most
    fold, size, limit, shared = _ports(pieces, group, length, used, multipliers, port)
    # a port needs fewer than v values when it has fewer multipliers, when there are fewer values, or when more than
    # `size - v` of its multipliers share one
    term, fewer_spare = np.exp(-shared), np.zeros(len(fold))
    for v in range(port, 1, -1):
        spare = size - v
        fewer_spare = np.where(spare >= 0, fewer_spare + term, fewer_spare)
        term = np.where(spare >= 0, term * shared / (np.maximum(spare, 0) + 1), term)
        fewer = np.where(v > limit, 1.0, np.clip(1.0 - fewer_spare, NEGLIGIBLE / 10, 1.0))
        at_most[:, v - 1] = np.exp(np.bincount(fold, np.log(fewer), len(used)))
        if at_most[:, v - 1].max() < NEGLIGIBLE:
            at_most[:, 1 : v - 1] = 0.0
            break
    return at_most


def expected(at_most: Chances) -> Cycles:
    """Mean of each row of chances: the sum over v of the probability that more than v are needed."""
    mean: Cycles = (1.0 - at_most[:, :-1]).sum(1)
    return mean


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
