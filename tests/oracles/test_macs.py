"""Costs against closed forms per layer, and against torch's FLOP counter for whole nets."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from supertickets.costs import cost
from supertickets.searching import remove_units
from supertickets.supernet import SupernetConfig
from supertickets.supernet.depthwise import MixedDepthwise
from supertickets.supernet.transformer import Attention, TokenTransformer
from supertickets.units import unit_groups
from tests.oracles.flops import torch_macs
from tests.strategies import FEW, small_configs

pytestmark = pytest.mark.fast


@given(
    st.sampled_from((1, 3)), st.sampled_from((3, 6, 9)), st.sampled_from((1, 3, 5)), st.sampled_from((1, 2)),
    st.sampled_from((8, 9)), st.sampled_from((8, 11)),
)  # fmt: skip
def test_convolution(groups: int, outputs: int, kernel: int, stride: int, height: int, width: int) -> None:
    conv = nn.Conv2d(3, outputs, kernel, stride, kernel // 2, groups=groups)
    found = cost(nn.Sequential(conv), (height, width))
    positions = -(-height // stride) * -(-width // stride)
    assert found.macs_dense == positions * outputs * (3 // groups) * kernel * kernel
    assert found.params_total == outputs * (3 // groups) * kernel * kernel + outputs  # the bias is no multiplication
    assert [layer.name for layer in found.layers] == ["0.weight"]


@given(st.sampled_from(((3, 0, 0), (1, 1, 1), (0, 2, 1))), st.sampled_from((1, 2)), st.sampled_from((8, 9)))
def test_depthwise(channels: tuple[int, ...], stride: int, side: int) -> None:
    found = cost(nn.Sequential(MixedDepthwise(channels, (3, 5, 7), stride)), (side, side))
    positions = (-(-side // stride)) ** 2
    assert found.macs_dense == positions * sum(c * k * k for c, k in zip(channels, (3, 5, 7), strict=True))
    assert len(found.layers) == sum(c > 0 for c in channels)


@given(st.integers(1, 9))
def test_linear(outputs: int) -> None:
    pooled = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, outputs))
    assert cost(pooled, (4, 4)).macs_dense == 48 * outputs
    per_row = nn.Sequential(nn.Linear(6, outputs))  # applied to all 3 x 4 rows of the picture
    assert cost(per_row, (4, 6)).macs_dense == 3 * 4 * 6 * outputs


class Tokens(nn.Module):
    """Attention whose tokens are the columns of one picture."""

    def __init__(self, width: int, memory: int) -> None:
        super().__init__()
        self.attention, self.width, self.memory = Attention(width), width, memory

    def forward(self, x: Tensor) -> Tensor:
        tokens = x[:, 0, :, : self.width]
        return self.attention(tokens, tokens[:, : self.memory])  # type: ignore[no-any-return]


@given(st.integers(1, 9), st.integers(1, 6))
def test_attention(tokens: int, width: int) -> None:
    found = cost(Tokens(width, tokens), (tokens, 6))
    # four projections of every token, scores and mixture of every pair
    assert found.macs_dense == 4 * tokens * width * width + 2 * tokens * tokens * width
    products = [layer for layer in found.layers if not layer.params_total]
    assert [layer.macs_nonzero for layer in products] == [2 * tokens * tokens * width]


def test_attention_between_unequal_sets() -> None:
    """Queries are projected as often as there are queries, keys and values as often as there is memory."""
    queries, memory, width = 4, 2, 3
    masks = {"attention.in_proj.weight": torch.arange(3 * width)[:, None].expand(-1, width) < width}
    found = cost(Tokens(width, memory), (queries, 6), masks)
    rest = queries * width * width + 2 * queries * memory * width
    assert found.macs_dense == queries * width * width + 2 * memory * width * width + rest
    assert found.macs_nonzero == queries * width * width + rest, "only the projection of queries is kept"


@pytest.mark.parametrize("channels", [18, 36, 144])
def test_a_transformer_of_the_paper(channels: int) -> None:
    transformer = TokenTransformer(channels, tokens=64, grid=8)
    parameters = sum(parameter.numel() for parameter in transformer.parameters())
    assert parameters == 54_016 + 130 * channels
    linear = 64 * 64 * (2 * channels + 2) + 2 * 64 * 6 * 64 * 64
    attention = 2 * 2 * 64 * 64 * 64
    assert transformer.macs(64) == linear + attention
    counted = cost(nn.Sequential(nn.Conv2d(3, channels, 1), transformer), (8, 8))
    assert counted.macs_dense == 3 * channels * 64 + linear + attention


def test_places_of_the_grid_are_standardised() -> None:
    rows, columns = TokenTransformer(4, tokens=3, grid=5).positions
    for places in (rows, columns.T):
        assert torch.allclose(places[:, 0], torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0]) / 2**0.5)
        assert (places == places[:, :1]).all()


@pytest.mark.slow
@FEW
@given(small_configs(), st.integers(1, 3), st.booleans())
def test_whole_nets_are_half_of_torchs_flops_per_image(config: SupernetConfig, batch: int, searched: bool) -> None:
    net = config.build(0).eval()
    if searched:
        remove_units(net, {name: torch.arange(group.units // 2) for name, group in unit_groups(net).items()})
    size = (config.stride * 3, config.stride * 2)
    assert batch * cost(net, size).macs_dense == torch_macs(net, size, batch)
