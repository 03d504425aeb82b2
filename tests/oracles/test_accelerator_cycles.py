"""The rules `stonne` against cycle counts measured on the simulator, and their parts against naive versions."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.accelerator.config import Accelerator
from bench.accelerator.gemm import Gemm
from bench.accelerator.parts.adder_tree import bus_lines, exits
from bench.accelerator.parts.counted_ports import counted
from bench.accelerator.parts.likely import TOLERANCE, likely_total
from bench.accelerator.parts.output_bus import drain, results_per_line
from bench.accelerator.parts.packing import pack
from bench.accelerator.parts.read_ports import busiest, expected
from bench.accelerator.rules import stonne
from bench.accelerator.simulate import run
from tests.accelerator_strategies import kept_weights

pytestmark = pytest.mark.slow
MEASURED = Path(__file__).parent / "data" / "stonne_gemm_cycles.csv"


@cache
def measured() -> list[dict[str, str]]:
    with MEASURED.open(newline="") as file:
        return list(csv.DictReader(file))


def simulated(row: dict[str, str]) -> int:
    """Cycles, after checking that the folds are exact."""
    counts = np.array(row["stationary_row_nonzeros"].split(), dtype=np.int64)
    groups = len(counts) if row["group"] == "mask_depthwise9" else 1
    length = int(row["K"]) // groups
    vectors = int(row["N"] if row["stationary"] == "M" else row["M"])
    array = Accelerator(
        "stonne", int(row["multipliers"]), int(row["distribution_bandwidth"]), int(row["reduction_bandwidth"])
    )
    (layer,) = run([Gemm("a", "a", "linear", counts, np.full(groups, length), length, vectors)], array).layers
    assert layer.timing.folds == int(row["folds"])
    assert layer.macs == sum(counts) * vectors
    return layer.cycles


def error(row: dict[str, str]) -> float:
    """Relative error of the cycles."""
    return abs(simulated(row) / int(row["cycles"]) - 1)


@cache
def cycles_of_all() -> list[int]:
    return [simulated(row) for row in measured()]


@cache
def errors_of_all() -> list[float]:
    return [abs(cycles / int(row["cycles"]) - 1) for cycles, row in zip(cycles_of_all(), measured(), strict=True)]


def test_the_rules_count_what_committed_times_rest_on() -> None:
    """An oracle within 5 % does not notice a cycle more per fold. After a change, write the accelerator's CSVs anew."""
    weighted = sum(number * cycles for number, cycles in enumerate(cycles_of_all(), 1))
    assert (sum(cycles_of_all()), weighted) == (11_689_362, 2_050_033_550)


def test_every_measured_product() -> None:
    errors = np.array(errors_of_all())
    assert len(errors) == 351
    assert np.median(errors) <= 0.002 and np.quantile(errors, 0.9) <= 0.01 and errors.max() <= 0.05


@pytest.mark.parametrize("column", ["group", "multipliers", "distribution_bandwidth", "reduction_bandwidth"])
def test_no_kind_of_product_is_timed_worse_than_the_rest(column: str) -> None:
    by_value = defaultdict(list)
    for row, found in zip(measured(), errors_of_all(), strict=True):
        by_value[row[column]].append(found)
    for value, errors in by_value.items():
        assert np.median(errors) <= 0.01, (column, value)


def test_without_shared_output_lines_short_rows_would_be_far_too_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stonne, "bus_lines", lambda size, _lines: np.arange(size - 1))
    assert max(error(row) for row in measured()) > 0.4


@given(st.lists(st.integers(1, 70), min_size=1, max_size=30), st.sampled_from((8, 16, 64)))
def test_packing(counts: list[int], size: int) -> None:
    folds: list[list[int]] = [[]]
    for count in counts:
        left = count
        if sum(folds[-1]) + left > size and folds[-1]:
            folds.append([])
        while left > size:
            folds[-1].append(size)
            folds.append([])
            left -= size - 1  # one of the next multipliers adds the partial sum
        folds[-1].append(left)
        if count > size:
            folds.append([])
    pieces = pack(np.array(counts), size)
    assert [list(pieces.size[pieces.fold == fold]) for fold in range(pieces.fold[-1] + 1)] == [f for f in folds if f]
    assert pieces.size.sum() - pieces.injected.sum() == sum(counts)
    for fold in range(pieces.fold[-1] + 1):
        within = pieces.size[pieces.fold == fold]
        assert list(pieces.start[pieces.fold == fold]) == list(np.cumsum(within) - within)


