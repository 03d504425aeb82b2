"""SNIP scores against autograd with respect to an explicit mask."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.criteria import gradient_scores
from supertickets.masks import MaskError, prunable
from supertickets.supernet import SupernetConfig, build
from tests.properties.small import TINY, randomise
from tests.strategies import FEW, small_configs

pytestmark = pytest.mark.fast


@FEW
@given(small_configs(), st.integers(1, 3), st.integers(0, 10**6))
def test_scores_are_gradients_of_the_mask(config: SupernetConfig, batches: int, seed: int) -> None:
    net = build(config, seed).double().eval()
    randomise(net, seed)
    random = torch.Generator().manual_seed(seed)
    inputs = [torch.randn(2, 3, 32, 32, dtype=torch.float64, generator=random) for _ in range(batches)]

    def loss(outputs: Tensor) -> Tensor:
        return F.softplus(outputs).mean()

    state = {name: value.detach() for name, value in net.state_dict().items()}
    masks = {name: torch.ones_like(weight).requires_grad_() for name, weight in prunable(net).items()}
    masked = {**state, **{name: state[name] * mask for name, mask in masks.items()}}
    total = sum(loss(torch.func.functional_call(net, masked, (x,))) for x in inputs)
    expected = torch.autograd.grad(total, list(masks.values()))  # type: ignore[arg-type]
    found = gradient_scores(net, [lambda x=x: loss(net(x)) for x in inputs])
    assert list(found) == list(masks)
    for score, gradient in zip(found.values(), expected, strict=True):
        torch.testing.assert_close(score, gradient.abs(), rtol=1e-9, atol=1e-15)
    assert any(score.any() for score in found.values())


def test_without_batches_there_is_no_gradient() -> None:
    with pytest.raises(MaskError, match="at least one training batch"):
        gradient_scores(build(TINY, 0), [])
