"""The hidden channels of a searching block by torch's operations: any type of float, any number of threads."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from supertickets.supernet.depthwise import input_gradient, weight_gradient
from supertickets.supernet.hidden import Gradients, Norm, Sizes


class PlainHidden:
    """All paths of a part are filtered in one call; a filter's gradient takes one call of oneDNN's fast kernel."""

    def forward(
        self, expanded: Tensor, sizes: Sizes, filters: Sequence[Tensor], first: Norm, second: Norm
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        taps = _framed(filters) if len(filters) > 1 else filters[0]
        before = _maps(expanded, sizes.batch, sizes.height, sizes.width)
        hidden, *moments1 = _normalised(before, first)
        filtered = F.conv2d(hidden, taps, None, sizes.stride, taps.shape[2] // 2, 1, len(taps))
        normal, *moments2 = _normalised(filtered, second)
        kept = (taps, before, *moments1, hidden, filtered, *moments2, normal)
        return normal.permute(0, 2, 3, 1).reshape(-1, len(taps)), kept

    def backward(
        self, grad: Tensor, sizes: Sizes, filters: Sequence[Tensor], first: Norm, second: Norm, kept: Sequence[Tensor]
    ) -> Gradients:
        taps, before, mean1, inverse1, hidden, filtered, mean2, inverse2, normal = kept
        inner = _maps(grad, sizes.batch, sizes.out_height, sizes.out_width)
        inner, *norm2 = _norm_relu_gradients(inner, normal, filtered, second, mean2, inverse2)
        widths = [len(path) for path in filters]
        of_filters = [
            weight_gradient(g, h, path.shape[2], sizes.stride)
            for g, h, path in zip(inner.split(widths, 1), hidden.split(widths, 1), filters, strict=True)
        ]
        inner = input_gradient(inner, hidden, taps, sizes.stride)
        inner, *norm1 = _norm_relu_gradients(inner, hidden, before, first, mean1, inverse1)
        return Gradients(inner.permute(0, 2, 3, 1).reshape(-1, len(taps)), of_filters, (*norm1, *norm2))


def _maps(matrix: Tensor, batch: int, height: int, width: int) -> Tensor:
    """`(B * H * W, C) -> (B, C, H, W)`, channels-last."""
    return matrix.view(batch, height, width, -1).permute(0, 3, 1, 2)


def _framed(filters: Sequence[Tensor]) -> Tensor:
    """All filters as one tensor, small ones framed with zeros: on small maps fewer calls outweigh the zeros."""
    size = max(path.shape[2] for path in filters)
    return torch.cat([F.pad(path, [(size - path.shape[2]) // 2] * 4) for path in filters])


def _normalised(x: Tensor, norm: Norm) -> tuple[Tensor, Tensor, Tensor]:
    """ReLU of the training-mode BatchNorm of `x`, its means and its inverse standard deviations."""
    running = norm.running
    normal, mean, inverse = torch.native_batch_norm(
        x, norm.scale, norm.shift, running.mean, running.variance, True, running.momentum, running.eps
    )
    return normal.relu_(), mean, inverse


def _norm_relu_gradients(
    grad: Tensor, output: Tensor, x: Tensor, norm: Norm, mean: Tensor, inverse: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of `output = relu(batch_norm(x))` in `x`, scale and shift; `grad` is overwritten."""
    torch.ops.aten.threshold_backward.grad_input(grad, output, 0, grad_input=grad)
    gradients: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.native_batch_norm_backward(
        grad, x, norm.scale, None, None, mean, inverse, True, norm.running.eps, [True, True, True]
    )
    return gradients
