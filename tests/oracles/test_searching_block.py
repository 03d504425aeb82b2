"""The fused searching block against the paper's three separate kernel paths with the same weights."""

from __future__ import annotations

import copy
from itertools import pairwise, product

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench.unfused import unfused
from supertickets.searching import remove_units
from supertickets.supernet import SupernetConfig, build, fused, miniature
from supertickets.supernet.block import SearchingBlock
from supertickets.supernet.depthwise import input_gradient, weight_gradient
from tests.properties.small import randomise

pytestmark = pytest.mark.fast
CONFIG = SupernetConfig(outputs=1, expansion=2, tokens=0, bn_momentum=0.1)


class ThreePaths(nn.Module):
    """Expand - BN - ReLU - depthwise - BN - ReLU - project per kernel size; sum, one BN, residual."""

    def __init__(self, block: SearchingBlock) -> None:
        super().__init__()
        self.stride, self.shortcut, self.kernels = block.stride, block.shortcut, block.depthwise.kernels
        channels = block.depthwise.channels
        assert block.expand is not None
        self.expands = nn.ParameterList(block.expand.weight.detach().clone().split(channels, 0))
        self.depthwises = nn.ParameterList(weight.detach().clone() for weight in block.depthwise.weights)
        self.projects = nn.ParameterList(block.project.weight.detach().clone().split(channels, 1))
        self.norms = nn.ModuleList(self._parts(block.expand_bn, channels) + self._parts(block.depthwise_bn, channels))
        self.final = block.project_bn

    @staticmethod
    def _parts(norm: nn.BatchNorm2d, channels: tuple[int, ...]) -> list[nn.Module]:
        parts, first = [], 0
        for count in channels:
            part = nn.BatchNorm2d(count, eps=norm.eps, momentum=norm.momentum).double()
            part.load_state_dict(
                {key: v[first : first + count] if v.dim() else v for key, v in norm.state_dict().items()}
            )
            parts.append(part)
            first += count
        return parts

    def forward(self, x: Tensor) -> Tensor:
        total = torch.zeros(())
        paths = len(self.kernels)
        for path, kernel in enumerate(self.kernels):
            if not len(self.depthwises[path]):
                continue
            hidden = F.relu(self.norms[path](F.conv2d(x, self.expands[path])))
            hidden = F.conv2d(
                hidden, self.depthwises[path], stride=self.stride, padding=kernel // 2, groups=hidden.shape[1]
            )
            hidden = F.relu(self.norms[paths + path](hidden))
            total = total + F.conv2d(hidden, self.projects[path])
        return self.final(total) + (x if self.shortcut is None else self.shortcut(x))


def compare(block: SearchingBlock, x: Tensor, train: bool) -> None:
    """Outputs, and the gradients of everything, in float64: only the order of sums differs."""
    naive = ThreePaths(block)
    found: list[Tensor] = []
    for module in (naive, block):  # the naive one first: both share the last BN and the shortcut
        module.train(train)
        inputs = x.clone(memory_format=torch.preserve_format).requires_grad_()
        module.zero_grad()
        out = module(inputs)
        (out * torch.linspace(-1, 1, out.numel(), dtype=torch.float64).reshape(out.shape)).sum().backward()
        shared = [p.grad.clone() for p in block.project_bn.parameters() if p.grad is not None]
        if block.shortcut is not None and block.shortcut.weight.grad is not None:
            shared.append(block.shortcut.weight.grad.clone())
        found.append(torch.cat([t.reshape(-1) for t in (out.detach(), inputs.grad, *shared)]))  # type: ignore[misc]
    torch.testing.assert_close(found[1], found[0], rtol=1e-9, atol=1e-9)

    def joined(tensors: nn.ParameterList, dim: int = 0) -> Tensor:
        return torch.cat([torch.zeros_like(t) if t.grad is None else t.grad for t in tensors], dim)

    assert block.expand is not None
    pairs = [(block.expand.weight, joined(naive.expands)), (block.project.weight, joined(naive.projects, 1))]
    pairs += [(w, p.grad) for w, p in zip(block.depthwise.weights, naive.depthwises, strict=True) if len(w)]
    half = len(block.depthwise.kernels)
    for norm, parts in ((block.expand_bn, naive.norms[:half]), (block.depthwise_bn, naive.norms[half:])):
        for key in ("weight", "bias"):
            pairs.append((getattr(norm, key), joined([getattr(part, key) for part in parts])))  # type: ignore[arg-type]
        for key in ("running_mean", "running_var"):
            joint = torch.cat([getattr(part, key) for part in parts])
            torch.testing.assert_close(getattr(norm, key), joint, rtol=1e-9, atol=1e-9)
        assert norm.num_batches_tracked == (11 if train else 10)
    for parameter, expected in pairs:
        assert parameter.grad is not None
        torch.testing.assert_close(parameter.grad, expected, rtol=1e-9, atol=1e-9)


WAYS = {"all paths at once": 1 << 40, "one path at a time": 0}
"""The two ways a block is computed in training, by the size of hidden activations from which the second is taken."""
SIZES = ((8, 8), (9, 7), (5, 12), (2, 3))


