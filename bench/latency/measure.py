"""Every net in every way that this machine offers, timed in turns, as rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bench.latency.printed import IMAGE_SIZE, OURS, PAPER_REF, TABLE_10
from bench.latency.rows import FAILED, MEASURED, METRICS, NOT_PRINTED, NOT_RUN, Row
from bench.latency.subjects import Subject
from bench.latency.variants import Call, Variant
from bench.provenance import processor_name
from supertickets.argument_types import MOST_THREADS
from supertickets.rounds import LatencyError, Timed, Times, check_rounds, interleaved

LARGEST_ERROR = {"fp32": 1e-3, "tf32": 0.1, "fp16": 0.1, "bf16": 0.5}
"""How far an output may be from torch's fp32 output, relative in norm: a wrong net has no latency.

Wide for bf16: an untrained supernet carries its rounding (2^-9 per value) through 60 blocks to a fifth of the output.
An unrelated output is off by 1 or more. Every row tells its own error.
"""


@dataclass(frozen=True)
class Plan:
    """How to measure.

    Attributes:
        image_size: (H, W) in pixels.
        rounds, warmup: see `interleaved`.
        threads: of the host.

    Raises:
        LatencyError: for too few or too many rounds or threads, before anything is prepared.
    """

    image_size: tuple[int, int] = IMAGE_SIZE
    rounds: int = 20
    warmup: int = 2
    threads: int = 1

    def __post_init__(self) -> None:
        check_rounds(self.rounds, self.warmup)
        if not 1 <= self.threads <= MOST_THREADS:
            raise LatencyError(f"threads {self.threads}: give at least 1, at most {MOST_THREADS}")


@dataclass(frozen=True)
class _Prepared:
    """One net in one way: ready to be timed, or why not."""

    subject: Subject
    variant: Variant
    run: Call | None
    error: float
    status: str


def measure(
    subjects: Iterable[Subject],
    variants: Sequence[Variant],
    plan: Plan,
    say: Callable[[str], None] = print,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Row]:
    """Time all nets in all ways in one process, batch 1, in turns; two rows for each, in the order given.

    Every way's output is compared with torch's fp32 output before anything is timed.

    Raises:
        LatencyError: for too few rounds.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(plan.threads)
    try:
        image = torch.randn(1, 3, *plan.image_size, generator=torch.Generator().manual_seed(0))
        prepared = [one for subject in subjects for one in _prepare(subject, variants, image, say)]
        names = [(one.subject.network, one.variant.key) for one in prepared]
        if twice := {name for name in names if names.count(name) > 1}:
            raise LatencyError(f"{min(twice)[0]} occurs twice: its rows could not be told apart")
        sides = {
            number: Timed(one.run, one.variant.synchronise)
            for number, one in enumerate(prepared)
            if one.run is not None
        }
        times = interleaved(sides, plan.rounds, plan.warmup, clock, lambda done: say(f"round {done} of {plan.rounds}"))
    finally:
        torch.set_num_threads(threads)
    return [_row(one, times.get(number), metric, plan) for number, one in enumerate(prepared) for metric in METRICS]


def _prepare(
    subject: Subject, variants: Sequence[Variant], image: Tensor, say: Callable[[str], None]
) -> Iterable[_Prepared]:
    say(f"preparing {subject.network}")
    with torch.inference_mode():
        expected: Tensor = subject.net(image)
    for variant in variants:
        if not variant.suits(subject.net, subject.masked):
            continue
        if missing := variant.missing():
            yield _Prepared(subject, variant, None, 0.0, f"{NOT_RUN}: {missing}")
            continue
        try:
            run = variant.prepare(subject.net, image)
            error = _relative_error(run(), expected)
        except Exception as problem:  # whatever a library throws is this way's result, not the end of the others
            reason = next(iter(str(problem).splitlines()), "")
            yield _Prepared(subject, variant, None, 0.0, f"{FAILED}: {type(problem).__name__}: {reason}")
            continue
        if error <= LARGEST_ERROR[variant.precision]:
            yield _Prepared(subject, variant, run, error, MEASURED)
        else:
            yield _Prepared(
                subject, variant, None, error, f"{FAILED}: output differs by {error:.1e} from torch's in fp32"
            )


def _relative_error(output: Tensor, expected: Tensor) -> float:
    difference = output.detach().double().cpu() - expected.double()
    return float(difference.norm() / expected.double().norm())


def _row(one: _Prepared, times: Times | None, metric: str, plan: Plan) -> Row:
    numbers = _numbers(times, metric) if times else (NOT_RUN,) * 3
    printed = _printed(one, metric) if plan.image_size == IMAGE_SIZE else NOT_PRINTED
    variant = one.variant
    return Row(
        network=one.subject.network,
        weights=one.subject.weights,
        variant=variant.key,
        device=processor_name(variant.device) if times else variant.device,
        precision=variant.precision,
        layout=variant.layout,
        threads=str(plan.threads),
        torch=str(torch.__version__),
        image_size="x".join(map(str, plan.image_size)),
        metric=metric,
        median=numbers[0],
        iqr_low=numbers[1],
        iqr_high=numbers[2],
        rounds=str(plan.rounds if times else 0),
        output_error=f"{one.error:.0e}" if times else NOT_RUN,
        status=one.status,
        paper_value=printed,
        paper_ref=PAPER_REF,
    )


def _numbers(times: Times, metric: str) -> tuple[str, str, str]:
    """Median, first and third quartile; frames per second turn the order round."""
    low, high = times.quartiles_ms
    values = (times.median_ms, low, high)
    if metric == "fps":
        values = (1e3 / times.median_ms, 1e3 / high, 1e3 / low)
    return f"{values[0]:.3f}", f"{values[1]:.3f}", f"{values[2]:.3f}"


def _printed(one: _Prepared, metric: str) -> str:
    """The paper's frames per second are a GPU's; of our nets they are the ticket's, however it is run."""
    network, _, stage = one.subject.network.partition("/")
    is_row = network != OURS or stage in ("masked", "shrunk")
    if metric == "fps" and one.variant.device == "cuda" and network in TABLE_10 and is_row:
        return TABLE_10[network].gpu_fps
    return NOT_PRINTED
