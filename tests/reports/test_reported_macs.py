"""Wrong counts that users of thop, ptflops, fvcore, torchinfo and others have reported, each shown not to be here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import prune

from supertickets.costs import cost
from supertickets.products import ProductError

SIZE = (4, 6)
PIXELS = 24


def dense(net: nn.Module) -> int:
    """Multiply-accumulates for one image of `SIZE`."""
    return cost(net, SIZE, {}).macs_dense


class Attending(nn.Module):
    """Pixels attend to each other."""

    def __init__(self, width: int = 8, heads: int = 2) -> None:
        super().__init__()
        self.into = nn.Conv2d(3, width, 1)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.into(x).flatten(2).mT
        mixed: Tensor = self.attention(tokens, tokens, tokens)[0]
        return mixed


ATTENDING = PIXELS * 3 * 8 + 4 * PIXELS * 8 * 8 + 2 * PIXELS * PIXELS * 8


@pytest.mark.fast
def test_attention_is_not_free() -> None:
    """github.com/Lyken17/pytorch-OpCounter/issues/197 and sovrasov/flops-counter.pytorch/issues/65: 0 MACs."""
    assert dense(Attending()) == ATTENDING


@pytest.mark.fast
def test_frozen_attention_is_not_free() -> None:
    """github.com/sovrasov/flops-counter.pytorch/issues/101: 0 MACs where no weight needs a gradient."""
    assert dense(Attending().requires_grad_(False)) == ATTENDING


@pytest.mark.fast
def test_a_fused_encoder_layer_is_not_free() -> None:
    """github.com/allenai/olmoearth_pretrain/pull/605: layers that take a fused path in eval mode counted 0."""

    class Encoding(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.into = nn.Conv2d(3, 8, 1)
            self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            encoded: Tensor = self.layer(self.into(x).flatten(2).mT)
            return encoded

    assert dense(Encoding().eval()) == ATTENDING + 2 * PIXELS * 8 * 16


@pytest.mark.slow
def test_a_transformer_of_torchvision_is_whole() -> None:
    """github.com/TylerYep/torchinfo/issues/226: a hundredth of the multiplications of a vision transformer."""
    from torchvision.models import VisionTransformer

    net = VisionTransformer(32, 8, num_layers=3, num_heads=2, hidden_dim=12, mlp_dim=20, num_classes=5)
    tokens = 4 * 4 + 1
    layer = 4 * tokens * 12 * 12 + 2 * tokens * tokens * 12 + 2 * tokens * 12 * 20
    assert cost(net, (32, 32), {}).macs_dense == 16 * 12 * 3 * 8 * 8 + 3 * layer + 12 * 5


class Own(nn.Module):
    """A layer and something that no module does."""

    def __init__(self, rest: Callable[[Tensor, nn.Linear], Tensor]) -> None:
        super().__init__()
        self.into, self.linear, self.rest = nn.Conv2d(3, 4, 1), nn.Linear(4, 4), rest

    def forward(self, x: Tensor) -> Tensor:
        return self.rest(self.into(x).flatten(2).mT, self.linear)


FUNCTIONS: dict[str, Callable[[Tensor, nn.Linear], Tensor]] = {
    "matmul": lambda x, _: torch.matmul(x, x.mT),
    "@": lambda x, _: x @ x.mT,
    "bmm": lambda x, _: torch.bmm(x, x.mT),
    "baddbmm": lambda x, _: torch.baddbmm(torch.zeros(1), x, x.mT),
    "einsum": lambda x, _: torch.einsum("bij,bkj->bik", x, x),
    "attention": lambda x, _: functional.scaled_dot_product_attention(x, x, x),
    "linear": lambda x, linear: functional.linear(x, linear.weight),
    "half of a linear": lambda x, linear: functional.linear(x, linear.weight[:2]),
    "convolution": lambda x, _: functional.conv1d(x.mT, torch.ones(2, 4, 3)),
}


@pytest.mark.fast
@pytest.mark.parametrize("name", FUNCTIONS)
def test_products_outside_modules_are_refused(name: str) -> None:
    """github.com/Lyken17/pytorch-OpCounter/issues/213 and others: they counted 0.

    sovrasov/flops-counter.pytorch/issues/78, facebookresearch/fvcore/issues/49, deepspeedai/DeepSpeed/issues/4723,
    pytorch/pytorch/issues/195460.
    """
    with pytest.raises(ProductError, match=r"the net itself: Own multiplies \d+ times \(.*\), its rules count 0; reg"):
        dense(Own(FUNCTIONS[name]))


@pytest.mark.fast
@pytest.mark.parametrize(
    ("layer", "macs"),
    [
        (nn.ConvTranspose2d(3, 6, 2, 2), PIXELS * 3 * 6 * 4),
        (nn.ConvTranspose2d(3, 1, 3), PIXELS * 3 * 9),
        (nn.ConvTranspose2d(3, 6, 3, 2, 1, 1, groups=3), PIXELS * 3 * 2 * 9),
        (nn.ConvTranspose2d(3, 3, 4, 2, 1, groups=3), PIXELS * 3 * 16),
    ],
)
def test_transposed_convolutions_multiply_at_every_input(layer: nn.Module, macs: int) -> None:
    """github.com/facebookresearch/fvcore/issues/78 and others: too many, too few, or none with groups.

    sovrasov/flops-counter.pytorch/issues/149, Lyken17/pytorch-OpCounter/issues/20,
    deepspeedai/DeepSpeed/issues/3815 and /pull/8323.
    """
    assert dense(layer) == macs


@pytest.mark.fast
def test_weights_that_were_pruned_away_do_not_multiply() -> None:
    """github.com/Lyken17/pytorch-OpCounter/issues/129: zeros of `torch.nn.utils.prune` counted as weights."""
    layer = nn.Conv2d(3, 8, 3, padding=1)
    prune.l1_unstructured(layer, "weight", amount=0.75)
    kept = {"weight": layer.weight_mask.bool()}
    found = cost(layer, SIZE, kept)
    assert (found.macs_dense, found.macs_nonzero) == (PIXELS * 8 * 27, PIXELS * 8 * 27 // 4)
    assert dense(layer) == found.macs_dense and found.params_total == 8 * 27 + 8


@pytest.mark.fast
def test_a_layer_in_two_places_multiplies_twice_and_is_stored_once() -> None:
    """github.com/allenai/olmoearth_pretrain/pull/605: counts doubled, or lost, where a module has two names."""
    layer = nn.Conv2d(3, 3, 1)
    found = cost(nn.Sequential(layer, nn.ReLU(), layer), SIZE, {})
    assert (found.macs_dense, found.params_total) == (2 * PIXELS * 9, 12)


@pytest.mark.fast
def test_a_multiplication_with_its_addition_is_one() -> None:
    """github.com/facebookresearch/fvcore/issues/108: MACs or FLOPs, a factor of two."""
    assert dense(nn.Sequential(nn.Flatten(), nn.Linear(3 * PIXELS, 10))) == 3 * PIXELS * 10
