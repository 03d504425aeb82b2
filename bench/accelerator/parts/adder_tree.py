"""The augmented reduction tree: where a dot product leaves it, after how many cycles, and over which bus line.

A binary tree of adders over the multipliers; within a level, neighbours that do not share a parent are linked. An adder
at the edge of a dot product hands its sum over such a link when its side is the smaller one, so that neighbouring dot
products need no common parent. The dot product leaves from the first adder that holds all of it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.accelerator.gemm import Counts

Cycles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Exit:
    """Where and when dot products leave the tree, `(pieces,)` each.

    Attributes:
        adder: number of the adder, level by level from the root (0).
        latency: cycles from the last streamed value to the sum.
    """

    adder: Counts
    latency: Cycles


def exits(start: Counts, stop: Counts, late: Counts, multipliers: int) -> Exit:
    """Follow dot products on the multipliers `start` to `stop - 1` up the tree.

    Multipliers from `late` on have received their values early (their read port serves few), so that the extra
    cycle of a link does not delay them. The array is a power of two.
    """
    low, high = start, stop - 1
    never = -np.inf
    # time of the sums in the outermost nodes; all nodes between them have been ready for `level` cycles
    first = np.zeros(len(start))
    last = np.where((low == high) | (high < late), 0.0, never)
    adder, latency = np.zeros(len(start), dtype=np.int64), np.zeros(len(start))
    climbing = np.arange(len(start))
    width, climbed = multipliers, 0.0
    while len(climbing):
        width //= 2
        left, right = low // 2, high // 2
        second = np.where((low % 2 == 0) & (low < high), np.where(low + 1 == high, last, climbed), never)
        second_last = np.where((high % 2 == 1) & (low < high), np.where(high - 1 == low, first, climbed), never)
        first, last = 1 + np.maximum(first, second), 1 + np.maximum(last, second_last)
        climbed += 1

        smaller = 2 * left + 2 - low < high - 2 * left - 1
        to_right = (left % 2 == 1) & (left < right) & smaller
        beyond = np.where(left + 1 == right, last, climbed)
        handed = np.maximum(beyond, first + 1)
        last = np.where(to_right & (left + 1 == right), handed, last)
        first = np.where(to_right, handed, first)
        left = left + to_right

        # edges that are linked here have an adder between them, or the right one has no larger side
        to_left = (right % 2 == 0) & (left < right)
        beyond = np.where(left == right - 1, first, climbed)
        last = np.where(to_left, np.maximum(beyond, last + 1), last)
        right = right - to_left
        first = np.where(to_left & (left == right), last, first)

        done = left == right
        adder[climbing[done]] = width - 1 + left[done]
        latency[climbing[done]] = np.maximum(first, last)[done]
        climbing, low, high, first, last = (state[~done] for state in (climbing, left, right, first, last))
    return Exit(adder, latency)


@functools.cache
def bus_lines(multipliers: int, lines: int) -> Counts:
    """The output line of every adder, `(multipliers - 1,)`, level by level from the root.

    Linked neighbours share a line; pairs are dealt to the lines in turn, then the adders without a link: the root
    and the two ends of every level.
    """
    line = np.zeros(multipliers - 1, dtype=np.int64)
    pairs, single = 0, [0]
    level = 2
    while level < multipliers:
        first = level - 1
        inner = level // 2 - 1
        line[first + 1 : first + level - 1] = np.repeat((pairs + np.arange(inner)) % lines, 2)
        pairs += inner
        single += [first, first + level - 1]
        level *= 2
    line[single] = (2 * pairs + np.arange(len(single))) % lines
    return line
