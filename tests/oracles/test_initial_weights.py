"""How weights begin, against a table of spreads per kind of layer written down from the public code's rule."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from supertickets.supernet import Stage, Supernet, SupernetConfig, build
from supertickets.supernet.block import SearchingBlock
from supertickets.supernet.transformer import TokenTransformer

pytestmark = pytest.mark.fast
DENSE = SupernetConfig(
    outputs=19, stem=(24, 24), stages=(Stage((1,), (24,)), Stage((2, 1), (18, 36)), Stage((1, 1, 1), (18, 36, 72))),
    branch_channels=(36, 72, 144), tokens=32,
)  # fmt: skip
CLASSIFICATION = replace(DENSE, head_kind="classification", outputs=100, last_channels=200)
Parts = dict[str, tuple[Tensor, float]]


def convolutions(net: Supernet, depthwise_counts_channels: bool) -> Parts:
    """Every filter of the paper's net, kernel paths apart, with the number sqrt(2 / ...) is taken of."""
    found: Parts = {}

    def put(name: str, weight: Tensor, fan_out: int) -> None:
        found[name] = weight, math.sqrt(2 / fan_out)

    for number in (0, 1):
        weight = net.stem[number][0].weight  # type: ignore[index]
        put(f"stem {number}", weight, 24 * 9)
    classifier = net.head.classifier
    if isinstance(classifier, nn.Conv2d):
        put("classifier", classifier.weight, classifier.out_channels)
    else:
        put("final", net.head.final[0].weight, 200)  # type: ignore[index, union-attr]
    for name, block in net.named_modules():
        if isinstance(block, TokenTransformer):
            put(f"{name} to tokens", block.to_tokens.weight, 32)
            put(f"{name} from tokens", block.from_tokens.weight, block.channels)
        if not isinstance(block, SearchingBlock):
            continue
        assert block.expand is not None
        path = 4 * block.inputs
        for number, (first, end) in enumerate(pairwise((0, path, 2 * path, 3 * path))):
            size = (3, 5, 7)[number]
            put(f"{name} expand {size}", block.expand.weight[first:end], path)
            put(f"{name} project {size}", block.project.weight[:, first:end], block.outputs)
            fan_out = size * size * (path if depthwise_counts_channels else 1)
            put(f"{name} depthwise {size}", block.depthwise.weights[number], fan_out)
        if block.shortcut is not None:
            alone = block.outputs % block.inputs == 0 and not depthwise_counts_channels
            put(f"{name} shortcut", block.shortcut.weight, 1 if alone else block.outputs)
    return found


def assert_normal(parts: Parts) -> None:
    """Mean and mean square within five standard errors (1 in 10^6 each), and all together within five of theirs.

    The cube root of a mean of n squares is all but normal for any n (Wilson and Hilferty).
    """
    squares, count = 0.0, 0
    for name, (weight, std) in parts.items():
        scaled = weight.detach().double().flatten() / std
        n = len(scaled)
        assert abs(float(scaled.mean())) < 5 / math.sqrt(n), name
        assert abs(float(scaled.square().mean()) ** (1 / 3) - 1 + 2 / (9 * n)) < 5 * math.sqrt(2 / (9 * n)), name
        squares, count = squares + float(scaled.square().sum()), count + n
    assert abs(squares / count - 1) < 5 * math.sqrt(2 / count)
    joined = torch.cat([weight.detach().flatten() / std for weight, std in parts.values()]).abs()
    assert float((joined < 1).double().mean()) == pytest.approx(math.erf(1 / math.sqrt(2)), abs=0.005), "normal"


def is_complete(net: Supernet, parts: Parts) -> bool:
    """Whether the parts hold every convolution weight of the net."""
    filters = sum(p.numel() for p in net.parameters() if p.dim() == 4)
    return filters == sum(weight.numel() for weight, _ in parts.values())


@pytest.mark.few
@pytest.mark.parametrize("config", [DENSE, CLASSIFICATION], ids=["dense", "classification"])
@pytest.mark.parametrize("init", ["fan_out", "torch_fan_out"])
def test_filters_are_normal_with_the_spread_of_their_kind(config: SupernetConfig, init: str) -> None:
    net = build(replace(config, init=init), 0)  # type: ignore[arg-type]
    parts = convolutions(net, depthwise_counts_channels=init == "torch_fan_out")
    assert is_complete(net, parts)
    assert_normal(parts)


def test_a_shortcut_of_as_many_groups_as_inputs_is_a_depthwise_one() -> None:
    """24 -> 18 shares 6 groups, 18 -> 36 has 18."""
    net = build(DENSE, 0)
    shapes = {tuple(m.shortcut.weight.shape[:2]) for m in net.modules() if isinstance(m, SearchingBlock) and m.shortcut}
    assert {(18, 4), (36, 1)} <= shapes, "both kinds are among those tested"


@pytest.mark.parametrize(("init", "spread"), [("heatmap", 0.001), ("alike", 0.03)])
def test_filters_of_all_layers_have_one_spread(init: str, spread: float) -> None:
    net = build(replace(DENSE, init=init), 0)  # type: ignore[arg-type]
    parts = convolutions(net, depthwise_counts_channels=False)
    assert is_complete(net, parts)
    assert_normal({name: (weight, spread) for name, (weight, _) in parts.items()})


def uniform_bounds(net: Supernet, of_inputs: bool) -> dict[str, tuple[Tensor, float]]:
    """Linear layers +-1 / sqrt(fan-out), torch's own +-1 / sqrt(fan-in); attention's input and queries are Xavier's."""
    found: dict[str, tuple[Tensor, float]] = {}
    for name, module in net.named_modules():
        if isinstance(module, nn.Linear):
            rows, columns = module.weight.shape
            bound = 1 / math.sqrt(columns if of_inputs else rows)
            if name.endswith("in_proj"):
                bound = math.sqrt(6 / (rows + columns))
            found[name] = module.weight, bound
        if isinstance(module, TokenTransformer):
            assert module.queries is not None
            found[f"{name}.queries"] = module.queries, math.sqrt(6 / (32 + 64))
    return found


@pytest.mark.parametrize("init", ["fan_out", "torch_fan_out", "heatmap", "alike"])
def test_linear_layers_are_uniform(init: str) -> None:
    parts = uniform_bounds(build(replace(CLASSIFICATION, init=init), 0), init == "heatmap")  # type: ignore[arg-type]
    assert "head.classifier" in parts and len(parts) > 9
    for name, (weight, bound) in parts.items():
        scaled = weight.detach().double().flatten() / bound
        n = len(scaled)
        assert 1 - 20 / n < float(scaled.abs().max()) <= 1 + 1e-6, name
        # the square of a uniform number in -1..1 has mean 1/3 and variance 4/45
        assert abs(float(scaled.square().mean()) - 1 / 3) < 5 * math.sqrt(4 / 45 / n), name


@pytest.mark.parametrize("config", [DENSE, CLASSIFICATION], ids=["dense", "classification"])
def test_biases_are_0_and_scales_1(config: SupernetConfig) -> None:
    for name, parameter in build(config, 0).named_parameters():
        if parameter.dim() == 1:
            assert (parameter == float(name.endswith("weight"))).all(), name


def test_a_seed_decides_everything_and_nothing_else_does() -> None:
    states: list[Tensor] = []
    for seed in (1, 1, 2):
        torch.rand(len(states))  # another global state
        states.append(torch.cat([p.flatten() for p in build(DENSE, seed).parameters()]))
    assert torch.equal(states[0], states[1]) and not torch.equal(states[0], states[2])
