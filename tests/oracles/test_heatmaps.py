"""Heatmaps: drawn by the formula, decoded exactly, mirrored without a shift."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.tasks.heatmaps import decode, draw_heatmaps

pytestmark = pytest.mark.fast
HEIGHT, WIDTH = 16, 12
INSIDE = st.tuples(st.floats(6, 4 * WIDTH - 7), st.floats(6, 4 * HEIGHT - 7))
"""Joints (x, y) in input pixels whose highest heatmap pixel is not on the border."""
SIGMAS = st.sampled_from((1.0, 1.5, 2.0))


def joint(x: float, y: float) -> Tensor:
    return torch.tensor([[[x, y]]])


@given(st.floats(-20, 70), st.floats(-20, 90), SIGMAS)
def test_drawing_is_the_formula(x: float, y: float, sigma: float) -> None:
    found = draw_heatmaps(joint(x, y), (HEIGHT, WIDTH), sigma)[0, 0]
    for row in range(HEIGHT):
        for column in range(WIDTH):
            # a heatmap pixel is the middle of 4x4 input pixels
            squared = ((4 * column + 1.5 - x) / 4) ** 2 + ((4 * row + 1.5 - y) / 4) ** 2
            assert float(found[row, column]) == pytest.approx(math.exp(-squared / (2 * sigma**2)), rel=1e-3, abs=1e-6)


@given(INSIDE, SIGMAS)
def test_a_parabola_finds_a_gaussian_exactly(at: tuple[float, float], sigma: float) -> None:
    found, confidence = decode(draw_heatmaps(joint(*at), (HEIGHT, WIDTH), sigma), "parabola")
    # float32 logarithms near 0 carry 1e-7, which the curvature 1 / sigma^2 and the stride magnify
    assert found[0, 0].tolist() == pytest.approx(at, abs=1e-4 * sigma**2)
    assert 0.75 < float(confidence[0, 0]) <= 1.0


@given(st.integers(1, WIDTH - 2), st.integers(1, HEIGHT - 2), st.floats(-0.49, 0.49), st.floats(-0.49, 0.49), SIGMAS)
def test_a_quarter_goes_towards_the_higher_neighbour(column: int, row: int, dx: float, dy: float, sigma: float) -> None:
    dx, dy = (d if abs(d) > 0.01 else 0.25 for d in (dx, dy))
    heatmap = draw_heatmaps(joint(4 * (column + dx) + 1.5, 4 * (row + dy) + 1.5), (HEIGHT, WIDTH), sigma)
    found, _ = decode(heatmap, "quarter")
    quarter = [column + math.copysign(0.25, dx), row + math.copysign(0.25, dy)]
    assert found[0, 0].tolist() == [4 * place + 1.5 for place in quarter]


@pytest.mark.parametrize("decoding", ["quarter", "parabola"])
def test_pixels_of_a_joint_in_the_middle_of_one_are_exact(decoding: str) -> None:
    heatmap = draw_heatmaps(joint(4 * 5 + 1.5, 4 * 7 + 1.5), (HEIGHT, WIDTH), 2.0)
    found, confidence = decode(heatmap, decoding)  # type: ignore[arg-type]
    assert found[0, 0].tolist() == [21.5, 29.5] and float(confidence[0, 0]) == 1.0


@given(st.lists(INSIDE, min_size=1, max_size=3), SIGMAS, st.sampled_from(("quarter", "parabola")))
def test_mirroring_the_input_mirrors_the_heatmap(at: list[tuple[float, float]], sigma: float, decoding: str) -> None:
    joints = torch.tensor([at])
    mirrored = torch.stack([4 * WIDTH - 1 - joints[..., 0], joints[..., 1]], -1)
    heatmaps = draw_heatmaps(joints, (HEIGHT, WIDTH), sigma)
    torch.testing.assert_close(draw_heatmaps(mirrored, (HEIGHT, WIDTH), sigma), heatmaps.flip(3), rtol=1e-4, atol=1e-6)
    if decoding == "parabola":
        found, _ = decode(heatmaps.flip(3), "parabola")
        torch.testing.assert_close(found, mirrored, rtol=0, atol=1e-3)


@pytest.mark.parametrize("decoding", ["quarter", "parabola"])
@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 5), (15, 11), (7, 0), (7, 11)])
def test_on_the_border_there_is_no_refinement_across_it(decoding: str, row: int, column: int) -> None:
    heatmap = torch.zeros(1, 1, HEIGHT, WIDTH)
    heatmap[0, 0, row, column] = 0.8
    found, confidence = decode(heatmap, decoding)  # type: ignore[arg-type]
    assert found[0, 0].tolist() == [4 * column + 1.5, 4 * row + 1.5] and float(confidence[0, 0]) == pytest.approx(0.8)


@given(st.integers(0, 10**6), st.sampled_from(("quarter", "parabola")))
def test_any_output_is_decoded_next_to_its_highest_pixel(seed: int, decoding: str) -> None:
    heatmaps = torch.randn(2, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(seed))
    heatmaps[0, 0] = -1.0  # flat, and below zero
    found, confidence = decode(heatmaps, decoding)  # type: ignore[arg-type]
    best = heatmaps.flatten(2).argmax(2)
    pixel = torch.stack([best % WIDTH, best // WIDTH], 2)
    assert ((found - 1.5) / 4 - pixel).abs().max() <= 0.5
    assert torch.equal(confidence, heatmaps.amax((2, 3)))
