"""The fused searching block against the paper's three separate kernel paths with the same weights."""

from __future__ import annotations

from itertools import product

import pytest
import torch
import torch.nn.functional as F
from supertickets.search import remove_units
from torch import Tensor, nn

from supertickets.supernet import SupernetConfig
from supertickets.supernet import fused
from supertickets.supernet.block import SearchingBlock
from supertickets.supernet.depthwise import MixedDepthwise
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


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("outputs", [4, 6])
@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("way", WAYS)
def test_one_block_is_three_paths(
    stride: int, outputs: int, train: bool, memory: torch.memory_format, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fused, "PART_BYTES", WAYS[way])
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


@pytest.mark.parametrize("kernels", [(3,), (5,), (7,), (1, 3, 9), (3, 5, 7)])
def test_gradients_of_mixed_depthwise_are_those_of_finite_differences(kernels: tuple[int, ...]) -> None:
    for stride, size in product((1, 2), ((3, 4), (5, 3))):
        module = MixedDepthwise([1] * len(kernels), kernels, stride).double()
        weights = tuple(torch.randn(weight.shape, dtype=torch.float64, requires_grad=True) for weight in module.weights)
        x = torch.randn(1, len(kernels), *size, dtype=torch.float64, requires_grad=True)

        def run(x: Tensor, *weights: Tensor, module: MixedDepthwise = module) -> Tensor:
            names = {f"weights.{i}": weight for i, weight in enumerate(weights)}
            return torch.func.functional_call(module, names, (x,))  # type: ignore[no-any-return]

        assert torch.autograd.gradcheck(run, (x, *weights))


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("stride", [1, 2])
def test_gradients_of_mixed_depthwise_are_those_of_plain_convolutions(memory: torch.memory_format, stride: int) -> None:
    """Sizes at which strips of columns reach over the border, with several channels per path and some without any."""
    for channels, size in product(((3, 2, 4), (0, 2, 3), (2, 0, 0)), ((1, 1), (1, 9), (6, 2), (13, 11))):
        module = MixedDepthwise(channels, (3, 5, 7), stride).double()
        for weight in module.weights:
            nn.init.normal_(weight)
        x = torch.randn(2, sum(channels), *size, dtype=torch.float64).contiguous(memory_format=memory)
        x.requires_grad_()
        parts = zip(x.split(channels, 1), module.weights, strict=True)
        plain = torch.cat([F.conv2d(p, w, None, stride, len(w[0, 0]) // 2, 1, len(w)) for p, w in parts if len(w)], 1)
        factors = torch.randn(plain.shape, dtype=torch.float64)
        inputs = [x, *(weight for weight in module.weights if len(weight))]
        expected = torch.autograd.grad((plain * factors).sum(), inputs)
        fused = module(x)
        torch.testing.assert_close(fused, plain, rtol=1e-12, atol=1e-12)
        for one, other in zip(torch.autograd.grad((fused * factors).sum(), inputs), expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)
