"""The compiled hidden channels of a searching block against torch's operations in float64, and who is given which."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from supertickets.supernet import compiled, fused
from supertickets.supernet.compiled import SOURCE, CompiledHidden
from supertickets.supernet.hidden import Norm, Running, Sizes
from supertickets.supernet.plain import PlainHidden
from tests.sanitizers import assert_clean, needs_sanitizers

with_compiler = pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler")
pytestmark = pytest.mark.fast

paths = st.tuples(st.integers(1, 20), st.sampled_from((1, 3, 5, 7, 9)))
sizes = st.builds(Sizes, st.integers(2, 3), st.integers(1, 10), st.integers(1, 18), st.integers(1, 3))


class Case:
    """Filters, BatchNorms, an expansion's output and a gradient, in float64."""

    def __init__(self, sizes: Sizes, layers: list[tuple[int, int]], seed: int) -> None:
        draws = torch.Generator().manual_seed(seed)

        def normal(*shape: int) -> Tensor:
            # what float32 holds, so that both types begin with the same numbers
            return torch.randn(*shape, generator=draws).double()

        channels = sum(count for count, _ in layers)
        self.sizes = sizes
        self.filters = [normal(count, 1, size, size) for count, size in layers]
        self.expanded = normal(sizes.batch * sizes.height * sizes.width, channels) + 3
        self.grad = normal(sizes.batch * sizes.out_height * sizes.out_width, channels)
        self.norms = [
            Norm(normal(channels), normal(channels), Running(normal(channels), normal(channels).square(), 0.1, 0.1))
            for _ in range(2)
        ]

    def through(self, way: CompiledHidden | PlainHidden, dtype: torch.dtype) -> list[Tensor]:
        """Everything that comes out, in float64."""

        def of(norm: Norm) -> Norm:
            mean, variance = (tensor.to(dtype, copy=True) for tensor in (norm.running.mean, norm.running.variance))
            running = Running(mean, variance, norm.running.momentum, norm.running.eps)
            return Norm(norm.scale.to(dtype), norm.shift.to(dtype), running)

        norms = [of(norm) for norm in self.norms]
        filters = [path.to(dtype) for path in self.filters]
        normal, kept = way.forward(self.expanded.to(dtype), self.sizes, filters, *norms)
        gradients = way.backward(self.grad.to(dtype, copy=True), self.sizes, filters, *norms, kept)
        running = [tensor for norm in norms for tensor in (norm.running.mean, norm.running.variance)]
        tensors = [normal, *running, gradients.expanded, *gradients.filters, *gradients.norms]
        return [tensor.double() for tensor in tensors]


@with_compiler
@settings(max_examples=40)
@given(sizes, st.lists(paths, min_size=1, max_size=3), st.integers(0, 1 << 30))
def test_the_kernels_compute_what_torch_computes(sizes: Sizes, layers: list[tuple[int, int]], seed: int) -> None:
    """As near to float64 as torch in float32: within 20 times its error, or a few units in the last place."""
    case = Case(sizes, layers, seed)
    exact = case.through(PlainHidden(), torch.float64)
    rounded = case.through(PlainHidden(), torch.float32)
    found = case.through(CompiledHidden(), torch.float32)
    for ours, theirs, right in zip(found, rounded, exact, strict=True):
        assert ours.shape == right.shape
        largest = right.abs().max() + 1
        assert (ours - right).abs().max() <= 20 * (theirs - right).abs().max() + 1e-5 * largest


@with_compiler
def test_equal_calls_have_equal_bits() -> None:
    case = Case(Sizes(2, 9, 12, 1), [(19, 3), (5, 7)], 0)
    first, second = (case.through(CompiledHidden(), torch.float32) for _ in range(2))
    assert all(map(torch.equal, first, second))


def test_python_and_c_mean_the_same_structures() -> None:
    source = SOURCE.read_text()
    for structure in (compiled._Shape, compiled._Path, compiled._Norm):
        body = source[: source.index(f"}} {structure.__name__.strip('_')};")].rpartition("typedef struct {")[2]
        lines = [line.partition("//")[0].replace("*", " ") for line in body.splitlines()]
        declared = " ".join(lines).replace(";", ",").split(",")
        names = [words.split()[-1] for words in declared if words.split()]
        assert names == [name for name, *_ in structure._fields_]


@with_compiler
def test_kernels_are_for_single_precision_and_one_thread() -> None:
    single, double = torch.zeros(1), torch.zeros(1, dtype=torch.float64)
    assert isinstance(fused.way_for([single, single]), CompiledHidden)
    for tensors in ([double], [single, double], [single.bfloat16()], [single, single.to("meta")]):
        assert isinstance(fused.way_for(tensors), PlainHidden)
    torch.set_num_threads(2)
    try:
        assert isinstance(fused.way_for([single]), PlainHidden)
    finally:
        torch.set_num_threads(1)


def test_without_a_compiler_torch_computes_and_says_so_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(compiled, "library", compiled.library.__wrapped__)
    fused.compiled.cache_clear()
    try:
        with pytest.warns(UserWarning, match="without compiled kernels, more slowly: no C compiler: install gcc"):
            assert isinstance(fused.way_for([torch.zeros(1)]), PlainHidden)
        assert isinstance(fused.way_for([torch.zeros(1)]), PlainHidden), "a second warning would be an error"
    finally:
        fused.compiled.cache_clear()


@with_compiler
@pytest.mark.slow  # compiles the kernels again
@pytest.mark.parametrize(("way", "call"), [("forward", "aligned_alloc(bound, size)"), ("backward", "malloc(size)")])
def test_no_memory_is_an_error(way: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels of which one is given none: what `forward` calls stands before it, what `backward` calls behind."""
    includes, rest = SOURCE.read_text().split("#include <string.h>\n")
    first, second = rest.split("int forward(")
    nothing, given = f"#define {call} NULL\n", f"#undef {call.partition('(')[0]}\n"
    first = f"{nothing}{first}{given}" if way == "forward" else f"{first}{nothing}"
    source = tmp_path / "hidden.c"
    source.write_text(f"{includes}#include <string.h>\n{first}int forward({second}")
    monkeypatch.setattr(compiled, "SOURCE", source)
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path))
    with pytest.raises(MemoryError, match="train on smaller batches or images"):
        Case(Sizes(2, 5, 7, 1), [(3, 3)], 0).through(CompiledHidden(), torch.float32)


SANITIZED = """
import torch
from supertickets.supernet.compiled import CompiledHidden
from supertickets.supernet.hidden import Sizes
from tests.oracles.test_compiled_hidden import Case
for size in ((2, 5, 7), (2, 1, 2), (2, 9, 12), (3, 2, 1)):
    for stride in (1, 2, 3):
        for layers in ([(1, 1), (16, 3), (19, 5)], [(33, 7)], [(3, 9), (2, 3)]):
            for tensor in Case(Sizes(*size, stride), layers, 0).through(CompiledHidden(), torch.float32):
                assert bool(tensor.isfinite().all())
print("clean")
"""


@pytest.mark.slow
@needs_sanitizers
def test_sanitizers_find_nothing(tmp_path: Path) -> None:
    """Addresses and undefined behaviour."""
    assert_clean(SANITIZED, tmp_path)
