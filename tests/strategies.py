"""Hypothesis strategies, written once: weight trees, small supernets, optimizers, switches of Algorithm 1."""

from __future__ import annotations

from dataclasses import replace

import torch
from hypothesis import Phase, settings
from hypothesis import strategies as st
from torch import Tensor

from supertickets.optimizers import Optimization
from supertickets.schedule import target_sparsity
from supertickets.supernet import Stage, SupernetConfig
from supertickets.two_in_one import TwoInOne

SHAPES = ((0,), (1,), (7,), (0, 3), (4, 5), (1, 1, 1, 1), (3, 2, 1, 1), (4, 3, 3, 3), (6, 1, 5, 5))
VALUES = ("distinct", "duplicates", "all equal", "signed zeros", "subnormals")
MEMORY = ("contiguous", "strided", "channels last")
OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop")


def tensor(shape: tuple[int, ...], values: str, memory: str, seed: int) -> Tensor:
    """float32 of `shape` with the advertised kind of values and memory layout (channels-last needs 4 dimensions)."""
    random = torch.Generator().manual_seed(seed)
    drawn = torch.randn(shape, generator=random)
    if values == "duplicates":
        drawn = drawn.round()
    elif values == "all equal":
        drawn = torch.full(shape, 0.5)
    elif values == "signed zeros":
        drawn = drawn.sign() * 0.0
    elif values == "subnormals":
        drawn = drawn * 1e-40
    if memory == "strided":
        return torch.stack([drawn, drawn], dim=-1)[..., 0]
    if memory == "channels last" and len(shape) == 4:
        return drawn.contiguous(memory_format=torch.channels_last)
    return drawn


def tensors() -> st.SearchStrategy[Tensor]:
    """One weight tensor of any shape, kind of values and memory layout."""
    return st.builds(
        tensor, st.sampled_from(SHAPES), st.sampled_from(VALUES), st.sampled_from(MEMORY), st.integers(0, 2**32 - 1)
    )


def weight_trees() -> st.SearchStrategy[dict[str, Tensor]]:
    """One to five named weight tensors, as a net has them; sometimes without a single element."""
    return st.lists(tensors(), min_size=1, max_size=5).map(
        lambda drawn: {f"layer{number}.weight": weight for number, weight in enumerate(drawn)}
    )


def percentages(highest: int = 99) -> st.SearchStrategy[int]:
    """Sparsities: whole percent, 0 to `highest`, the ends more often."""
    often = [percent for percent in (0, 1, 50, 90, highest) if percent <= highest]
    return st.one_of(st.sampled_from(often), st.integers(0, highest))


STAGES = (
    (Stage((1,), (4,)),),
    (Stage((2,), (6,)), Stage((1,), (4,))),
    (Stage((1,), (4,)), Stage((1, 1), (4, 6))),
    (Stage((1,), (4,)), Stage((1, 1), (3, 6)), Stage((1, 0), (3, 4))),
    (Stage((0,), (4,)), Stage((0, 0), (4, 6)), Stage((0, 1, 0), (4, 6, 8))),
)


@st.composite
def small_configs(draw: st.DrawFn) -> SupernetConfig:
    """Supernets of one to three stages with any kernels, either head, with or without tokens."""
    stages = draw(st.sampled_from(STAGES))
    widths = (4, 6, 8)[: len(stages[-1].channels)]
    return SupernetConfig(
        outputs=3,
        head_kind=draw(st.sampled_from(("dense", "classification"))),
        stem=(4, 4),
        stages=stages,
        kernels=draw(st.sampled_from(((3,), (7,), (3, 5), (3, 7), (3, 5, 7)))),
        expansion=draw(st.integers(1, 2)),
        last_channels=6,
        branch_channels=widths,
        tokens=draw(st.sampled_from((0, 3))),
        token_grid=2,
        bn_momentum=0.1,
    )


def optimizations() -> st.SearchStrategy[Optimization]:
    """Every optimizer and schedule, with and without L2 and averages."""
    return st.builds(
        Optimization,
        optimizer=st.sampled_from(OPTIMIZERS),
        lr=st.just(0.01),
        schedule=st.sampled_from(("onecycle", "multistep", "exponential", "constant")),
        l2=st.sampled_from((0.0, 1e-2)),
        averaged=st.booleans(),
    )


@st.composite
def algorithms(draw: st.DrawFn) -> TwoInOne:
    """Algorithm 1 with any intervals, any switches and any sparsity that they come to."""
    epochs = draw(st.integers(1, 60))
    dense = TwoInOne(
        epochs=epochs,
        search_interval=draw(st.integers(1, 12)),
        prune_interval=draw(st.integers(1, min(epochs, 12))),
        sparsity=None,
        progressive=draw(st.booleans()),
        reactivation=draw(st.sampled_from(("search", "prune", "none"))),
        coincidence=draw(st.sampled_from(("both", "search"))),
        reactivate_when=draw(st.sampled_from(("every search", "units removed"))),
        final_ticket=draw(st.sampled_from(("last mask", "last pruning"))),
    )
    last = max(filter(dense.prunes_at, range(1, epochs + 1)), default=None)
    if last is None:
        return dense
    highest = target_sparsity(last, dense.prune_interval, 99, dense.progressive)
    return replace(dense, sparsity=draw(st.one_of(st.none(), percentages(highest))))


FEW = settings(
    max_examples=max(3, settings.default.max_examples // 4), phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
"""For properties whose every example builds or trains a net: fewer examples, no shrinking."""
