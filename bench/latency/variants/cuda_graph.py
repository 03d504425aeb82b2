"""A recorded CUDA graph: all kernels of one image launched at once, so that launching costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from bench.latency.variants import Call, Variant
from bench.latency.variants.eager import prepare

WARMUP = 3
"""Calls before recording: kernels have to be chosen and workspaces allocated."""


@dataclass(frozen=True)
class Replay:
    """A recorded call. The graph reads weights and image where they lay, so the call that owns them has to stay."""

    graph: torch.cuda.CUDAGraph
    output: Tensor
    recorded: Call

    def __call__(self) -> Tensor:
        self.graph.replay()
        return self.output


def record(net: nn.Module, image: Tensor, *, precision: str) -> Call:
    """Record one call, then replay it: the kernels and the addresses they read and write."""
    run = prepare(net, image, device="cuda", precision=precision, layout="NHWC")
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(WARMUP):
            run()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        output = run()
    return Replay(graph, output, run)


KEYS = ("cuda-graph-tf32", "cuda-graph-fp16")
VARIANTS = tuple(
    Variant(
        f"cuda-graph-{precision}", f"torch, CUDA graph, {precision}, NHWC", "cuda", precision, "NHWC",
        partial(record, precision=precision),
    )
    for precision in ("tf32", "fp16")
)  # fmt: skip
