"""Timing: whole calls on an idle device, in turns; rows that say what was not measured; CSVs that cannot be bent."""

from __future__ import annotations

import copy
import gc
import itertools
import subprocess
import sys
import weakref
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from unittest.mock import MagicMock

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from bench.latency.measure import LARGEST_ERROR, Plan, measure
from bench.latency.rows import COLUMNS, Row, read_rows, write_rows
from bench.latency.subjects import Subject, estimate_batch_norm
from bench.latency.variants import Variant, cuda_graph, known_variants
from bench.latency.variants.eager import with_cudnn
from bench.sidecar import REQUIRED
from supertickets.documents.texts import DocumentError
from supertickets.kernels import KernelsUnavailable
from supertickets.rounds import LatencyError, Timed, interleaved
from tests.properties.small import TINY, randomise

pytestmark = pytest.mark.slow


@dataclass
class Device:
    """An accelerator with a fake clock: a call queues work and returns at once, waiting lets the clock run."""

    now: float = 0.0
    queued: float = 0.0
    calls: list[str] = field(default_factory=list)

    def side(self, name: str, seconds: Callable[[], float]) -> Timed:
        def run() -> None:
            self.calls.append(name)
            self.queued += seconds()

        return Timed(run, self.wait)

    def wait(self) -> None:
        self.now += self.queued
        self.queued = 0.0


@given(st.lists(st.integers(1, 100), min_size=1, max_size=4), st.integers(2, 5), st.integers(1, 3))
def test_a_time_is_the_work_of_its_own_call_and_no_other(costs: list[int], rounds: int, warmup: int) -> None:
    device = Device()

    def others_work(_done: int) -> None:
        device.queued += 1000.0

    sides = {number: device.side(str(number), lambda cost=cost: float(cost)) for number, cost in enumerate(costs)}
    times = interleaved(sides, rounds, warmup, clock=lambda: device.now, after_round=others_work)
    assert {number: spent.rounds_ms for number, spent in times.items()} == {
        number: (1e3 * cost,) * rounds for number, cost in enumerate(costs)
    }


@given(st.integers(1, 4), st.integers(2, 5), st.integers(1, 3))
def test_every_round_runs_everything_once_there_and_back(count: int, rounds: int, warmup: int) -> None:
    device, done = Device(), []
    names = [str(number) for number in range(count)]
    sides = {name: device.side(name, lambda: 1.0) for name in names}
    interleaved(sides, rounds, warmup, clock=lambda: device.now, after_round=done.append)
    turns = [device.calls[start : start + count] for start in range(0, len(device.calls), count)]
    assert len(turns) == rounds + warmup
    assert all(sorted(turn) == names for turn in turns)
    assert all(turn == other[::-1] for turn, other in itertools.pairwise(turns))
    assert turns[warmup] == names, "the first that is timed is in the order given"
    assert done == list(range(1, rounds + 1))


def test_warm_up_is_not_counted_and_median_and_quartiles_are_the_naive_ones() -> None:
    device, costs = Device(), iter([50.0, 4.0, 1.0, 2.0, 3.0, 100.0])
    found = interleaved({"one": device.side("one", lambda: next(costs))}, 5, 1, clock=lambda: device.now)["one"]
    assert found.rounds_ms == (4e3, 1e3, 2e3, 3e3, 1e5)
    assert (found.median_ms, found.quartiles_ms) == (3e3, (2e3, 4e3))


@pytest.mark.parametrize(("rounds", "warmup"), [(1, 1), (0, 1), (5, 0), (-3, 1)])
def test_too_few_rounds_are_refused(rounds: int, warmup: int) -> None:
    with pytest.raises(LatencyError, match="at least 2 rounds"):
        interleaved({"one": Timed(lambda: None)}, rounds, warmup)
    with pytest.raises(LatencyError, match="at least 2 rounds"):
        Plan(rounds=rounds, warmup=warmup)


# --- nets in ways ---------------------------------------------------------------------------------------------------


class Scale(nn.Module):
    """Doubles its input."""

    def forward(self, x: Tensor) -> Tensor:
        return 2 * x


def fake(key: str, factor: float = 2.0, **changes: object) -> Variant:
    """A variant that multiplies by `factor`."""
    variant = Variant(key, key, "cpu", "fp32", "NCHW", lambda _net, image: lambda: factor * image)
    return replace(variant, **changes)  # type: ignore[arg-type]


