"""When to search, when to prune, and to which sparsity: integer arithmetic only (Alg. 1 l.4, l.8, l.9)."""

from __future__ import annotations

PROGRESSIVE_STEP = 10
"""Percentage points that progressive pruning adds per pruning interval (Sec. 3.2)."""


def target_sparsity(epoch: int, interval: int, target: int, progressive: bool) -> int:
    """Sparsity in percent to prune to at `epoch`: min(p, 10 floor(t / t_p)) with progressive pruning, else p."""
    return min(target, PROGRESSIVE_STEP * (epoch // interval)) if progressive else target


def ramp(epoch: float, warmup: float, full: float) -> float:
    """Value that rises linearly from 0 to `full` over the first `warmup` epochs, then stays (SPEC of rho)."""
    return full if epoch >= warmup else full * epoch / warmup
