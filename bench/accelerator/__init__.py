"""How long a sparse accelerator takes for a net: every layer as a sparse matrix product, and rules that time it.

`simulate(net, image_size, masks, config)` is the entry. Rules, assumptions and validation: docs/accelerator.md.
"""

from bench.accelerator.comparison import Ratios, compare
from bench.accelerator.config import SIGMA, STONNE, Accelerator, AcceleratorError
from bench.accelerator.gemm import Gemm
from bench.accelerator.lowering import lower
from bench.accelerator.report import LayerReport, Simulation
from bench.accelerator.sensitivity import sensitivity
from bench.accelerator.simulate import run, simulate
from bench.accelerator.speedup import speedups

__all__ = [
    "SIGMA",
    "STONNE",
    "Accelerator",
    "AcceleratorError",
    "Gemm",
    "LayerReport",
    "Ratios",
    "Simulation",
    "compare",
    "lower",
    "run",
    "sensitivity",
    "simulate",
    "speedups",
]
