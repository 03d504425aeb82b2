"""BatchNorm over shares of a batch against torch's over the whole batch: outputs, gradients, running statistics."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from supertickets.parallel import SINGLE
from supertickets.supernet.fused import fusible
from supertickets.synchronised import SynchronisedBatchNorm, synchronise
from tests.properties.small import TINY, images
from tests.strategies import FEW
from tests.team import Team

pytestmark = pytest.mark.fast


def norm_of(channels: int, momentum: float | None, seed: int) -> nn.BatchNorm2d:
    random = torch.Generator().manual_seed(seed)
    norm = nn.BatchNorm2d(channels, eps=1e-3, momentum=momentum).double()
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.copy_(torch.randn(channels, generator=random))
    return norm


def shared(
    norms: list[nn.BatchNorm2d], parts: list[Tensor], outer: list[Tensor]
) -> tuple[Tensor, Tensor, list[SynchronisedBatchNorm]]:
    """Outputs and gradients of the inputs, of all ranks together, and the modules with gradients of their own."""
    team = Team(len(parts))
    modules = [SynchronisedBatchNorm(norm, rank) for norm, rank in zip(norms, team.ranks, strict=True)]
    inputs = [part.detach().clone().requires_grad_() for part in parts]
    outputs: list[Tensor] = list(parts)

    def work(rank: int) -> None:
        outputs[rank] = modules[rank](inputs[rank])
        outputs[rank].backward(outer[rank])

    team.run([partial(work, rank) for rank in range(len(parts))])
    grads = [given.grad for given in inputs]
    assert all(grad is not None for grad in grads)
    return torch.cat(outputs).detach(), torch.cat(grads), modules  # type: ignore[arg-type]


@FEW
@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    channels=st.integers(1, 4),
    momentum=st.sampled_from((0.1, 1.0, None)),
    offset=st.sampled_from((0.0, 1e4)),
    seed=st.integers(0, 10**6),
)
def test_shares_are_normalised_as_the_whole_batch(
    sizes: list[int], channels: int, momentum: float | None, offset: float, seed: int
) -> None:
    random = torch.Generator().manual_seed(seed)
    shape = (sum(sizes), channels, 3, 2)
    batches = [torch.randn(shape, generator=random, dtype=torch.float64) + offset for _ in range(2)]
    outer = torch.randn(shape, generator=random, dtype=torch.float64)
    whole, *norms = (norm_of(channels, momentum, seed) for _ in range(len(sizes) + 1))
    for batch in batches:  # twice, since statistics follow several batches
        whole.zero_grad()
        x = batch.clone().requires_grad_()
        expected = whole(x)
        expected.backward(outer)
        for norm in norms:
            norm.zero_grad()
        found, grads, norms = shared(norms, list(batch.split(sizes)), list(outer.split(sizes)))
        close = partial(torch.testing.assert_close, rtol=1e-7, atol=1e-8)
        close(found, expected)
        close(grads, x.grad)
        for name, parameter in whole.named_parameters():
            close(sum(norm.get_parameter(name).grad for norm in norms), parameter.grad)
        for norm in norms:
            for name, buffer in whole.named_buffers():
                close(norm.get_buffer(name), buffer)


def test_in_eval_mode_it_is_a_batch_norm() -> None:
    norm, x = norm_of(3, 0.1, 0), torch.randn(2, 3, 4, 4, dtype=torch.float64)
    norm(x)
    expected = norm.eval()(x)
    [rank] = Team(1).ranks
    assert torch.equal(SynchronisedBatchNorm(norm, rank)(x), expected)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_half_a_precision_is_summed_in_a_whole_one(kind: torch.dtype) -> None:
    norm, x = nn.BatchNorm2d(3), (1000 + torch.randn(8, 3, 16, 16)).to(kind)
    [rank] = Team(1).ranks
    found = SynchronisedBatchNorm(nn.BatchNorm2d(3), rank)(x)
    assert found.dtype == kind
    torch.testing.assert_close(found, norm(x.float()).to(kind), rtol=1e-2, atol=1e-2)


def test_a_net_changes_its_batch_norms_and_nothing_else() -> None:
    team = Team(2)
    net, before = TINY.build(0), TINY.build(0).state_dict()
    parameters = list(net.parameters())
    synchronise(net, SINGLE)
    assert not any(isinstance(module, SynchronisedBatchNorm) for module in net.modules())
    synchronise(net, team.ranks[0])
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms and all(isinstance(norm, SynchronisedBatchNorm) for norm in norms)
    assert not any(map(fusible, norms)), "kernels that normalise by themselves step aside"
    assert all(one is other for one, other in zip(net.parameters(), parameters, strict=True))
    assert list(net.state_dict()) == list(before)
    x = images(2).images / 255
    plain = TINY.build(0).eval()
    assert torch.equal(net.eval()(x), plain(x))
