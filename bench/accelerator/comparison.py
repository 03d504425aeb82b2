"""Two sets of rules layer by layer: how many cycles one needs for each that the other needs, by kind of layer."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bench.accelerator.config import Accelerator, AcceleratorError
from bench.accelerator.gemm import Gemm
from bench.accelerator.simulate import run


@dataclass(frozen=True)
class Ratios:
    """Cycles under one set of rules over cycles under another, over the layers of a kind.

    Attributes:
        kind: of the layers, "all" for every layer.
        layers: how many there are, without those that have nothing to run.
        median, low, high: of their ratios.
        total: ratio of the cycles of all of them together.
    """

    kind: str
    layers: int
    median: float
    low: float
    high: float
    total: float


def compare(gemms: Sequence[Gemm], one: Accelerator, other: Accelerator) -> list[Ratios]:
    """One line per kind in order of appearance, then one for all layers together.

    Raises:
        AcceleratorError: when no layer has anything to run.
    """
    pairs = [
        (ours.kind, ours.cycles, theirs.cycles)
        for ours, theirs in zip(run(gemms, one).layers, run(gemms, other).layers, strict=True)
        if ours.cycles
    ]
    if not pairs:
        raise AcceleratorError("no layer has a non-zero: there is nothing to compare")
    kinds = dict.fromkeys(kind for kind, _, _ in pairs)
    return [_ratios(kind, [pair[1:] for pair in pairs if kind in (pair[0], "all")]) for kind in (*kinds, "all")]


def _ratios(kind: str, cycles: Sequence[tuple[int, int]]) -> Ratios:
    ratios = [ours / theirs for ours, theirs in cycles]
    total = sum(ours for ours, _ in cycles) / sum(theirs for _, theirs in cycles)
    return Ratios(kind, len(ratios), statistics.median(ratios), min(ratios), max(ratios), total)
