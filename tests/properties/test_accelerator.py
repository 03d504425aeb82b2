"""Properties of simulated accelerators: what may never rise, what may not matter, what cannot be described."""

from __future__ import annotations

import itertools
import sys
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from bench.accelerator import rules
from bench.accelerator.comparison import compare
from bench.accelerator.config import SIGMA, STONNE, Accelerator, AcceleratorError
from bench.accelerator.gemm import Gemm
from bench.accelerator.lowering import lower
from bench.accelerator.rules import RuleError, rule_sets
from bench.accelerator.sensitivity import sensitivity
from bench.accelerator.simulate import run, simulate
from bench.accelerator.speedup import speedups
from supertickets.criteria.random import random_scores
from supertickets.masks import global_masks
from tests.accelerator_strategies import accelerators, kept_weights, products
from tests.properties.small import TINY

pytestmark = pytest.mark.slow


def timed(kept: np.ndarray, vectors: int, array: Accelerator) -> int:
    return run([Gemm.of_mask("layer", "layer.weight", "grouped", kept, vectors)], array).cycles


@given(st.sampled_from(sorted(rule_sets())).flatmap(accelerators), st.lists(products(), max_size=4))
def test_utilisation_and_macs(array: Accelerator, gemms: list[Gemm]) -> None:
    found = run(gemms, array)
    assert found.macs == sum(int(gemm.counts.sum()) * gemm.vectors for gemm in gemms)
    assert 0 <= found.utilisation <= 1
    for gemm, layer in zip(gemms, found.layers, strict=True):
        assert layer.macs == layer.nonzeros * layer.vectors == gemm.counts.sum() * gemm.vectors
        assert 0 <= layer.utilisation <= 1 and (layer.utilisation > 0) == (layer.nonzeros > 0)
        timing = layer.timing
        assert min(timing.loading, timing.streaming, timing.reduction) >= 0
        assert layer.cycles == timing.loading + timing.streaming + timing.reduction
        assert timing.cycles * array.multipliers >= layer.macs
        assert (timing.folds > 0) == (timing.cycles > 0) == (layer.nonzeros > 0)
    assert found.cycles == sum(layer.cycles for layer in found.layers)


@given(accelerators("sigma"), kept_weights(), st.integers(1, 300), st.randoms(use_true_random=False))
def test_removing_a_nonzero_never_costs_cycles(array: Accelerator, kept: np.ndarray, vectors: int, random) -> None:  # type: ignore[no-untyped-def]
    order = list(np.argwhere(kept))
    random.shuffle(order)
    before = timed(kept, vectors, array)
    for position in order[:40]:
        kept = kept.copy()
        kept[tuple(position)] = False
        after = timed(kept, vectors, array)
        assert after <= before
        before = after


@given(accelerators("sigma"), kept_weights(), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(array: Accelerator, kept: np.ndarray, vectors: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    shuffled = kept[random.permutation(len(kept))][:, random.permutation(kept.shape[1])]
    assert timed(shuffled, vectors, array) == timed(kept, vectors, array)


@given(st.sampled_from(sorted(rule_sets())).flatmap(accelerators), products())
def test_doubling_the_clock_halves_the_time(array: Accelerator, gemm: Gemm) -> None:
    slow, fast = run([gemm], array), run([gemm], replace(array, clock_mhz=2 * array.clock_mhz))
    assert slow.cycles == fast.cycles and slow.latency_ms == 2 * fast.latency_ms
    assert slow.fps * 2 == fast.fps
    assert slow.latency_ms * array.clock_mhz * 1000 == pytest.approx(slow.cycles)
    if slow.cycles:
        assert slow.latency_ms * slow.fps == pytest.approx(1000)


@given(accelerators("sigma"), products())
def test_more_bandwidth_never_costs_cycles(array: Accelerator, gemm: Gemm) -> None:
    wider = replace(array, distribution_bandwidth=min(2 * array.distribution_bandwidth, array.multipliers))
    assert run([gemm], wider).cycles <= run([gemm], array).cycles


@pytest.mark.parametrize("config", [SIGMA, STONNE], ids=lambda config: config.rules)
def test_a_net_without_nonzeros_takes_no_time(config: Accelerator) -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3))
    nothing = simulate(net, (8, 8), {"0.weight": torch.zeros(4, 3, 3, 3, dtype=torch.bool)}, config)
    assert (nothing.cycles, nothing.folds, nothing.utilisation, nothing.macs) == (0, 0, 0, 0)
    assert nothing.latency_ms == 0 and nothing.fps == float("inf")
    with pytest.raises(AcceleratorError, match="takes no time"):
        speedups(nothing, {"itself": nothing})


