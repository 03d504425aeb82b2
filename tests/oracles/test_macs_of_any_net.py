"""Costs of layers and nets that are not ours, against closed forms and against torch's FLOP counter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from bench.accelerator.lowering import lower
from supertickets.costs import cost
from supertickets.products import ProductError, WeightProduct, products_of
from supertickets.searching import input_sizes
from tests.oracles.flops import torch_macs
from tests.properties.small import TWO_BRANCHES

fast = pytest.mark.slow
TOKENS, WIDTH = 12, 6
"""Rows of a 3-channel 4x6 picture, read as tokens."""


class Rows(nn.Module):
    """Feeds `inner` the rows of the picture as tokens, `(1, 12, 6)`, through `call`."""

    def __init__(self, inner: nn.Module, call: Callable[[Any, Tensor], Any]) -> None:
        super().__init__()
        self.inner, self.call = inner, call

    def forward(self, x: Tensor) -> Any:
        return self.call(self.inner, x.flatten(1, 2))


@fast
@given(
    st.sampled_from((1, 3)), st.sampled_from((3, 6)), st.sampled_from((1, 2, 3)), st.sampled_from((1, 2)),
    st.sampled_from((1, 2)),
)  # fmt: skip
def test_transposed_and_dilated_convolutions(groups: int, outputs: int, kernel: int, stride: int, rate: int) -> None:
    up = nn.ConvTranspose2d(3, outputs, kernel, stride, groups=groups, dilation=rate)
    assert cost(up, (5, 7)).macs_dense == 5 * 7 * 3 * (outputs // groups) * kernel**2 == torch_macs(up, (5, 7))
    wide = nn.Conv2d(3, outputs, kernel, stride, groups=groups, dilation=rate)
    assert cost(wide, (9, 8)).macs_dense == torch_macs(wide, (9, 8))


@fast
def test_convolutions_in_one_and_three_dimensions() -> None:
    line = Rows(nn.Conv1d(TOKENS, 8, 3, groups=4), lambda conv, x: conv(x))
    assert cost(line, (4, WIDTH)).macs_dense == 4 * 8 * 3 * 3 == torch_macs(line, (4, WIDTH))
    volume = Rows(nn.Conv3d(1, 5, 2), lambda conv, x: conv(x.view(1, 1, 2, 6, 6)))
    assert cost(volume, (4, WIDTH)).macs_dense == 1 * 5 * 5 * 5 * 8 == torch_macs(volume, (4, WIDTH))


ATTENTION: dict[str, tuple[dict[str, Any], Callable[[Any, Tensor], Any], int]] = {
    # what it projects and multiplies, for 12 tokens (5 of them queries where sets differ) of 6 numbers
    "self": ({}, lambda m, x: m(x, x, x), 4 * 12 * 36 + 2 * 12 * 12 * 6),
    "by keyword": ({}, lambda m, x: m(query=x, value=x, key=x), 4 * 12 * 36 + 2 * 12 * 12 * 6),
    "one head": ({"num_heads": 1}, lambda m, x: m(x, x, x), 4 * 12 * 36 + 2 * 12 * 12 * 6),
    "unbatched": ({}, lambda m, x: m(x[0], x[0], x[0]), 4 * 12 * 36 + 2 * 12 * 12 * 6),
    "sequence first": ({"batch_first": False}, lambda m, x: m(x, x, x), 4 * 12 * 36 + 2 * 12 * 1 * 6),
    "unequal sets": ({}, lambda m, x: m(x[:, :5], x, x), 2 * 5 * 36 + 2 * 12 * 36 + 2 * 5 * 12 * 6),
    "other widths": (
        {"kdim": 3, "vdim": 2}, lambda m, x: m(x[:, :5], x[..., :3], x[..., :2]),
        2 * 5 * 36 + 12 * 18 + 12 * 12 + 2 * 5 * 12 * 6,
    ),
    "added keys": (
        {"add_bias_kv": True, "add_zero_attn": True}, lambda m, x: m(x, x, x), 4 * 12 * 36 + 2 * 12 * 14 * 6,
    ),
}  # fmt: skip


@fast
@pytest.mark.parametrize("kind", ATTENTION)
def test_multi_head_attention(kind: str) -> None:
    options, call, expected = ATTENTION[kind]
    net = Rows(nn.MultiheadAttention(WIDTH, **({"num_heads": 2, "batch_first": True} | options)), call)
    assert cost(net, (4, WIDTH)).macs_dense == expected == torch_macs(net, (4, WIDTH))


@fast
def test_masks_of_attention_count_by_rows() -> None:
    net = Rows(nn.MultiheadAttention(WIDTH, 2, batch_first=True), lambda m, x: m(x[:, :5], x, x))
    queries_only = torch.arange(3 * WIDTH)[:, None].expand(-1, WIDTH) < WIDTH
    found = cost(net, (4, WIDTH), {"inner.in_proj_weight": queries_only})
    assert found.macs_dense - found.macs_nonzero == 12 * 2 * 36


@fast
def test_a_transformer_layer_of_torch() -> None:
    layer = nn.TransformerEncoderLayer(WIDTH, 2, dim_feedforward=7, batch_first=True)
    net = Rows(layer, lambda m, x: m(x))
    linears = 4 * 12 * 36 + 2 * 12 * WIDTH * 7
    assert cost(net, (4, WIDTH)).macs_dense == linears + 2 * 12 * 12 * 6 == torch_macs(net, (4, WIDTH))


class Standardised(nn.Conv2d):
    """A convolution that prepares its weight, as many libraries have one."""

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight - self.weight.mean(), self.bias, self.stride, self.padding)


@fast
def test_a_subclass_counts_as_its_base() -> None:
    assert cost(Standardised(3, 5, 3), (6, 6)).macs_dense == 16 * 5 * 27


class Twice(nn.Module):
    """Calls one layer at two sizes, and shares its weight with a second layer."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 3, 1, bias=False), nn.Conv2d(3, 3, 1, bias=False)
        self.second.weight = self.first.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.second(F.max_pool2d(self.first(self.first(x)), 2))  # type: ignore[no-any-return]