def climb(start: int, stop: int, late: int, size: int) -> tuple[int, float]:
    """(number, cycles) of the adder that completes multipliers start..stop-1, node by node.

    The last of several multipliers has its value early where it is `late` or beyond.
    """
    alive = dict.fromkeys(range(start, stop), 0.0)
    if stop - 1 > start and stop - 1 >= late:
        alive[stop - 1] = -np.inf
    for level in range(size.bit_length() - 2, -1, -1):
        width = 2**level
        nodes: dict[int, float] = {}
        for child, ready in alive.items():
            nodes[child // 2] = max(nodes.get(child // 2, -np.inf), ready + 1)
        for odd in range(1, width - 2, 2):
            left, right = odd, odd + 1  # linked: neighbours of different parents
            if not {left, right} <= nodes.keys():
                continue
            on_left = sum(child < 2 * right for child in alive)
            on_right = len(alive) - on_left
            if on_left >= on_right and right + 1 not in nodes:
                nodes[left] = max(nodes[left], nodes.pop(right) + 1)
                alive = {child: ready for child, ready in alive.items() if child < 2 * right}
            elif on_left < on_right and left - 1 not in nodes:
                nodes[right] = max(nodes[right], nodes.pop(left) + 1)
                alive = {child: ready for child, ready in alive.items() if child >= 2 * right}
        if len(nodes) == 1:
            [(place, ready)] = nodes.items()
            return width - 1 + place, ready
        alive = nodes
    raise AssertionError("the root holds everything")


@pytest.mark.parametrize(("size", "share"), [(8, 0), (8, 1), (16, 0), (16, 0.5), (32, 0.5), (64, 0.9), (64, 1)])
def test_where_and_when_dot_products_leave_the_tree(size: int, share: float) -> None:
    spans, late = [(a, b) for a in range(size) for b in range(a + 1, size + 1)], int(share * size)
    start, stop = np.array(spans).T
    found = exits(start, stop, np.full(len(spans), late), size)
    assert list(zip(found.adder, found.latency, strict=True)) == [climb(a, b, late, size) for a, b in spans]


def test_neighbouring_dot_products_of_three_or_more_never_share_an_adder() -> None:
    for size in (16, 64, 128):
        for length in range(3, size // 2 + 1):
            start = np.arange(0, size - length + 1, length)
            adder = exits(start, start + length, np.full(len(start), size), size).adder
            assert len(set(adder)) == len(adder), (size, length)


def test_output_lines_of_sixteen_multipliers() -> None:
    # pairs of linked adders: level 2 (1,2), level 3 (1,2) (3,4) (5,6); alone: the root and the ends of every level
    root, level1, level2, level3 = [0], [1, 2], [3, 0, 0, 0], [1, 1, 1, 2, 2, 3, 3, 2]
    assert list(bus_lines(16, 4)) == root + level1 + level2 + level3
    for size in (8, 64, 256):
        assert np.bincount(bus_lines(size, 4), minlength=4).min() > 0
        assert not bus_lines(size, 1).any()


def drained(results: list[int], port: float, vectors: int) -> int:
    """Cycles until the memory has taken all, result by result, of a fold with so many results on each line."""
    busiest, queue = max(results), 0
    for vector in range(vectors):
        if busiest > port:  # the busiest lines deliver without a break
            arriving = [results.count(busiest)]
        else:
            arriving = [sum(own > cycle for own in results) for cycle in range(busiest)]
            arriving += [0] * (math.ceil(port) - busiest) * (vector < vectors - 1)
        for results_of_cycle in arriving:
            queue += results_of_cycle
            queue -= (queue + 1) // 2
    cycles = 0
    while queue:
        queue, cycles = queue // 2, cycles + 1
    return cycles


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4).filter(any), min_size=1, max_size=4),
    st.lists(st.floats(0.5, 9), min_size=4, max_size=4),
    st.integers(1, 9),
)
def test_the_memory_behind_the_output_lines_takes_half_of_its_queue_every_cycle(
    results: list[list[int]], port: list[float], vectors: int
) -> None:
    fold, line = np.array([(f, k) for f, own in enumerate(results) for k, n in enumerate(own) for _ in range(n)]).T
    lines = results_per_line(fold, line)
    most = max(map(max, results))
    assert lines.tolist() == [[sum(n > k for n in own) for k in range(most)] for own in results]
    ports, largest = np.array(port[: len(results)]), np.array([max(own) for own in results])
    expected = [drained(own, *rest, vectors) for own, *rest in zip(results, port, strict=False)]
    assert drain(lines, largest, ports, vectors).tolist() == expected


def distinct_of_the_busiest_port(kept: np.ndarray, size: int, port: int) -> list[int]:
    """Of each fold, multiplier by multiplier."""
    folds: list[list[object]] = [[]]
    for group, rows in enumerate(kept):
        for row in rows:
            values: list[object] = [(group, column) for column in range(len(row)) if row[column]]
            if len(folds[-1]) + len(values) > size and folds[-1]:
                folds.append([])
            alone = len(values) > size
            while len(values) > size:
                folds[-1], values = values[:size], ["partial sum", *values[size:]]
                folds.append([])
            folds[-1] = folds[-1] + values
            if alone:
                folds.append([])
    return [max(len(set(fold[i : i + port])) for i in range(0, len(fold), port)) for fold in folds if fold]


