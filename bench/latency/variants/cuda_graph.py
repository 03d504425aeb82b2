"""A recorded CUDA graph: all kernels of one image launched at once, so that launching costs nothing."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from bench.latency.variants import Run, Variant
from bench.latency.variants.eager import prepare

WARMUP = 3
"""Calls before recording: kernels have to be chosen and workspaces allocated."""


def record(net: nn.Module, image: Tensor, *, precision: str) -> Run:
    """Record one call, then replay it."""
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

    def replay() -> Tensor:
        graph.replay()
        return output

    return replay


VARIANTS = tuple(
    Variant(
        f"cuda-graph-{precision}", f"torch, CUDA graph, {precision}, NHWC", "cuda", precision, "NHWC",
        partial(record, precision=precision),
    )
    for precision in ("tf32", "fp16")
)  # fmt: skip
