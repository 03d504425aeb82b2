"""Hypothesis strategies of accelerators and of the sparse products they run."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from bench.accelerator.config import Accelerator
from bench.accelerator.gemm import Gemm


@st.composite
def kept_weights(draw: st.DrawFn) -> np.ndarray:
    """Masks `(groups, rows per group, K)` of a matrix product, of any density, sometimes empty."""
    shape = draw(st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 40)))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return random.random(shape) < draw(st.sampled_from((0.0, 0.05, 0.3, 0.9, 1.0)))


def products() -> st.SearchStrategy[Gemm]:
    """Sparse matrix products smaller and larger than the arrays of `accelerators`."""
    return st.builds(
        lambda kept, vectors: Gemm.of_mask("layer", "layer.weight", "grouped", kept, vectors),
        kept_weights(),
        st.integers(1, 300),
    )


@st.composite
def accelerators(draw: st.DrawFn, rules: str) -> Accelerator:
    """Small arrays, so that small products need several fills; every ratio of bandwidth to size."""
    size = draw(st.sampled_from((8, 16, 32, 128)))
    bandwidth = draw(st.sampled_from([2**i for i in range(size.bit_length())]))
    results = draw(st.integers(1, size)) if rules == "stonne" else None
    return Accelerator(rules, size, bandwidth, results, draw(st.sampled_from((0.5, 200.0, 1000.0))))
