"""The parts a supernet is stacked from, against sums written out: which branch goes where, and at which resolution."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from supertickets.supernet import SupernetConfig
from supertickets.supernet.modules import ClassificationHead, DenseHead, Fusion, ParallelBranches, conv_bn_relu
from tests.properties.small import TINY

pytestmark = pytest.mark.fast

CHANNELS = (2, 3, 5, 7)
CONFIG = replace(TINY, last_channels=6, branch_channels=(3, 4, 6))


def block(inputs: int, outputs: int, stride: int, _config: SupernetConfig) -> nn.Conv2d:
    """In place of a searching block."""
    return nn.Conv2d(inputs, outputs, 3, stride, 1)


def branches(count: int, height: int = 33, width: int = 20) -> list[Tensor]:
    """Each has half the resolution of the one before, rounded up."""
    torch.manual_seed(0)
    sizes = [(-(-height // 2**i), -(-width // 2**i)) for i in range(count)]
    return [torch.randn(2, CHANNELS[i], *size) for i, size in enumerate(sizes)]


def same(found: Tensor, expected: Tensor) -> bool:
    return torch.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("new", [0, 1])
@pytest.mark.parametrize("count", [1, 2, 3])
@torch.no_grad()
def test_a_fusion_sums_what_neighbouring_branches_give(count: int, new: int) -> None:
    outputs = (11, 9, 8, 6)[: count + new]
    fusion, given = Fusion(CHANNELS[:count], outputs, CONFIG, block), branches(count)
    expected = []
    for target in range(count):
        own = fusion.paths[target]
        assert list(own) == [str(source) for source in range(count) if abs(source - target) <= 1]  # type: ignore[call-overload]
        total = torch.zeros(())
        for source in map(int, own):  # type: ignore[call-overload]
            path = own[str(source)]  # type: ignore[index]
            assert (path.in_channels, path.out_channels) == (CHANNELS[source], outputs[target])
            assert path.stride == ((2, 2) if source < target else (1, 1)), "from finer branches alone"
            total = total + F.interpolate(path(given[source]), given[target].shape[2:])
        expected.append(total.clamp(min=0))
    if new:
        assert (fusion.new_branch.in_channels, fusion.new_branch.out_channels) == outputs[-2:]  # type: ignore[union-attr]
        expected.append(fusion.new_branch(expected[-1]))  # type: ignore[misc]
        assert [*expected[-1].shape[2:]] == [-(-side // 2) for side in expected[-2].shape[2:]]
    assert (fusion.new_branch is not None) == bool(new)
    found = fusion(given)
    assert len(found) == len(expected) and all(map(same, found, expected))


@torch.no_grad()
def test_parallel_branches_have_their_own_numbers_of_blocks() -> None:
    parallel, given = ParallelBranches((2, 0, 1), CHANNELS[:3], CONFIG, block), branches(3)
    assert [len(row) for row in parallel.branches] == [2, 0, 1]  # type: ignore[arg-type]
    assert {(one.stride, one.in_channels == one.out_channels) for row in parallel.branches for one in row} == {  # type: ignore[union-attr]
        ((1, 1), True)
    }
    first, second = parallel.branches[0]  # type: ignore[misc]
    found = parallel(given)
    assert same(found[0], second(first(given[0]))) and found[1] is given[1]
    assert same(found[2], parallel.branches[2][0](given[2]))  # type: ignore[index]


@torch.no_grad()
def test_the_dense_head_sees_all_branches_at_the_finest_resolution() -> None:
    head, given = DenseHead(CHANNELS[:3], CONFIG, block), branches(3)
    size = given[0].shape[2:]
    large = [F.interpolate(x, size, mode="bilinear", align_corners=False) for x in given]
    assert head.block.stride == (1, 1)
    assert (head.classifier.kernel_size, head.classifier.stride) == ((1, 1), (1, 1))
    assert same(head(given), head.classifier(head.block(torch.cat(large, 1)))) and head(given).shape[1:] == (3, *size)


@torch.no_grad()
def test_the_classification_head_adds_branches_down_to_the_coarsest() -> None:
    head, given = ClassificationHead(CHANNELS[:3], CONFIG, block).eval(), branches(3, 32, 16)
    assert {one.stride for one in head.raises} == {(1, 1)} and {one.stride for one in head.downs} == {(2, 2)}
    assert [one.out_channels for one in head.raises] == [3, 4, 6]
    assert [(one.in_channels, one.out_channels) for one in head.downs] == [(3, 4), (4, 6)]
    raised = [widen(x) for widen, x in zip(head.raises, given, strict=True)]
    middle = raised[1] + head.downs[0](raised[0])
    coarsest = raised[2] + head.downs[1](middle)
    assert same(head(given), head.classifier(head.final(coarsest).mean((2, 3)))) and head(given).shape == (2, 3)
    assert head.dropout.p == 0.2 and same(head.train().dropout(torch.ones(9)).unique()[-1:], torch.tensor([1.25]))


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (3, 2)])
def test_a_convolution_has_the_norm_of_the_description_and_no_bias(kernel: int, stride: int) -> None:
    config = replace(CONFIG, bn_momentum=0.3, bn_eps=0.02)
    convolution, norm, relu = conv_bn_relu(4, 6, kernel, stride, config)
    assert convolution.bias is None and convolution.weight.shape == (6, 4, kernel, kernel)
    assert (norm.num_features, norm.momentum, norm.eps) == (6, 0.3, 0.02) and isinstance(relu, nn.ReLU)
    side = -(-9 // stride)
    assert conv_bn_relu(4, 6, kernel, stride, config)(torch.ones(2, 4, 9, 9)).shape == (2, 6, side, side)
