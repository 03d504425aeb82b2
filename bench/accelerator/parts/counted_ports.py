"""Read ports where the places of all non-zeros are known: the distinct values of each are counted."""

from __future__ import annotations

import numpy as np

from bench.accelerator.gemm import Counts
from bench.accelerator.parts.packing import Pieces
from bench.accelerator.parts.read_ports import Chances

NOTHING = -1
"""On a multiplier that is not used."""


def counted(pieces: Pieces, places: Counts, multipliers: int, port: int) -> Chances:
    """How many distinct values per streamed vector the busiest port of each fold needs, as chances without doubt.

    Args:
        pieces: what sits on the multipliers.
        places: `(nonzeros,)` streamed value of each non-zero, in the order of the pieces.
        multipliers: size of the array.
        port: neighbouring multipliers of one port.
    """
    begin = np.cumsum(pieces.size) - pieces.size
    multiplier = np.repeat(pieces.fold * multipliers + pieces.start - begin, pieces.size)
    multiplier += np.arange(len(multiplier))
    holds_weight = np.ones(len(multiplier), dtype=bool)
    holds_weight[begin[pieces.injected]] = False
    value = np.full((int(pieces.fold[-1]) + 1) * multipliers, NOTHING)
    value[multiplier[holds_weight]] = places
    value[multiplier[~holds_weight]] = places.max() + 1  # a partial sum is no streamed value and has to be sent, too
    by_port = np.sort(value.reshape(-1, port), axis=1)
    distinct = (by_port[:, 0] != NOTHING) + (np.diff(by_port, axis=1) != 0).sum(1)
    busiest = distinct.reshape(-1, multipliers // port).max(1)
    return (np.arange(port + 1) >= busiest[:, None]).astype(np.float64)
