"""The strategies really produce the cases they advertise."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import Phase, find, given, settings
from torch import Tensor

from supertickets.optimizers import Optimization
from supertickets.supernet import SupernetConfig
from supertickets.two_in_one import TwoInOne
from tests import strategies

pytestmark = pytest.mark.fast
FIND = settings(max_examples=500, phases=[Phase.generate], derandomize=True, database=None)


def subnormal(value: Tensor) -> bool:
    return bool(((value != 0) & (value.abs() < torch.finfo(torch.float32).tiny)).any())


TREES: dict[str, Callable[[list[Tensor]], bool]] = {
    "several tensors": lambda tree: len(tree) >= 4,
    "one tensor": lambda tree: len(tree) == 1,
    "no element at all": lambda tree: sum(w.numel() for w in tree) == 0,
    "an empty tensor among others": lambda tree: {w.numel() > 0 for w in tree} == {True, False},
    "a single element": lambda tree: sum(w.numel() for w in tree) == 1,
    "duplicates": lambda tree: any(1 < len(w.unique()) < w.numel() for w in tree),
    "ties across tensors": lambda tree: (
        len(tree) > 1
        and len(torch.cat([w.reshape(-1).abs() for w in tree]).unique()) < sum(len(w.abs().unique()) for w in tree)
    ),
    "all equal": lambda tree: len(tree) > 1 and len(torch.cat([w.reshape(-1) for w in tree]).unique()) == 1,
    "both zeros": lambda tree: any({False, True} <= set(torch.signbit(w[w == 0]).tolist()) for w in tree),
    "subnormals": lambda tree: any(subnormal(w) for w in tree),
    "not contiguous": lambda tree: any(
        not w.is_contiguous() and not (w.dim() == 4 and w.is_contiguous(memory_format=torch.channels_last))
        for w in tree
    ),
    "channels last": lambda tree: any(
        w.dim() == 4 and w.is_contiguous(memory_format=torch.channels_last) and not w.is_contiguous() for w in tree
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", TREES)
def test_weight_trees_contain(case: str) -> None:
    find(strategies.weight_trees(), lambda tree: TREES[case](list(tree.values())), settings=FIND)


CONFIGS: dict[str, Callable[[SupernetConfig], bool]] = {
    **{f"{n} stages": lambda config, n=n: len(config.stages) == n for n in (1, 2, 3)},
    **{f"{n} branches": lambda config, n=n: len(config.stages[-1].channels) == n for n in (1, 2, 3)},
    **{f"{n} kernels": lambda config, n=n: len(config.kernels) == n for n in (1, 2, 3)},
    "tokens": lambda config: config.tokens > 0,
    "no tokens": lambda config: config.tokens == 0,
    "dense head": lambda config: config.head_kind == "dense",
    "classification head": lambda config: config.head_kind == "classification",
}


@pytest.mark.parametrize("case", CONFIGS)
def test_small_configs_contain(case: str) -> None:
    find(strategies.small_configs(), CONFIGS[case], settings=FIND)


@given(strategies.small_configs())
def test_small_configs_can_be_built_and_run_and_are_small(config: SupernetConfig) -> None:
    net = config.build(0).eval()
    side = 2 * config.stride
    shape = (2, 3) if config.head_kind == "classification" else (2, 3, side // 4, side // 4)
    assert net(torch.zeros(2, 3, side, side)).shape == shape
    assert sum(parameter.numel() for parameter in net.parameters()) < 30_000


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", strategies.OPTIMIZERS)
@pytest.mark.parametrize("l2", [True, False])
@pytest.mark.parametrize("averages", [True, False])
def test_optimizations_contain(optimizer: str, l2: bool, averages: bool) -> None:
    def wanted(config: Optimization) -> bool:
        return config.optimizer == optimizer and bool(config.l2) == l2 and config.averaged == averages

    find(strategies.optimizations(), wanted, settings=FIND)


SWITCHES = {
    "sparsity": (None, 0, 99),
    "progressive": (True, False),
    "reactivation": ("search", "prune", "none"),
    "coincidence": ("both", "search"),
    "reactivate_when": ("every search", "units removed"),
    "final_ticket": ("last mask", "last pruning"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("switch", "value"), [(switch, value) for switch, values in SWITCHES.items() for value in values]
)
def test_algorithms_contain(switch: str, value: object) -> None:
    def wanted(algorithm: TwoInOne) -> bool:
        return getattr(algorithm, switch) == value and algorithm.prune_interval * 2 <= algorithm.epochs

    find(strategies.algorithms(), wanted, settings=FIND)