@fast
def test_every_call_counts_and_a_shared_weight_is_one_parameter() -> None:
    masks = {"first.weight": torch.eye(3, dtype=torch.bool)[..., None, None]}
    found = cost(Twice(), (4, 6), masks)
    assert (found.params_total, found.params_nonzero) == (9, 3)
    assert found.macs_dense == 9 * (24 + 24 + 6) == torch_macs(Twice(), (4, 6))
    assert found.macs_nonzero == 3 * (24 + 24 + 6)
    assert [layer.name for layer in found.layers] == ["first.weight"]


class Scores(nn.Module):
    """A product with a weight of its own, of which nobody has told how it counts."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(WIDTH, 5))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.table


class InList(nn.Module):
    """The same, with its weights in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.tables = nn.ParameterList([nn.Parameter(torch.zeros(WIDTH, 5))])

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.tables[0]


@fast
@pytest.mark.parametrize("kind", [Scores, InList])
def test_a_layer_without_rule_is_named_with_its_remedy(kind: type[nn.Module]) -> None:
    with pytest.raises(
        ProductError, match=rf"^0: {kind.__name__} owns weights .*register one with @products_of\({kind.__name__}"
    ):
        cost(nn.Sequential(kind()), (4, WIDTH))
    with pytest.raises(ProductError, match=f"^the net itself: {kind.__name__}"):
        cost(kind(), (4, WIDTH))


@fast
def test_a_registered_rule_is_used() -> None:
    class Known(Scores):
        pass

    @products_of(Known)
    def _known(_module: Known, inputs: tuple[Tensor, ...], _output: Tensor) -> list[WeightProduct]:
        return [WeightProduct("table", inputs[0].numel() // WIDTH, transposed=True)]

    net = nn.Sequential(Known())
    assert cost(net, (4, WIDTH)).macs_dense == 12 * WIDTH * 5
    mask = torch.arange(WIDTH)[:, None].expand(-1, 5) < torch.arange(1, 6)
    (gemm,) = lower(net, (4, WIDTH), {"0.table": mask})
    assert (gemm.vectors, gemm.length, list(gemm.counts)) == (12, WIDTH, [1, 2, 3, 4, 5])


@fast
def test_weights_that_are_never_called_need_no_rule() -> None:
    net = nn.Sequential(nn.Conv2d(3, 2, 1))
    net[0].spare = Scores()  # as an auxiliary head in evaluation
    found = cost(net, (4, 6))
    assert found.macs_dense == 6 * 24 and found.params_total == 8 + 5 * WIDTH


@fast
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_any_floating_type(dtype: torch.dtype) -> None:
    net = TWO_BRANCHES.build(0)
    expected, sizes = cost(net, (32, 64)), input_sizes(net, (32, 64))
    net.to(dtype)
    assert cost(net, (32, 64)) == expected and input_sizes(net, (32, 64)) == sizes


# name in torchvision.models, image side; every kind of layer that its classifiers and segmenters have
TORCHVISION = {
    "resnet18": 64, "mobilenet_v2": 65, "shufflenet_v2_x1_5": 64, "resnext50_32x4d": 64, "vit_b_16": 224,
    "lraspp_mobilenet_v3_large": 64, "deeplabv3_resnet50": 64, "swin_t": 72, "swin_v2_t": 72, "maxvit_t": 224,
    "convnext_tiny": 64,
}  # fmt: skip


@pytest.mark.slow  # importing torchvision takes seconds
@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision(name: str) -> None:
    import torchvision

    backbone = {"weights_backbone": None} if "lraspp" in name or "deeplab" in name else {}
    net = torchvision.models.get_model(name, weights=None, **backbone)
    size = (TORCHVISION[name], TORCHVISION[name])
    found = cost(net, size)
    assert found.params_total == sum(parameter.numel() for parameter in net.parameters())
    assert found.macs_dense == torch_macs(net.to("meta"), size) > 10**7
