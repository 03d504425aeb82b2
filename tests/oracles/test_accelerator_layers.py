"""Matrix products of a net against `costs` and against matrices written out; times of `sigma` counted by hand."""

from __future__ import annotations

import math
import re
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn

from bench.accelerator.config import Accelerator
from bench.accelerator.gemm import Gemm
from bench.accelerator.lowering import lower
from bench.accelerator.simulate import run, simulate
from supertickets.costs import cost
from supertickets.masks import MaskError
from supertickets.products import ProductError
from supertickets.supernet import SupernetConfig
from supertickets.supernet.depthwise import MixedDepthwise
from supertickets.supernet.transformer import Attention
from tests.accelerator_strategies import kept_weights
from tests.net_masks import random_masks
from tests.strategies import FEW, small_configs

pytestmark = pytest.mark.slow


@FEW
@given(small_configs(), st.integers(0, 10**6))
def test_every_layer_has_the_macs_that_costs_counts(config: SupernetConfig, seed: int) -> None:
    net = config.build(0)
    masks = random_masks(net, 60, seed)
    size = (config.stride * 3, config.stride * 2)
    ours: Counter[str] = Counter()
    for gemm in lower(net, size, masks):
        ours[gemm.weight or re.sub("scores|mixture", "products", gemm.name)] += gemm.macs
    theirs = {layer.name: layer.macs_nonzero for layer in cost(net, size, masks).layers}
    assert ours == theirs


def written_out(mask: Tensor, module: nn.Conv2d) -> tuple[list[int], int]:
    """Non-zeros of each row of the block-diagonal matrix over all input values of a window, and its used columns."""
    channels = module.in_channels // module.groups
    matrix = torch.zeros(module.out_channels, module.in_channels, *module.kernel_size, dtype=torch.bool)
    for row in range(module.out_channels):
        first = row // (module.out_channels // module.groups) * channels
        matrix[row, first : first + channels] = mask[row]
    flat = matrix.flatten(1)
    return flat.sum(1).tolist(), int(flat.any(0).sum())


@given(
    st.sampled_from(((6, 9, 1, "convolution"), (6, 9, 3, "grouped"), (6, 6, 6, "depthwise"), (6, 12, 6, "depthwise"))),
    st.sampled_from((1, 3)), st.sampled_from((1, 2)), st.integers(0, 10**6),
)  # fmt: skip
def test_convolutions_as_block_diagonal_matrices(
    shape: tuple[int, int, int, str], kernel: int, stride: int, seed: int
) -> None:
    inputs, outputs, groups, kind = shape
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups)
    net = nn.Sequential(nn.Conv2d(3, inputs, 1), conv)
    masks = random_masks(net, 60, seed)
    first, second = lower(net, (8, 10), masks)
    counts, columns = written_out(masks["1.weight"], conv)
    assert (first.kind, second.kind) == ("pointwise", "pointwise" if (kind, kernel) == ("convolution", 1) else kind)
    assert list(second.counts) == counts and second.columns.sum() == columns
    assert second.groups == groups and second.length == inputs // groups * kernel**2
    assert second.vectors == (8 // stride) * (10 // stride)


def test_our_own_layers() -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.depthwise, self.attention = MixedDepthwise((2, 0, 1), (3, 5, 7), 2), Attention(4)

        def forward(self, x: Tensor) -> Tensor:
            y = self.depthwise(x)[:, 0]
            return self.attention(y[:, :2], y)  # type: ignore[no-any-return]

    gemms = {gemm.name: gemm for gemm in lower(Both(), (10, 8))}
    assert {name: (g.groups, g.rows, g.length, g.vectors) for name, g in gemms.items()} == {
        "depthwise.weights.0": (2, 2, 9, 20),
        "depthwise.weights.2": (1, 1, 49, 20),
        "attention.in_proj.weight (query)": (1, 4, 4, 2),
        "attention.in_proj.weight (memory)": (1, 8, 4, 5),
        "attention (scores)": (1, 2, 4, 5),
        "attention (mixture)": (1, 2, 5, 4),
        "attention.out_proj.weight": (1, 4, 4, 2),
    }


@pytest.mark.parametrize("options", [{}, {"batch_first": True}, {"kdim": 6, "vdim": 6}, {"add_bias_kv": True}])
def test_attention_of_torch(options: dict[str, object]) -> None:
    class Heads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, **options)

        def forward(self, x: Tensor) -> Tensor:
            tokens = x[:, 0] if "batch_first" in options else x[0, 0][:, None]
            memory = tokens[..., :6] if "kdim" in options else tokens
            return self.attention(tokens, memory, value=memory)[0]  # type: ignore[no-any-return]

    gemms = lower(Heads(), (5, 8))
    memory = 6 if "add_bias_kv" in options else 5
    width = 6 if "kdim" in options else 8
    assert [(g.groups, g.rows, g.length, g.vectors) for g in gemms] == [
        (1, 8, 8, 5), (1, 8, width, 5), (1, 8, width, 5), (2, 10, 4, memory), (2, 10, memory, 4), (1, 8, 8, 5),
    ]  # fmt: skip


