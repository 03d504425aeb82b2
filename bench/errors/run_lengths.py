"""How many pixels compressed run lengths are of, for many masks at once: what tells a damaged one from a sound one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_FIRST, _PAYLOAD, _MORE, _SIGN = 48, 0x1F, 0x20, 0x10


def pixels(counts: Sequence[bytes]) -> NDArray[np.int64]:
    """`(N,)`: sum of all runs of each mask, -1 where the text is none in COCO's compression.

    A run is a number of base 32, lowest digit first, in characters from '0' on with a bit that says whether more
    follow; from the fourth on it is the difference from the run before last. Runs below zero are damage, too: a
    decoder would write outside of its mask.
    """
    lengths = np.array([len(text) for text in counts], dtype=np.int64)
    totals = np.zeros(len(counts), dtype=np.int64)
    totals[lengths == 0] = -1
    characters = np.frombuffer(b"".join(counts), dtype=np.uint8).astype(np.int64) - _FIRST
    if not len(characters):
        return totals
    mask_of = np.repeat(np.arange(len(counts)), lengths)
    ends = characters & _MORE == 0
    # whatever the text says, a mask ends with its last character
    last = np.cumsum(lengths)[lengths > 0] - 1
    damaged = (characters < 0) | (characters > 0x3F)
    damaged[last] |= ~ends[last]
    ends[last] = True
    starts = np.concatenate([[0], np.flatnonzero(ends)[:-1] + 1])
    run_of = np.cumsum(ends) - ends
    digit = np.arange(len(characters)) - starts[run_of]
    damaged |= digit > 6
    digit = np.minimum(digit, 6)
    values = np.add.reduceat((characters & _PAYLOAD) << 5 * digit, starts)
    final = np.flatnonzero(ends)
    values -= np.where(characters[final] & _SIGN, 1 << 5 * (digit[final] + 1), 0)
    owner = mask_of[starts]
    lengths_of = _runs(values, owner)
    damaged_masks = [*mask_of[damaged], *owner[lengths_of < 0]]
    np.add.at(totals, owner, lengths_of)
    totals[damaged_masks] = -1
    return totals


def _runs(values: NDArray[np.int64], owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lengths of all runs, those of a mask side by side, from what is written of each."""
    position = np.arange(len(values)) - np.searchsorted(owner, owner)
    # runs that are written as differences from one another: the first alone, then every second one
    chain = 3 * owner + np.where(position == 0, 0, 1 + position % 2)
    order = np.argsort(chain, kind="stable")
    sums = np.cumsum(values[order])
    first = np.searchsorted(chain[order], chain[order])
    runs = np.empty_like(values)
    runs[order] = sums - sums[first] + values[order][first]
    return runs
