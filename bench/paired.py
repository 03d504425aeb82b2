"""Two sides timed in alternating rounds, under pytest-benchmark: only their ratio means something elsewhere."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch


def paired_ratio(benchmark: Any, sides: dict[str, Callable[[], object]], rounds: int) -> float:
    """Median over alternating rounds of (second side / first side); pytest-benchmark reports one whole round."""
    times: dict[str, list[float]] = {name: [] for name in sides}

    def one_round() -> None:
        for name, side in sides.items():
            started = time.perf_counter()
            side()
            times[name].append(time.perf_counter() - started)

    benchmark.pedantic(one_round, rounds=rounds, warmup_rounds=1)
    first, second = sides
    ratio = statistics.median(b / a for a, b in zip(times[first][1:], times[second][1:], strict=True))
    medians = {name: round(1e3 * statistics.median(values[1:]), 1) for name, values in times.items()}
    benchmark.extra_info |= {"ratio": round(ratio, 3), "median_ms": medians, "torch": torch.__version__}
    print(f"\n{second} / {first}: {ratio:.3f} (medians {medians[second]} / {medians[first]} ms)")
    return ratio
