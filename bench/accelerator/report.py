"""What a simulation reports: cycles and utilisation of every layer, time and frames per second of the net."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.accelerator.config import Accelerator
from bench.accelerator.timing import Timing
from supertickets.products import Kind


@dataclass(frozen=True)
class LayerReport:
    """One matrix product.

    Attributes:
        name, weight, kind: see `Gemm`.
        nonzeros: of the weights.
        vectors: streamed vectors.
        macs: MACs served, non-zeros x streamed vectors.
        utilisation: share of the multipliers that did one of these MACs in an average cycle, 0..1.
        timing: cycles by activity, folds, stationary operand.
    """

    name: str
    weight: str | None
    kind: Kind
    nonzeros: int
    vectors: int
    macs: int
    utilisation: float
    timing: Timing

    @property
    def cycles(self) -> int:
        return self.timing.cycles


@dataclass(frozen=True)
class Simulation:
    """A net on an accelerator; layers run one after another and share nothing."""

    accelerator: Accelerator
    layers: tuple[LayerReport, ...]

    @property
    def cycles(self) -> int:
        return sum(layer.cycles for layer in self.layers)

    @property
    def folds(self) -> int:
        return sum(layer.timing.folds for layer in self.layers)

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)

    @property
    def utilisation(self) -> float:
        """Share of multiplier-cycles that did a MAC, 0..1; 0 where nothing ran."""
        return self.macs / (self.cycles * self.accelerator.multipliers) if self.cycles else 0.0

    @property
    def latency_ms(self) -> float:
        """Milliseconds per image."""
        return self.cycles / (self.accelerator.clock_mhz * 1e3)

    @property
    def fps(self) -> float:
        """Images per second; infinite where nothing has to run."""
        return 1e3 / self.latency_ms if self.cycles else math.inf
