"""COCO's compressed run lengths: as many pixels as the decoder finds, and damage that it would stumble over is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as masks

from bench.errors.run_lengths import pixels

pytestmark = pytest.mark.fast
RUNS = st.lists(st.integers(0, 40), min_size=1, max_size=9)


@given(st.lists(RUNS, max_size=5))
def test_runs_add_up(of_masks: list[list[int]]) -> None:
    texts = [masks.frPyObjects({"size": [sum(runs), 1], "counts": runs}, sum(runs), 1)["counts"] for runs in of_masks]
    assert pixels(texts).tolist() == [sum(runs) for runs in of_masks]


def compressed(runs: list[int]) -> bytes:
    """Runs written as COCO does, also such as no mask has."""
    text = bytearray()
    for place, run in enumerate(runs):
        left, more = run - (runs[place - 2] if place > 2 else 0), True
        while more:
            digit, left = left & 31, left >> 5
            more = left != (-1 if digit & 16 else 0)
            text.append(48 + (digit | 32 * more))
    return bytes(text)


@given(RUNS)
def test_the_writer_above_writes_what_is_read(runs: list[int]) -> None:
    assert compressed(runs) == masks.frPyObjects({"size": [sum(runs), 1], "counts": runs}, sum(runs), 1)["counts"]


@given(st.lists(st.lists(st.integers(-9, 40), min_size=1, max_size=9), max_size=5))
def test_a_run_below_zero_is_damage_though_the_sum_fits(of_masks: list[list[int]]) -> None:
    expected = [sum(runs) if min(runs) >= 0 else -1 for runs in of_masks]
    assert pixels([compressed(runs) for runs in of_masks]).tolist() == expected


@given(st.lists(st.binary(max_size=12), max_size=4))
def test_any_text_is_damaged_or_can_be_decoded(texts: list[bytes]) -> None:
    for text, total in zip(texts, pixels(texts).tolist(), strict=True):
        if 0 <= total < 10**6:
            assert masks.decode({"size": [total, 1], "counts": text}).shape == (total, 1)
            assert np.array_equal(pixels([text]), [total])
