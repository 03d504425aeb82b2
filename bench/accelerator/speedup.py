"""How much faster one simulated net is than others on the same accelerator."""

from __future__ import annotations

from collections.abc import Mapping

from bench.accelerator.config import AcceleratorError
from bench.accelerator.report import Simulation


def speedups(simulation: Simulation, others: Mapping[str, Simulation]) -> dict[str, float]:
    """Time of each other net over the time of this one: above 1 where this one is faster.

    Raises:
        AcceleratorError: when an accelerator differs, or when this net has nothing to run.
    """
    if not simulation.cycles:
        raise AcceleratorError("a net without non-zeros takes no time: no speed-up can be given")
    for name, other in others.items():
        if other.accelerator != simulation.accelerator:
            raise AcceleratorError(f"{name} ran on another accelerator: compare nets on the same one")
    return {name: other.cycles / simulation.cycles for name, other in others.items()}
