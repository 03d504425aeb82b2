"""From chances to one number: a mean says little of a single throw.

Where the non-zeros of a product lie is not known, so neither is how long its folds take; only how likely each number of
cycles is. Over many folds that averages out. Of one fold, the mean may lie between two whole numbers that are further
from it than `TOLERANCE`. The number given is the nearest to the mean that is no further from the most likely ones.
"""

from __future__ import annotations

import numpy as np

from bench.accelerator.parts.read_ports import Chances, expected

TOLERANCE = 0.04
"""Relative distance from what is likely that the mean may have."""
UNLIKELY = 0.01
"""Probability of what is left aside at each end."""
FEW = 16
"""Folds; of more than these the mean is within the tolerance of all that is likely."""


def likely_total(at_most: Chances) -> float:
    """Sum over folds of whole numbers of which chances are known, one row per fold."""
    mean = float(expected(at_most).sum())
    if len(at_most) > FEW:
        return mean
    total = np.ones(1)
    for fold in at_most:
        total = np.convolve(total, np.diff(fold, prepend=0.0))
    below = np.cumsum(total)
    likely = np.flatnonzero((below > UNLIKELY) & (below - total < 1.0 - UNLIKELY))
    # the most likely numbers that one number is near enough to
    reach = np.searchsorted(likely, likely * ((1 + TOLERANCE) / (1 - TOLERANCE)), "right") - 1
    chances = [below[likely[last]] - below[first] + total[first] for first, last in zip(likely, reach, strict=True)]
    best = int(np.argmax(chances))
    lowest, highest = int(likely[best]), int(likely[reach[best]])
    return min(max(mean, highest * (1 - TOLERANCE)), lowest * (1 + TOLERANCE))
