"""Latency of Tab. 10 on the device: eager, by recorded CUDA graphs, and, network by network, by `torch.compile`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from functools import partial

from bench.gpu.parts import Given, Part
from bench.latency.construct import construct
from bench.latency.measure import Plan, measure
from bench.latency.printed import BASELINES, OURS
from bench.latency.rows import COLUMNS
from bench.latency.subjects import Subject, baseline, ticket_stages
from bench.latency.variants import Variant, known_variants
from supertickets.argument_types import MOST_THREADS, usable_cores
from supertickets.criteria.random import random_scores
from supertickets.masks import global_masks
from supertickets.supernet import Stage, SupernetConfig
from supertickets.ticket import Ticket

TINY = SupernetConfig(19, stem=(4, 4), stages=(Stage((1,), (4,)),), kernels=(3, 5), last_channels=4, tokens=0)
SHRINKS = f"{OURS}/masked"
COMPILED = (SHRINKS, *BASELINES)
"""The ticket as it is run, and what it is compared with: compiling a net takes a minute."""
BESIDE = ("cuda-torch-fp16-nhwc", "cuda-graph-fp16")
"""What compiled nets are timed beside, in turns."""
CPU_WAYS = ("cpu-torch-fp32-nchw", "cpu-torch-fp32-nhwc")


def eager_and_recorded(given: Given) -> Iterator[Mapping[str, object]]:
    """All networks in all ways of the device but the compiled ones."""
    known = known_variants()
    if given.device == "cpu":
        chosen = [known[key] for key in CPU_WAYS]
    else:
        chosen = [way for key, way in known.items() if way.device == "cuda" and "compiled" not in key]
    networks = () if given.tiny else BASELINES
    yield from _timed(given, [*map(baseline, networks), *_stages(given)], chosen)


def compiled(given: Given, network: str) -> Iterator[Mapping[str, object]]:
    """One network, compiled and in two other ways."""
    known = known_variants()
    if given.device == "cpu":
        chosen = [known[key] for key in CPU_WAYS]
    else:
        chosen = [known[key] for key in (*BESIDE, *(key for key in known if "cuda-compiled" in key))]
    of_ticket = given.tiny or network == SHRINKS
    subjects = [one for one in _stages(given) if one.network == SHRINKS] if of_ticket else [baseline(network)]
    yield from _timed(given, subjects, chosen)


def _stages(given: Given) -> Iterator[Subject]:
    if not given.tiny:
        return ticket_stages(OURS, construct(), trained=False)
    net = TINY.build(0)
    masks = global_masks(random_scores(TINY.prunable(net, "all"), 0), 50)
    return ticket_stages(OURS, Ticket.of(TINY, net, masks), trained=False)


def _timed(given: Given, subjects: list[Subject], ways: list[Variant]) -> Iterator[Mapping[str, object]]:
    # a GPU waits for the host, which needs one thread; outputs are compared with the CPU's, which takes many
    threads = 1 if given.device == "cpu" else min(usable_cores(), MOST_THREADS)
    plan = Plan((32, 64), rounds=2, warmup=1) if given.tiny else replace(Plan(), threads=threads)
    yield from map(asdict, measure(subjects, ways, plan))


def _key(network: str) -> str:
    return f"latency-compiled-{network.partition('/')[0]}"


KEYS = (
    "latency",
    "latency-compiled-supertickets",
    "latency-compiled-bisenet",
    "latency-compiled-df1_seg_d8",
    "latency-compiled-fasterseg",
    "latency-compiled-squeezenas",
)
PARTS = (
    Part("latency", "latency of Tab. 10, eager and by CUDA graphs", 3, 45, COLUMNS, eager_and_recorded),
    *(
        Part(
            _key(network),
            f"latency of {network} by torch.compile",
            6, 60, COLUMNS, partial(compiled, network=network),
        )
        for network in COMPILED
    ),
)  # fmt: skip