@given(kept_weights(), st.sampled_from((8, 16, 64)), st.sampled_from((1, 2, 8)))
def test_the_values_of_every_port_are_counted(kept: np.ndarray, size: int, port: int) -> None:
    gemm = Gemm.of_mask("a", "a", "linear", kept, 1)
    if gemm.nonzeros:
        assert gemm.places is not None
        found = counted(pack(gemm.counts[gemm.counts > 0], size), gemm.places, size, port)
        assert list(found.argmax(1)) == distinct_of_the_busiest_port(kept, size, port)
        assert np.array_equal(found, np.sort(found == 1.0, axis=1)), "without doubt"


@given(st.integers(1, 3), st.integers(1, 9), st.integers(1, 30))
def test_a_dense_product_has_every_place(groups: int, rows: int, length: int) -> None:
    dense = Gemm.dense("a", "a", "linear", (groups, rows, length), 5)
    written_out = Gemm.of_mask("a", "a", "linear", np.ones((groups, rows, length), dtype=bool), 5)
    assert dense.places is not None and np.array_equal(dense.places, written_out.places)
    array = Accelerator("stonne", 16, 4, 4)
    assert run([dense], array).layers == run([written_out], array).layers


def random_mask(random: np.random.Generator, rows: int, length: int, count: int) -> np.ndarray:
    return np.argsort(random.random((1, rows, length))) < count  # type: ignore[no-any-return]


@pytest.mark.parametrize("length", [36, 72, 144, 288])
@pytest.mark.parametrize(("rows", "count"), [(36, 3), (36, 4), (18, 7), (10, 12)])
def test_a_single_fold_wherever_its_nonzeros_are(length: int, rows: int, count: int) -> None:
    """Ports of 16 multipliers, up to 95 % zeros: how many values they share hangs on where the non-zeros are.

    Where the mask is known no error is left. Where only counts are, the chances have the mean of what is counted, and
    one number is within 5 % of nearly every mask unless rows are as short as 36 values.
    """
    random = np.random.default_rng(0)
    array = Accelerator("stonne", 256, 16, 256)
    counts = np.full(rows, count)
    (by_chance,) = run([Gemm("a", "a", "linear", counts, np.array([length]), length, 1000)], array).layers
    assert by_chance.timing.folds == 1
    needed = []
    for _ in range(200):
        kept = random_mask(random, rows, length, count)
        (layer,) = run([Gemm.of_mask("a", "a", "linear", kept, 1000)], array).layers
        needed += distinct_of_the_busiest_port(kept, 256, 16)
        assert layer.timing.streaming == 1000 * needed[-1]
        assert (layer.timing.loading, layer.timing.folds) == (by_chance.timing.loading, 1)
    pieces = pack(counts, 256)
    (mean,) = expected(busiest(pieces, np.zeros(rows, dtype=np.int64), length, 256, 16))
    assert mean == pytest.approx(np.mean(needed), rel=0.02)
    if length > 36:
        error = np.abs(by_chance.timing.streaming / 1000 / np.array(needed) - 1)
        assert (error > 0.05).mean() <= 0.02 and np.median(error) <= 0.041


def total_chances(folds: list[list[float]]) -> list[float]:
    """Probability of every sum of whole numbers, term by term."""
    chances = {0: 1.0}
    for fold in folds:
        after: dict[int, float] = defaultdict(float)
        for total, chance in chances.items():
            for value, each in enumerate(fold):
                after[total + value] += chance * each
        chances = after
    return [chances.get(total, 0.0) for total in range(max(chances) + 1)]


@given(st.lists(st.lists(st.integers(0, 5), min_size=5, max_size=5).filter(any), min_size=1, max_size=20))
def test_the_likely_total_is_the_mean_unless_what_is_likely_is_far_from_it(weights: list[list[int]]) -> None:
    folds = [[0.0] * 6 + [each / sum(fold) for each in fold] for fold in weights]  # 6 .. 10
    total = likely_total(np.cumsum(folds, axis=1))
    chances = total_chances(folds)
    mean = sum(number * chance for number, chance in enumerate(chances))
    assert abs(total - mean) <= 0.35 * mean

    def within(guess: float) -> float:
        return sum(c for number, c in enumerate(chances) if number and abs(guess / number - 1) <= 0.04 + 1e-9)

    if len(folds) > 16:
        assert total == pytest.approx(mean)
    else:
        assert within(total) >= max(within(guess) for guess in np.linspace(1, len(chances), 300)) - 0.04


def test_a_total_without_doubt_is_that_total() -> None:
    assert likely_total(np.array([[0.0, 0.0, 0.0, 1.0]] * 3)) == 9
    # 15 or 16: as near to the mean as being within the tolerance of both allows
    assert likely_total(np.array([[0.0] * 15 + [0.05, 1.0]])) == pytest.approx(15 * (1 + TOLERANCE))
    assert likely_total(np.array([[0.0] * 15 + [0.95, 1.0]])) == pytest.approx(16 * (1 - TOLERANCE))
    # one in a thousand is left aside
    assert likely_total(np.array([[0.0] * 15 + [0.001, 1.0]])) == pytest.approx(15.999)
