"""What changes with the epochs: the sparsity to prune to (Alg. 1 l.9), and the weight of the importance penalty."""

from __future__ import annotations

PROGRESSIVE_STEP = 10
"""Percentage points that progressive pruning adds per pruning interval (Sec. 3.2)."""


def target_sparsity(epoch: int, interval: int, target: int, progressive: bool) -> int:
    """Sparsity to prune to at `epoch`, whole percent: min(p, 10 floor(t / t_p)) with progressive pruning, else p."""
    return min(target, PROGRESSIVE_STEP * (epoch // interval)) if progressive else target


def ramp(epoch: float, warmup: float, full: float) -> float:
    """Value that rises linearly from 0 to `full` over the first `warmup` epochs, then stays."""
    return full if epoch >= warmup else full * epoch / warmup
