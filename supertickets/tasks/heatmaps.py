"""Joints to heatmaps and back.

A heatmap has a quarter of the input's resolution; heatmap pixel j stands for the middle of input pixels
4j .. 4j + 3, so x_input = 4 x_heatmap + 1.5 and mirroring an input mirrors its heatmap exactly.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

STRIDE = 4
Decoding = Literal["quarter", "parabola"]


def draw_heatmaps(joints: Tensor, shape: tuple[int, int], sigma: float) -> Tensor:
    """Gaussians of height 1 at `joints` (input pixels, `(B, J, 2)`): `(B, J, h, w)`."""
    centre = (joints - (STRIDE - 1) / 2) / STRIDE
    ys = torch.arange(shape[0], device=joints.device) - centre[..., 1:2]
    xs = torch.arange(shape[1], device=joints.device) - centre[..., 0:1]
    falloff = -0.5 / sigma**2
    return torch.exp(falloff * ys.square())[..., :, None] * torch.exp(falloff * xs.square())[..., None, :]


def decode(heatmaps: Tensor, decoding: Decoding) -> tuple[Tensor, Tensor]:
    """Joints in input pixels `(B, J, 2)` and their confidence `(B, J)`, the height of the highest pixel.

    `quarter` moves a quarter pixel towards the higher neighbour (HRNet); `parabola` fits a parabola through the
    logarithm of the peak and its neighbours, which is exact for a Gaussian.
    """
    height, width = heatmaps.shape[2:]
    confidence, best = heatmaps.flatten(2).max(dim=2)
    y, x = best // width, best % width

    def at(dy: int, dx: int) -> Tensor:
        rows, columns = (y + dy).clamp(0, height - 1), (x + dx).clamp(0, width - 1)
        return heatmaps.flatten(2).gather(2, (rows * width + columns).unsqueeze(2)).squeeze(2)

    def offset(before: Tensor, after: Tensor, inner: Tensor) -> Tensor:
        if decoding == "quarter":
            return 0.25 * torch.sign(after - before) * inner
        low, peak, high = (value.clamp(min=1e-8).log() for value in (before, confidence, after))
        curvature = low - 2 * peak + high
        shift = 0.5 * (low - high) / torch.where(curvature < 0, curvature, -torch.ones_like(curvature))
        return torch.where(curvature < 0, shift, 0.0).clamp(-0.5, 0.5) * inner

    fx = x + offset(at(0, -1), at(0, 1), (x > 0) & (x < width - 1))
    fy = y + offset(at(-1, 0), at(1, 0), (y > 0) & (y < height - 1))
    return torch.stack([fx, fy], dim=2) * STRIDE + (STRIDE - 1) / 2, confidence