@pytest.mark.few
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("outputs", [4, 6])
@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("way", WAYS)
def test_one_block_is_three_paths(
    stride: int, outputs: int, train: bool, memory: torch.memory_format, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fused, "PART_BYTES", WAYS[way])
    monkeypatch.setattr(fused, "PART_MULTIPLE", 3)
    for number, size in enumerate(SIZES):
        block = SearchingBlock(4, outputs, stride, CONFIG)
        initialise(block, number)
        block.double().to(memory_format=memory)
        x = torch.randn(2, 4, *size, dtype=torch.float64).contiguous(memory_format=memory)
        compare(block, x, train)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("keep", [[0, 3, 9, 10, 15, 20], [1, 2, 23], [8, 9], [17]])
@pytest.mark.parametrize("way", WAYS)
def test_it_still_is_after_a_search(stride: int, keep: list[int], way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused, "PART_BYTES", WAYS[way])
    net = nn.Sequential(SearchingBlock(4, 4, stride, CONFIG))
    initialise(net, stride)
    remove_units(net, {"0": torch.tensor(keep)})
    block = net.double()[0]
    assert isinstance(block, SearchingBlock)
    assert block.depthwise.channels == tuple(sum(first <= unit < first + 8 for unit in keep) for first in (0, 8, 16))
    compare(block, torch.randn(2, 4, 7, 9, dtype=torch.float64), train=True)


def initialise(module: nn.Module, seed: int) -> None:
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d) and norm.num_batches_tracked is not None:
            norm.num_batches_tracked.fill_(10)
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.5, generator=torch.Generator().manual_seed(seed))
    randomise(module, seed)


@pytest.mark.parametrize("kernel", [1, 3, 5, 7, 9])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_gradients_of_a_depthwise_convolution_are_those_of_autograd(
    kernel: int, stride: int, memory: torch.memory_format
) -> None:
    """Maps smaller and larger than the filter, odd and even, one image and one channel."""
    for (batch, channels), size in product(((2, 3), (1, 4), (3, 1)), ((1, 1), (1, 9), (6, 2), (13, 11))):
        x = torch.randn(batch, channels, *size, dtype=torch.float64).contiguous(memory_format=memory).requires_grad_()
        weight = torch.randn(channels, 1, kernel, kernel, dtype=torch.float64, requires_grad=True)
        out = F.conv2d(x, weight, None, stride, kernel // 2, 1, channels)
        grad = torch.randn_like(out)
        of_x, of_weight = torch.autograd.grad(out, (x, weight), grad)
        torch.testing.assert_close(input_gradient(grad, x, weight, stride), of_x, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(weight_gradient(grad, x, kernel, stride), of_weight, rtol=1e-12, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("part_bytes", WAYS.values())
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernels", [(5,), (1, 3, 9), (3, 5, 7)])
def test_gradients_of_a_block_are_those_of_finite_differences(
    kernels: tuple[int, ...], stride: int, part_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fused, "PART_BYTES", part_bytes)
    block = SearchingBlock(1, 2, stride, SupernetConfig(outputs=1, expansion=2, tokens=0, kernels=kernels)).double()
    initialise(block, stride)
    names = dict(block.named_parameters())
    x = torch.randn(2, 1, 5, 3, dtype=torch.float64, requires_grad=True)

    def run(x: Tensor, *values: Tensor) -> Tensor:
        return torch.func.functional_call(block, dict(zip(names, values, strict=True)), (x,))  # type: ignore[no-any-return]

    assert torch.autograd.gradcheck(run, (x, *names.values()))


@pytest.mark.slow
def test_a_whole_net_trains_in_float64() -> None:
    loss, gradients = one_step(build(miniature(5), 0))
    exact_loss, exact = one_step(build(miniature(5), 0).double())
    assert loss == pytest.approx(exact_loss, rel=1e-5)
    assert distance(gradients, exact) < 0.01  # a sum rounded across the zero of a ReLU


@pytest.mark.slow
def test_a_whole_net_trains_under_autocast() -> None:
    """As near to the gradients of float64 as a net of plain modules, whose blocks are rounded to bfloat16 as well."""
    errors = []
    for net in (build(miniature(5), 0), unfused(build(miniature(5), 0))):
        exact_loss, exact = one_step(copy.deepcopy(net).double())
        loss, gradients = one_step(net, autocast=True)
        assert loss == pytest.approx(exact_loss, rel=0.01)
        errors.append(distance(gradients, exact))
    assert errors[0] < 1.1 * errors[1]


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "autocast"), [(torch.float64, False), (torch.float32, True)])
def test_training_descends_in_float64_and_under_autocast(dtype: torch.dtype, autocast: bool) -> None:
    net = build(miniature(5, tokens=4), 0).to(dtype)
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
        losses.append(one_step(net, autocast)[0])
        optimizer.step()
    assert all(later < earlier for earlier, later in pairwise(losses)), losses
    assert all(parameter.dtype == dtype for parameter in net.parameters())


def test_equal_steps_have_equal_bits() -> None:
    first, second = (one_step(build(miniature(5), 0)) for _ in range(2))
    assert first[0] == second[0]
    assert torch.equal(first[1], second[1])


def one_step(net: nn.Module, autocast: bool = False) -> tuple[float, Tensor]:
    """Loss of one batch, and all gradients as one vector."""
    dtype = next(net.parameters()).dtype
    images = torch.randn(4, 3, 48, 64, generator=torch.Generator().manual_seed(0)).to(dtype)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        loss = net.train()(images).square().mean()
    loss.backward()
    return loss.item(), torch.cat([p.grad.double().flatten() for p in net.parameters() if p.grad is not None])


def distance(found: Tensor, expected: Tensor) -> float:
    return ((found - expected).norm() / expected.norm()).item()
