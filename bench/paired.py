"""Two sides timed in alternating rounds, under pytest-benchmark: only their ratio means something elsewhere."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch


def paired_ratio(
    benchmark: Any,
    sides: dict[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> float:
    """Median over alternating rounds of (second side / first side); pytest-benchmark reports one whole round.

    Every other round begins with the other side, which then finds the caches as its rival left them.

    Args:
        clock: seconds; by default of the processor, of all threads together, so that waiting for other programs does
            not count. What several threads gain shows on `time.perf_counter` alone, on a machine that does nothing
            else.
    """
    times: dict[str, list[float]] = {name: [] for name in sides}

    def one_round() -> None:
        order = list(sides.items())
        for name, side in order if len(times[order[0][0]]) % 2 else reversed(order):
            started = clock()
            side()
            times[name].append(clock() - started)

    benchmark.pedantic(one_round, rounds=rounds, warmup_rounds=1)
    first, second = sides
    ratio = statistics.median(b / a for a, b in zip(times[first][1:], times[second][1:], strict=True))
    medians = {name: round(1e3 * statistics.median(values[1:]), 1) for name, values in times.items()}
    benchmark.extra_info |= {"ratio": round(ratio, 3), "median_ms": medians, "torch": torch.__version__}
    print(f"\n{second} / {first}: {ratio:.3f} (medians {medians[second]} / {medians[first]} ms)")
    return ratio