def raises(_net: nn.Module, _image: Tensor) -> Callable[[], Tensor]:
    raise RuntimeError("no such operator\nmore of it")


def rows_of(*variants: Variant, masked: bool = False) -> dict[tuple[str, str], Row]:
    ticks = itertools.count()
    subject = Subject("scale", "untrained", Scale(), masked)
    rows = measure([subject], variants, Plan((2, 3), 3, 1), lambda _: None, clock=lambda: float(next(ticks)))
    return {(row.variant, row.metric): row for row in rows}


def test_both_metrics_of_a_measured_net() -> None:
    rows = rows_of(fake("right"))
    assert list(rows) == [("right", "latency_ms"), ("right", "fps")]
    latency, fps = rows.values()
    assert (latency.iqr_low, latency.median, latency.iqr_high) == ("1000.000",) * 3
    assert (fps.median, fps.rounds, fps.status, fps.image_size) == ("1.000", "3", "measured", "2x3")
    assert {latency.paper_value, fps.paper_value} == {"not printed"}


def test_what_cannot_run_or_runs_wrong_says_so() -> None:
    rows = rows_of(
        fake("right"), fake("wrong", 2.1), fake("broken", prepare=raises), fake("absent", lacks=lambda: "no library"),
    )  # fmt: skip
    status = {variant: row.status for (variant, _), row in rows.items()}
    assert status["right"] == "measured"
    assert status["wrong"] == "failed: output differs by 5.0e-02 from torch's in fp32"
    assert status["broken"] == "failed: RuntimeError: no such operator"
    assert status["absent"] == "not run: no library"
    assert {row.median for (variant, _), row in rows.items() if variant != "right"} == {"not run"}


def test_a_nan_is_a_wrong_output() -> None:
    assert rows_of(fake("nan", float("nan")))["nan", "fps"].status.startswith("failed: output differs by nan")


def test_sparse_kernels_are_timed_for_nets_with_zeros_alone() -> None:
    variants = fake("dense"), fake("sparse", suits=lambda _net, masked: masked)
    assert {variant for variant, _ in rows_of(*variants)} == {"dense"}
    assert {variant for variant, _ in rows_of(*variants, masked=True)} == {"dense", "sparse"}


def test_the_engine_runs_supernets_with_and_without_zeros_and_nothing_else() -> None:
    way = known_variants()["cpu-engine-fp32"]
    net = TINY.build(0)
    assert way.suits(net, True) and way.suits(net, False) and not way.suits(Scale(), True)
    assert not any(variant == way.key for variant, _ in rows_of(fake("right"), way, masked=True))


def test_without_a_compiler_the_engine_has_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: Path) -> None:
        raise KernelsUnavailable("no C compiler: install gcc or clang")

    monkeypatch.setattr("bench.latency.variants.engine.library", refuse)
    subject = Subject("net", "untrained", TINY.build(0).eval())
    rows = measure([subject], [known_variants()["cpu-engine-fp32"]], Plan((16, 24), 2, 1), lambda _: None)
    assert {(row.status, row.median) for row in rows} == {
        ("not run: no C compiler: install gcc or clang", "not run"),
    }  # fmt: skip


def test_the_engine_has_as_many_threads_as_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def engine(_net: nn.Module, threads: int) -> Callable[[Tensor], Tensor]:
        seen.append(threads)
        return TINY.build(0).eval()

    monkeypatch.setattr("bench.latency.variants.engine.Engine", engine)
    monkeypatch.setattr("bench.latency.variants.engine.library", lambda _source: None)
    subject = Subject("net", "untrained", TINY.build(0).eval())
    measure([subject], [known_variants()["cpu-engine-fp32"]], Plan((16, 24), 2, 1, threads=3), lambda _: None)
    assert seen == [3]


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks what is said without a CUDA device")
def test_without_a_gpu_every_gpu_row_says_so() -> None:
    gpu = [variant for variant in known_variants().values() if variant.device == "cuda"]
    assert len(gpu) >= 5
    subject = Subject("bisenet", "untrained", Scale())
    # the printed frames per second are those of one image size
    for size, printed in (((512, 1024), "105.8"), ((1024, 512), "not printed"), ((2, 3), "not printed")):
        rows = measure([subject], [fake("right"), *gpu], Plan(size, 2, 1), lambda _: None)
        found = [row for row in rows if row.variant != "right"]
        assert {row.status for row in found} == {"not run: no CUDA device"}
        assert {(row.metric, row.paper_value) for row in found} == {("latency_ms", "not printed"), ("fps", printed)}


