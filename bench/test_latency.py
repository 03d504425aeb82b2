"""Ratios of inference times, each against a control in the same process: `nox -s bench`.

What a mask buys by itself (nothing, on dense kernels), and what really removing channels buys.
"""

from __future__ import annotations

import os
import time
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from bench.latency.construct import WITHOUT_TRANSFORMERS, construct
from bench.latency.shrink import shrink
from bench.latency.subjects import baseline, estimate_batch_norm, ticket_stages
from bench.latency.variants import known_variants
from bench.paired import paired_ratio
from supertickets.criteria.random import random_scores
from supertickets.engine import Engine
from supertickets.masks import global_masks
from supertickets.ticket import Ticket
from supertickets.units import unit_groups

IMAGE = torch.randn(1, 3, 64, 128, generator=torch.Generator().manual_seed(0))
PAPERS_IMAGE = torch.randn(1, 3, 512, 1024, generator=torch.Generator().manual_seed(0))
ROUNDS, FEW_ROUNDS = 9, 4


def ticket_with_zeros(net: nn.Module, percent: int) -> Ticket:
    """Under an unstructured mask, drawn at random."""
    scores = random_scores(WITHOUT_TRANSFORMERS.prunable(net, "all"), 0)
    return Ticket.of(WITHOUT_TRANSFORMERS, net, global_masks(scores, percent))


def ticket_of_half_the_channels(net: nn.Module) -> Ticket:
    """The second half of every block's channels of each kernel size goes unread."""
    weights = WITHOUT_TRANSFORMERS.prunable(net, "all")
    masks = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in weights.items()}
    for name, block in unit_groups(net).items():
        starts = 0
        for channels in block.shape():
            masks[f"{name}.project.weight"][:, starts + channels // 2 : starts + channels] = False
            starts += channels
    return Ticket.of(WITHOUT_TRANSFORMERS, net, masks)


@pytest.fixture(scope="module")
def supernet() -> nn.Module:
    """The paper-size supernet, untrained."""
    return estimate_batch_norm(WITHOUT_TRANSFORMERS.build(0))


def run(net: nn.Module, variant: str, image: torch.Tensor = IMAGE) -> Any:
    return known_variants()[variant].prepare(net, image)


def test_zeros_do_not_speed_up_dense_kernels(benchmark: Any, supernet: Any) -> None:
    """90 % zeros, multiplied like any number: as slow as without."""
    masked = ticket_with_zeros(supernet, 90).net().eval()
    sides = {"dense": run(supernet, "cpu-torch-fp32-nhwc"), "90 % zeros": run(masked, "cpu-torch-fp32-nhwc")}
    assert 0.8 <= paired_ratio(benchmark, sides, ROUNDS) <= 1.25


def test_removed_channels_do(benchmark: Any, supernet: Any) -> None:
    """Half of all hidden channels unread: masked net against the net in which they are gone."""
    ticket = ticket_of_half_the_channels(supernet)
    sides = {
        "half of the channels masked": run(ticket.net().eval(), "cpu-torch-fp32-nhwc"),
        "half of the channels removed": run(shrink(ticket).net().eval(), "cpu-torch-fp32-nhwc"),
    }
    assert paired_ratio(benchmark, sides, ROUNDS) <= 0.85


@pytest.mark.parametrize("percent", [50, 90, 95, 98])
def test_sparse_products_against_dense_ones(benchmark: Any, supernet: Any, percent: int) -> None:
    """1x1 convolutions as CSR products against torch's dense fp32 ones; only told, since it depends on the library."""
    net = ticket_with_zeros(supernet, percent).net().eval()
    sides = {"dense": run(net, "cpu-torch-fp32-nchw"), f"CSR, {percent} % zeros": run(net, "cpu-sparse-csr-fp32")}
    assert paired_ratio(benchmark, sides, ROUNDS) > 0


@pytest.fixture(scope="module")
def of_table_10() -> dict[str, nn.Module]:
    """The constructed ticket, the same net without its mask, and a baseline."""
    nets = {subject.network: subject.net for subject in ticket_stages("st", construct(), trained=False)}
    return {"masked": nets["st/masked"], "subnet": nets["st/subnet"], "bisenet": baseline("bisenet").net}


@pytest.mark.parametrize(("control", "bounds"), [("subnet", (0.8, 1.25)), ("bisenet", (0.0, float("inf")))])
def test_the_ticket_of_table_10_at_the_papers_image_size(
    benchmark: Any, of_table_10: dict[str, nn.Module], control: str, bounds: tuple[float, float]
) -> None:
    """512x1024: its mask buys nothing on dense kernels; how it compares with a baseline is only told."""
    sides = {name: run(of_table_10[name], "cpu-torch-fp32-nhwc", PAPERS_IMAGE) for name in (control, "masked")}
    assert bounds[0] < paired_ratio(benchmark, sides, FEW_ROUNDS) < bounds[1]


RUNTIMES = {"onnxruntime": (1.1, 1.8, 3.0), "openvino": (1.0, 1.4, 2.2)}
"""Dense runtime -> how many times as fast the engine is, at least, with 0, 50 and 90 % zeros."""


@pytest.mark.parametrize(
    ("other", "percent", "at_least"),
    [(name, *bound) for name, bounds in RUNTIMES.items() for bound in zip((0, 50, 90), bounds, strict=True)],
)
def test_the_engine_against_dense_runtimes(benchmark: Any, other: str, percent: int, at_least: float) -> None:
    """The constructed ticket's shape at 512x1024 under random masks, both on one thread."""
    for variant in ("cpu-engine-fp32", f"cpu-{other}-fp32"):
        if missing := known_variants()[variant].missing():
            pytest.skip(missing)
    ticket = construct()
    net = estimate_batch_norm(ticket_of_shape(ticket, percent).net())
    sides = {way: run(net, f"cpu-{way}-fp32", PAPERS_IMAGE) for way in ("engine", other)}
    assert paired_ratio(benchmark, sides, FEW_ROUNDS) >= at_least


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="two threads need two cores")
@pytest.mark.parametrize("percent", [0, 90])
def test_two_threads_of_the_engine_against_one(benchmark: Any, percent: int) -> None:
    """The constructed ticket's shape at 512x1024; other programs have to be quiet."""
    if missing := known_variants()["cpu-engine-fp32"].missing():
        pytest.skip(missing)
    ticket = ticket_of_shape(construct(), percent)
    two, one = (partial(Engine(ticket, threads), PAPERS_IMAGE) for threads in (2, 1))
    assert paired_ratio(benchmark, {"two": two, "one": one}, ROUNDS, time.perf_counter) >= 1.5


def ticket_of_shape(ticket: Ticket, percent: int) -> Ticket:
    """A ticket of the same architecture and shape under another mask, and with the weights that it was masked from."""
    net = ticket.architecture.shaped(ticket.shape, 0)
    return ticket_with_zeros(net, percent) if percent else Ticket.of(ticket.architecture, net, {})