@pytest.mark.parametrize("model", ["resnet18", "mobilenet_v3_small"])
def test_networks_of_torchvision(model: str) -> None:
    import torchvision  # takes seconds: not when the fast tests are collected

    net = torchvision.models.get_model(model, weights=None)
    found = simulate(net, (64, 64))
    assert found.macs == cost(net, (64, 64)).macs_nonzero and 0 < found.utilisation < 1


@given(st.sampled_from((1, 2, 4)), st.sampled_from((1, 3)), st.integers(0, 10**6))
def test_what_one_position_gives_in_a_transposed_convolution(groups: int, kernel: int, seed: int) -> None:
    up = nn.ConvTranspose2d(4, 8, kernel, 2, groups=groups)
    net = nn.Sequential(nn.Conv2d(3, 4, 1), up)
    mask = torch.rand(up.weight.shape, generator=torch.Generator().manual_seed(seed)) < 0.4
    gemm = lower(net, (4, 5), {"1.weight": mask})[1]
    counts = []
    for output in range(8):
        group, place = divmod(output, 8 // groups)
        met = mask[group * (4 // groups) : (group + 1) * (4 // groups), place]
        counts += [int(met[:, y, x].sum()) for y in range(kernel) for x in range(kernel)]
    assert list(gemm.counts) == counts and gemm.vectors == 4 * 5
    assert (gemm.groups, gemm.length) == (groups, 4 // groups)
    assert gemm.kind == {1: "pointwise" if kernel == 1 else "convolution", 2: "grouped", 4: "depthwise"}[groups]


def test_windows_of_torchvision() -> None:
    """Products of attention: one per window and head, over the tokens of the window."""
    from torchvision.models.maxvit import RelativePositionalMultiHeadAttention
    from torchvision.models.swin_transformer import ShiftedWindowAttention

    class Windows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.shifted = ShiftedWindowAttention(12, [2, 3], [0, 0], 3)
            self.relative = RelativePositionalMultiHeadAttention(12, 6, 4)

        def forward(self, x: Tensor) -> Tensor:
            return self.relative(self.shifted(x)[:, :4, :4])  # type: ignore[no-any-return]

    shapes = {g.name: (g.groups, g.rows, g.length, g.vectors) for g in lower(Windows(), (5, 12))}
    windows = 2 * 2  # of 3 x 5 positions, padded
    assert shapes["shifted.qkv.weight"] == (1, 36, 12, windows * 6)
    assert shapes["shifted (scores)"] == (windows * 3, windows * 3 * 6, 4, 6)
    assert shapes["shifted (mixture)"] == (windows * 3, windows * 3 * 6, 6, 4)
    assert shapes["shifted.proj.weight"] == (1, 12, 12, windows * 6)
    assert shapes["relative (scores)"] == (3 * 2, 3 * 2 * 4, 6, 4)


def test_what_multiplies_without_a_rule_is_refused() -> None:
    class Gram(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x @ x.mT

    message = r"^1: Gram multiplies 2048 times \(aten\.bmm\.default\), its rules count 0; register one with"
    with pytest.raises(ProductError, match=message):
        lower(nn.Sequential(nn.Conv2d(3, 4, 1), Gram()), (8, 8))


def test_a_shared_weight_is_sparse_wherever_it_is_used() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1))
    net[2].weight = net[1].weight
    masks = {"1.weight": torch.eye(4, dtype=torch.bool)[:, :, None, None]}
    gemms = lower(net, (8, 8), masks)
    assert [(gemm.name, gemm.weight, gemm.nonzeros) for gemm in gemms] == [
        ("0.weight", "0.weight", 12), ("1.weight", "1.weight", 4), ("2.weight", "1.weight", 4),
    ]  # fmt: skip
    assert sum(gemm.macs for gemm in gemms) == cost(net, (8, 8), masks).macs_nonzero
    with pytest.raises(MaskError, match=r"mask for 2\.weight, which the net does not have"):
        lower(net, (8, 8), {"2.weight": masks["1.weight"]})


def test_masks_of_another_net_are_refused() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 1))
    with pytest.raises(MaskError, match=r"mask for 1\.weight, which the net does not have"):
        lower(net, (8, 8), {"1.weight": torch.ones(4, 3, 1, 1, dtype=torch.bool)})
    with pytest.raises(MaskError, match="has shape"):
        lower(net, (8, 8), {"0.weight": torch.ones(4, 3, dtype=torch.bool)})


def test_a_product_counted_by_hand() -> None:
    # 24 multipliers, 4 values per cycle, 10 rows of 4 over 5 columns: 40 non-zeros in folds of 24 and 16
    kept = np.zeros((1, 10, 5), dtype=bool)
    kept[0, :, :4] = True
    kept[0, 0] = (False, True, True, True, True)
    array = Accelerator("sigma", 24, 4)
    # a vector takes a cycle per fold, and one more since 5 values do not fit 4 words
    assert timed(kept, 100, array) == ((6 + 4) + 100 * (2 + 1) + 2 * 6, "weights", 2)
    # the other way round: 500 activations in 20 folds of 24 and one of 20, and 10 rows
    assert (10 + 300 + 12) < (20 * 6 + 5) + 10 * (21 + 1) + 21 * 6
    # one vector under 90 rows: its 5 values stay, the rows stream in 2 cycles each
    many = np.repeat(kept, 9, axis=1)
    assert (15 * 6) + (15 + 1) + 15 * 6 > 2 + 90 * 2 + 6
    assert timed(many, 1, array) == (2 + 90 * 2 + 6, "activations", 1)
    # also where five of the rows have one non-zero
    single = many.copy()
    single[0, -5:] = (True, False, False, False, False)
    assert timed(single, 1, array) == (2 + 90 * 2 + 6, "activations", 1)
    # rows without a non-zero are not sent
    many[0, -30:] = False
    assert timed(many, 1, array) == (2 + 60 * 2 + 6, "activations", 1)
    # two groups: the weights of both fill the array together, but their activations follow each other
    assert timed(np.concatenate([kept, kept]), 100, array) == (20 + 100 * (4 + 2) + 4 * 6, "weights", 4)
    assert timed(np.concatenate([many, many]), 1, array) == (2 * (2 + 60 * 2 + 6), "activations", 2)


def timed(kept: NDArray[np.bool_], vectors: int, array: Accelerator) -> tuple[int, str, int]:
    (layer,) = run([Gemm.of_mask("a", "a", "linear", kept, vectors)], array).layers
    return layer.cycles, layer.timing.stationary, layer.timing.folds


@given(kept_weights(), st.sampled_from((8, 16, 32)), st.integers(1, 8))
def test_a_fill_column_by_column_needs_at_most_the_cycles_of_the_bound(
    kept: NDArray[np.bool_], size: int, bandwidth: int
) -> None:
    kept = kept[:1]
    columns = np.argwhere(kept[0].T)[:, 0]  # of the non-zeros, in the order they fill the array
    folds = [columns[first : first + size] for first in range(0, len(columns), size)]
    exact = sum(-(-len(set(fold)) // bandwidth) for fold in folds)
    vectors = 10**9  # so many that only streaming counts, and weights stay
    cycles, stationary, found = timed(kept, vectors, Accelerator("sigma", size, bandwidth))
    if stationary == "weights":
        assert found == len(folds) and exact <= cycles // vectors <= exact + len(folds)
        assert len(folds) != 1 or cycles // vectors == exact


def cycles_of_sigma(kept: NDArray[np.bool_], vectors: int, size: int, bandwidth: int) -> dict[str, int]:
    """Stationary operand -> cycles, fold by fold."""

    def cycles(nonzeros: int, columns: int, streamed: int) -> int:
        folds = [size] * (nonzeros // size) + [nonzeros % size] * (nonzeros % size > 0)
        each = sum(math.ceil(min(fold, columns) / bandwidth) for fold in folds)
        together = len(folds) + (columns - 1) // bandwidth if folds else 0
        tree = math.ceil(math.log2(min(128, size))) + 1
        loading = sum(math.ceil(fold / bandwidth) for fold in folds)
        return loading + streamed * min(each, together) + tree * len(folds)

    columns = [int(group.any(0).sum()) for group in kept]
    rows = [int(group.any(1).sum()) for group in kept]
    by_group = [cycles(own * vectors, own, alive) for own, alive in zip(columns, rows, strict=True)]
    return {"weights": cycles(int(kept.sum()), sum(columns), vectors), "activations": sum(by_group)}


@given(kept_weights(), st.integers(1, 20), st.sampled_from((8, 24, 128, 1024)), st.integers(1, 8))
def test_times_of_sigma_are_those_of_its_folds(
    kept: NDArray[np.bool_], vectors: int, size: int, bandwidth: int
) -> None:
    if kept.any():
        found, stationary, _ = timed(kept, vectors, Accelerator("sigma", size, bandwidth))
        by_operand = cycles_of_sigma(kept, vectors, size, bandwidth)
        assert found == by_operand[stationary] == min(by_operand.values())


def test_the_published_efficiency_of_dense_products() -> None:
    # 82 % on average over the paper's dense products, loading included
    dense = run([Gemm.dense("a", None, "product", (1, size, size), size) for size in (1024, 2048)], Accelerator())
    assert 0.75 < dense.utilisation < 0.9
