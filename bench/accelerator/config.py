"""Frozen description of an accelerator: which rules time it, and how large and fast it is."""

from __future__ import annotations

from dataclasses import dataclass

from bench.accelerator.rules import rule_set

MOST_MULTIPLIERS = 2**20
FASTEST_MHZ = 10_000


class AcceleratorError(ValueError):
    """An accelerator that cannot exist, or nothing to compare; the message names the culprit and the remedy."""


@dataclass(frozen=True)
class Accelerator:
    """Array, networks and clock.

    Attributes:
        rules: name of the rule set, see `bench.accelerator.rules`.
        multipliers: size of the array, 8 to 2^20.
        distribution_bandwidth: distinct values sent to the array per cycle, 1 to `multipliers`.
        reduction_bandwidth: results taken from the array per cycle, 1 to `multipliers`; None = without limit.
        clock_mhz: cycles per microsecond, above 0 and at most 10,000.

    Raises:
        AcceleratorError: for a value out of range, or one that the rules do not know what to do with.
        RuleError: when no rule set has that name.
    """

    rules: str = "sigma"
    multipliers: int = 16384
    distribution_bandwidth: int = 128
    reduction_bandwidth: int | None = None
    clock_mhz: float = 500.0

    def __post_init__(self) -> None:
        if type(self.multipliers) is not int or not 8 <= self.multipliers <= MOST_MULTIPLIERS:
            raise AcceleratorError(
                f"multipliers is {self.multipliers!r}: give a whole number from 8 to {MOST_MULTIPLIERS}"
            )
        for field in ("distribution_bandwidth", "reduction_bandwidth"):
            value = getattr(self, field)
            if value is None and field == "reduction_bandwidth":
                continue
            if type(value) is not int or not 1 <= value <= self.multipliers:
                raise AcceleratorError(
                    f"{field} is {value!r}: give a whole number of values per cycle, 1 to {self.multipliers}, "
                    "the number of multipliers"
                )
        if not 0 < self.clock_mhz <= FASTEST_MHZ:
            raise AcceleratorError(f"clock_mhz is {self.clock_mhz!r}: give megahertz above 0, at most 10,000")
        if problem := rule_set(self.rules).problem(self):
            raise AcceleratorError(problem)


SIGMA = Accelerator()
"""SIGMA as published: 128 engines of 128 multipliers, 128 words per cycle, 28 nm, 500 MHz (Qin et al., HPCA 2020)."""

STONNE = Accelerator("stonne", multipliers=256, distribution_bandwidth=128, reduction_bandwidth=128)
"""The largest array of the simulator's own SIGMA examples; it has no clock, SIGMA's is taken."""
