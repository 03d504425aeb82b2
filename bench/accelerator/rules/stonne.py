"""The SIGMA configuration of STONNE, a cycle-level simulator (Munoz-Martinez et al., IISWC 2021).

Weights are stationary. Folds are strictly serial. A fold loads through read ports of `multipliers /
distribution_bandwidth` neighbouring multipliers each, without multicast between ports; a streamed vector takes as long
as the busiest port or the busiest line of the output bus. What a port has to send is counted from the mask; of products
whose counts alone are known, it is known by its chances. Dot products of one or two non-zeros, which the simulator
itself cannot place, are placed like any other; those without are skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.accelerator.gemm import Gemm
from bench.accelerator.parts.adder_tree import bus_lines, exits
from bench.accelerator.parts.counted_ports import counted
from bench.accelerator.parts.likely import likely_total
from bench.accelerator.parts.output_bus import drain, results_per_line
from bench.accelerator.parts.packing import pack
from bench.accelerator.parts.read_ports import busiest, expected
from bench.accelerator.rules import RuleSet
from bench.accelerator.timing import Timing

if TYPE_CHECKING:
    from bench.accelerator.config import Accelerator

PIPELINE = 3
"""Cycles through memory, multiplier and bus besides the adder tree."""


def _timing(gemm: Gemm, array: Accelerator) -> Timing:
    assert array.reduction_bandwidth is not None, "refused by _problem"
    size, port = array.multipliers, array.multipliers // array.distribution_bandwidth
    rows = np.flatnonzero(gemm.counts)
    pieces = pack(gemm.counts[rows], size)
    group = rows[pieces.row] // (gemm.rows // gemm.groups)
    folds = int(pieces.fold[-1]) + 1
    used = np.bincount(pieces.fold, pieces.size).astype(np.int64)

    if port == 1 or (places := gemm.places) is None:
        chances = busiest(pieces, group, gemm.length, size, port)
    else:
        chances = counted(pieces, places, size, port)
    values = expected(chances)
    late = np.where(used < port, used, used // port * port)[pieces.fold]
    left = exits(pieces.start, pieces.start + pieces.size, late, size)
    lines = results_per_line(pieces.fold, bus_lines(size, array.reduction_bandwidth)[left.adder])
    results = (lines > 0).sum(1)

    loading = np.minimum(port, used)
    # the slower of ports and lines sets the pace; the other adds the share of one vector that is not hidden
    pace = np.pad(chances, ((0, 0), (0, max(0, int(results.max()) - port))), constant_values=1.0)
    pace = np.where(np.arange(pace.shape[1]) < results[:, None], 0.0, pace)
    streaming = np.array([gemm.vectors * likely_total(pace)])
    latency = np.full(folds, -np.inf)
    np.maximum.at(latency, pieces.fold, left.latency)
    reduction = np.minimum(values, results) - 1 + latency + PIPELINE + (port > 1)
    reduction += drain(lines, results, values, gemm.vectors)
    sums = [round(float(part.sum())) for part in (loading, streaming, reduction)]
    return Timing("weights", folds, *sums)


def _problem(array: Accelerator) -> str | None:
    if array.reduction_bandwidth is None:
        return "reduction_bandwidth is None: the rules 'stonne' need the results per cycle of the output bus"
    if array.multipliers & (array.multipliers - 1):
        return f"multipliers is {array.multipliers}: the adder tree of the rules 'stonne' needs a power of two"
    if array.multipliers % array.distribution_bandwidth:
        return (
            f"distribution_bandwidth is {array.distribution_bandwidth}: under the rules 'stonne' every read port "
            f"serves equally many of the {array.multipliers} multipliers; give a divisor"
        )
    return None


RULES = {"stonne": RuleSet(_timing, _problem)}