def test_threads_are_put_back_and_the_same_name_twice_is_refused() -> None:
    seen = []

    def look(_net: nn.Module, image: Tensor) -> Callable[[], Tensor]:
        seen.append(torch.get_num_threads())
        return lambda: 2 * image

    before = torch.get_num_threads()
    subject = Subject("scale", "untrained", Scale())
    measure([subject], [fake("look", prepare=look)], Plan((2, 3), 2, 1, threads=before + 1), lambda _: None)
    assert (seen, torch.get_num_threads()) == ([before + 1], before)
    with pytest.raises(LatencyError, match="scale occurs twice"):
        measure([subject, subject], [fake("right")], Plan((2, 3), 2, 1), lambda _: None)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    "key",
    [pytest.param(key, marks=pytest.mark.gpu if v.device == "cuda" else ()) for key, v in known_variants().items()],
)
def test_every_way_computes_what_torch_computes(key: str) -> None:
    variant = known_variants()[key]
    if missing := variant.missing():
        pytest.skip(missing)
    net = replace(TINY, tokens=3).build(0).eval()
    randomise(net)
    image = torch.randn(1, 3, 16, 24, generator=torch.Generator().manual_seed(1))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    run = variant.prepare(net, image)
    with torch.no_grad():
        expected = net(image)
    for _ in range(2):
        output = run()
        variant.synchronise()
        error = float((output.float().cpu() - expected).norm() / expected.norm())
        assert error <= LARGEST_ERROR[variant.precision]
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_a_recorded_call_keeps_the_memory_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph holds addresses. Once the net behind them is gone, replays read whatever comes to lie there."""
    owned: list[weakref.ref[nn.Module]] = []

    def prepare(net: nn.Module, image: Tensor, **_how: str) -> Callable[[], Tensor]:
        placed = copy.deepcopy(net)
        owned.append(weakref.ref(placed))
        return lambda: placed(image)

    for name in ("Stream", "current_stream", "stream", "CUDAGraph", "graph"):
        monkeypatch.setattr(torch.cuda, name, MagicMock())
    monkeypatch.setattr(cuda_graph, "prepare", prepare)
    replay = cuda_graph.record(Scale(), torch.ones(1), precision="fp16")
    gc.collect()
    assert owned[0]() is not None
    replay()
    del replay
    gc.collect()
    assert owned[0]() is None


@pytest.mark.parametrize("precision", ["fp32", "tf32", "fp16"])
def test_cudnn_is_on_inside_a_call_on_a_gpu_and_as_before_after_it(precision: str) -> None:
    def settings() -> tuple[bool, bool, bool]:
        cudnn = torch.backends.cudnn
        return cudnn.enabled, cudnn.benchmark, cudnn.allow_tf32

    class Spy(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            seen.append(settings())
            return x

    seen: list[tuple[bool, bool, bool]] = []
    before = settings()
    net = Spy()
    with_cudnn(lambda: net(torch.zeros(1)), precision)()
    assert seen == [(True, False, precision == "tf32")] and settings() == before


def test_estimated_statistics_keep_activations_in_the_range_of_normal_numbers() -> None:
    """Sixty layers that each shrink their input a thousandfold."""
    layers = [nn.Sequential(nn.Conv2d(3, 3, 1, bias=False), nn.BatchNorm2d(3, eps=1e-12)) for _ in range(60)]
    for layer in layers:
        nn.init.eye_(layer[0].weight.data.view(3, 3))
        layer[0].weight.data *= 1e-3
    net = nn.Sequential(*layers).eval()
    x = torch.randn(1, 3, 4, 4)
    assert not net(x).abs().max() > torch.finfo(torch.float32).tiny
    estimate_batch_norm(net)
    assert not net.training and 0.1 < net(x).std() < 10


# --- files ----------------------------------------------------------------------------------------------------------

NUMBERS = st.floats(0.001, 1e6)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    low, middle, high = sorted(f"{draw(NUMBERS):.3f}" for _ in range(3))
    low, middle, high = sorted((low, middle, high), key=float)
    reason = draw(st.sampled_from(("measured", "not run: no CUDA device", 'failed: RuntimeError: "a, b"')))
    if reason != "measured":
        low = middle = high = "not run"
    return Row(
        "net", "untrained", "cpu", 'A "CPU", with a comma', "fp32", "NCHW", "1", "2.11.0", "512x1024", "fps",
        middle, low, high, "20", "1e-07", reason, "105.8", "Tab. 10",
    )  # fmt: skip


@given(st.lists(rows(), min_size=1, max_size=5))
def test_rows_come_back_as_written(tmp_path_factory: pytest.TempPathFactory, drawn: list[Row]) -> None:
    path = tmp_path_factory.mktemp("rows") / "latency.v1.csv"
    numbered = [replace(row, network=f"net{number}") for number, row in enumerate(drawn)]
    write_rows(path, numbered, ORIGIN)
    assert read_rows(path) == numbered
    content = path.read_bytes(), path.with_suffix(".json").read_bytes()
    write_rows(path, numbered, ORIGIN)
    assert content == (path.read_bytes(), path.with_suffix(".json").read_bytes())


ORIGIN = dict.fromkeys(REQUIRED, "x")
GOOD = Row(
    "net", "untrained", "cpu", "CPU", "fp32", "NCHW", "1", "2.11.0", "512x1024", "fps", "2.0", "1.0", "3.0", "20",
    "1e-07", "measured", "105.8", "Tab. 10",
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"device": ""}, ", column device: blank"),
        ({"metric": "seconds"}, ", column metric: 'seconds' is none of"),
        ({"median": "nan"}, ", column median: 'nan' is no number"),
        ({"median": "4.0"}, ": .*no median with its quartiles"),
        ({"iqr_low": "0.0"}, ": .*no median with its quartiles"),
        ({"median": "not run"}, ": .*measured, but .*'not run'"),
        ({"status": "not run: no CUDA device"}, ": .*does not fit"),
        ({"status": "done"}, ": .*does not fit"),
        ({"threads": "one"}, ", column threads: 'one' is no whole number"),
        ({"image_size": "NA"}, ", column image_size: 'NA' is no image size"),
        ({"rounds": "2.5"}, ", column rounds: '2.5' is no whole number"),
        ({"output_error": "small"}, ", column output_error: 'small' is no number"),
        ({"paper_value": "1."}, ", column paper_value: '1.' is no decimal number"),
    ],
)
def test_a_row_that_was_bent_is_refused(tmp_path: Path, change: dict[str, str], message: str) -> None:
    path = tmp_path / "latency.v1.csv"
    write_rows(path, [GOOD], ORIGIN)
    values = {**asdict(GOOD), **change}
    path.write_text(",".join(COLUMNS) + "\n" + ",".join(values.values()) + "\n")
    with pytest.raises(DocumentError, match=rf"latency.v1.csv:2{message}"):
        read_rows(path)


def test_other_columns_and_repeated_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "latency.v1.csv"
    write_rows(path, [GOOD, GOOD], ORIGIN)
    with pytest.raises(DocumentError, match=r":3, .*: net / cpu / fps occurs twice, first in line 2"):
        read_rows(path)
    path.write_text("network,variant\n")
    with pytest.raises(DocumentError, match=":1: the columns have to be network,"):
        read_rows(path)
    path.write_text(",".join(COLUMNS) + "\nnet,cpu\n")
    with pytest.raises(DocumentError, match=":2: 2 columns instead of"):
        read_rows(path)


PREPARED_TWICE = """
import faulthandler, gc, os, signal, sys
import torch
from bench.latency.variants import known_variants
faulthandler.enable()
heard = []
signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))
net, image = torch.nn.Conv2d(3, 4, 3).eval(), torch.zeros(1, 3, 16, 16)
calls = [known_variants()[sys.argv[1]].prepare(net, image) for _ in range(2)]
assert all(call().shape == (1, 4, 14, 14) for call in calls)
while calls:
    del calls[0]
    gc.collect()
others = [bytearray(20_000) for _ in range(2_000)]
os.kill(os.getpid(), signal.SIGUSR1)
assert heard == [1]
"""


@pytest.mark.parametrize("key", [key for key in known_variants() if "runtime" in key or "openvino" in key])
def test_a_library_leaves_signals_alone(key: str) -> None:
    """OpenVINO left a process whose next signal ended it, when nets went in the order in which they had come."""
    if missing := known_variants()[key].missing():
        pytest.skip(missing)
    done = subprocess.run([sys.executable, "-c", PREPARED_TWICE, key], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