def test_speedups() -> None:
    net, larger = nn.Sequential(nn.Conv2d(3, 4, 3)), nn.Sequential(nn.Conv2d(3, 400, 3))
    one, other = simulate(net, (64, 64)), simulate(larger, (64, 64))
    assert speedups(one, {"larger": other, "itself": one}) == {"larger": other.cycles / one.cycles, "itself": 1.0}
    with pytest.raises(AcceleratorError, match="larger ran on another accelerator"):
        speedups(one, {"larger": simulate(larger, (64, 64), config=replace(SIGMA, clock_mhz=400.0))})


def test_sensitivity() -> None:
    net, other = TINY.build(0), nn.Sequential(nn.Conv2d(3, 40, 3))
    sizes, bandwidths, clocks, sparsities = (64, 128), (8, 16), (100.0, 200.0), (0, 50, 90)
    grid = itertools.product(sizes, bandwidths, clocks)
    arrays = [Accelerator("sigma", size, bandwidth, None, clock) for size, bandwidth, clock in grid]
    arrays.append(Accelerator("stonne", 64, 8, 8))
    rows = sensitivity(net, (32, 32), arrays, against={"other": other}, sparsities=sparsities)
    assert len(rows) == (2 * 2 * 2 + 1) * 3 * 2 and len({tuple(row) for row in rows}) == 1
    dense = {"dense": lower(net, (32, 32)), "other": lower(other, (32, 32))}
    for number, row in enumerate(rows):
        array = arrays[number // 6]
        assert (row["rules"], row["multipliers"], row["distribution_bandwidth"], row["clock_mhz"]) == (
            array.rules, array.multipliers, array.distribution_bandwidth, array.clock_mhz,
        )  # fmt: skip
        assert row["against_latency_ms"] == run(dense[row["against"]], array).latency_ms
        assert row["speedup"] == pytest.approx(row["against_latency_ms"] / row["latency_ms"])
        assert row["fps"] == pytest.approx(1000 / row["latency_ms"]) and 0 < row["utilisation"] <= 1
        if row["sparsity_percent"] == 0 and row["against"] == "dense":
            assert row["speedup"] == 1
    first = rows[:6:2]
    assert first[0]["cycles"] > first[1]["cycles"] > first[2]["cycles"], "masks are nested"


def test_masks_reach_every_weight_that_any_net_multiplies_with() -> None:
    net = nn.Sequential(nn.ConvTranspose2d(3, 40, 3), nn.BatchNorm2d(40))
    dense, sparse = sensitivity(net, (32, 32), [Accelerator("sigma", 64, 8)], sparsities=(0, 90))
    masked = lower(net, (32, 32), {"0.weight": global_masks(random_scores({"": net[0].weight}, 0), 90)[""]})
    assert sparse["cycles"] == run(masked, Accelerator("sigma", 64, 8)).cycles < dense["cycles"]


def test_rules_are_compared_layer_by_layer() -> None:
    layers = [
        Gemm.of_mask(f"{number}", "w", kind, np.ones((1, rows, 9), dtype=bool), 50)
        for number, (kind, rows) in enumerate((("linear", 4), ("grouped", 3), ("linear", 40), ("linear", 0)))
    ]
    one, other = Accelerator("sigma", 64, 16), Accelerator("stonne", 64, 16, 16)
    each = [run([layer], one).cycles / run([layer], other).cycles for layer in layers[:3]]
    linear, grouped, whole = compare(layers, one, other)
    assert (linear.kind, linear.layers, linear.low, linear.high) == ("linear", 2, min(each[::2]), max(each[::2]))
    assert linear.median == pytest.approx(sum(each[::2]) / 2)
    assert (grouped.kind, grouped.layers, grouped.median, grouped.total) == ("grouped", 1, each[1], each[1])
    assert (whole.kind, whole.layers, whole.median) == ("all", 3, sorted(each)[1])
    assert whole.total == pytest.approx(run(layers, one).cycles / run(layers, other).cycles)
    with pytest.raises(AcceleratorError, match="nothing to compare"):
        compare(layers[3:], one, other)


def test_the_published_array() -> None:
    """SIGMA, HPCA 2020: 128 engines of 128 multipliers, 128 words per cycle, 500 MHz."""
    assert astuple(SIGMA) == ("sigma", 128 * 128, 128, None, 500.0)
    assert (STONNE.multipliers, STONNE.clock_mhz) == (256, SIGMA.clock_mhz)


BAD = (
    ({"multipliers": 7}, "multipliers is 7"),
    ({"multipliers": 128.0}, "multipliers is 128.0"),
    ({"distribution_bandwidth": 0}, "distribution_bandwidth is 0"),
    ({"multipliers": 64}, "distribution_bandwidth is 128: give a whole number of values per cycle, 1 to 64"),
    ({"reduction_bandwidth": 64}, "reduction_bandwidth is 64: the published design has no limit"),
    ({"clock_mhz": 0.0}, "clock_mhz is 0.0"),
    ({"clock_mhz": float("nan")}, "clock_mhz is nan"),
    ({"multipliers": 2**20 + 1}, "multipliers is 1048577: give a whole number from 8 to 1048576"),
    ({"distribution_bandwidth": True}, "distribution_bandwidth is True"),
    ({"reduction_bandwidth": 0}, "reduction_bandwidth is 0: give a whole number of values per cycle"),
    ({"reduction_bandwidth": 16385}, "reduction_bandwidth is 16385: give a whole number of values per cycle"),
    ({"clock_mhz": 10_000.1}, "clock_mhz is 10000.1: give megahertz above 0, at most 10,000"),
    ({"rules": "stonne"}, "reduction_bandwidth is None: the rules 'stonne' need"),
    ({"rules": "stonne", "reduction_bandwidth": 8, "multipliers": 384}, "multipliers is 384: .* power of two"),
    ({"rules": "stonne", "reduction_bandwidth": 8, "distribution_bandwidth": 96}, "distribution_bandwidth is 96"),
)


@pytest.mark.parametrize(("fields", "message"), BAD, ids=lambda value: str(value)[:40])
def test_impossible_accelerators(fields: dict[str, object], message: str) -> None:
    with pytest.raises(AcceleratorError, match=message):
        Accelerator(**fields)


def test_the_limits_are_possible_themselves() -> None:
    """And nothing beyond them, see `BAD`."""
    Accelerator(multipliers=8, distribution_bandwidth=1, clock_mhz=1e-300)
    Accelerator(multipliers=2**20, distribution_bandwidth=2**20, clock_mhz=10_000)
    Accelerator("stonne", 8, 8, 8), Accelerator("stonne", 8, 1, 1)


def test_unknown_rules() -> None:
    with pytest.raises(RuleError, match="no rule set is called 'sigm'; there are: sigma, stonne"):
        Accelerator("sigm")


def test_a_rule_set_is_defined_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "again.py").write_text("RULES = {'sigma': None}\n")
    monkeypatch.setattr(rules, "__path__", [*rules.__path__, str(tmp_path)])
    monkeypatch.setattr(rules.__spec__, "submodule_search_locations", rules.__path__)
    rule_sets.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"'sigma' is defined twice, in \w+\.py and in \w+\.py: rename one"):
            Accelerator("sigma")
    finally:
        rule_sets.cache_clear()
        sys.modules.pop("bench.accelerator.rules.again", None)
