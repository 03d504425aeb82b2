"""From a net to its time on an accelerator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor, nn

from bench.accelerator.config import SIGMA, Accelerator
from bench.accelerator.gemm import Gemm
from bench.accelerator.lowering import lower
from bench.accelerator.report import LayerReport, Simulation
from bench.accelerator.rules import rule_set
from bench.accelerator.timing import Timing

NOTHING = Timing("weights", 0, 0, 0, 0)


def simulate(
    net: nn.Module, image_size: tuple[int, int], masks: Mapping[str, Tensor] | None = None, config: Accelerator = SIGMA
) -> Simulation:
    """Time `net` under `masks` (None: dense) for one `(3, H, W)` image on `config`.

    Raises:
        ProductError: when the net multiplies where no rule is known.
        MaskError: when a mask does not belong to the net.
    """
    return run(lower(net, image_size, masks), config)


def run(gemms: Iterable[Gemm], config: Accelerator = SIGMA) -> Simulation:
    """Time matrix products that are already known, one after another."""
    timing = rule_set(config.rules).timing
    layers = []
    for gemm in gemms:
        spent = timing(gemm, config) if gemm.macs else NOTHING
        utilisation = gemm.macs / (spent.cycles * config.multipliers) if spent.cycles else 0.0
        layers.append(
            LayerReport(gemm.name, gemm.weight, gemm.kind, gemm.nonzeros, gemm.vectors, gemm.macs, utilisation, spent)
        )
    return Simulation(config, tuple(layers))
