"""Depthwise convolutions of several kernel sizes over consecutive channel ranges, and gradients fast on the CPU."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# oneDNN's weight gradient is 5 to 20 times slower for filters wider than this
FAST_WIDTH = 3

_backward = torch.ops.aten.convolution_backward


class MixedDepthwise(nn.Module):
    """Depthwise convolutions with kernel sizes `kernels`, each over its own range of channels.

    `(B, C, H, W) -> (B, C, ceil(H / stride), ceil(W / stride))`, zero padding, no bias; the first
    `channels[0]` channels are filtered with `kernels[0]`, the next `channels[1]` with `kernels[1]`, ...
    A kernel size whose channels have all been removed costs nothing.
    """

    def __init__(self, channels: Sequence[int], kernels: Sequence[int], stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.kernels = tuple(kernels)
        self.weights = nn.ParameterList(
            nn.Parameter(torch.empty(c, 1, k, k)) for c, k in zip(channels, kernels, strict=True)
        )

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels filtered with each kernel size."""
        return tuple(len(weight) for weight in self.weights)

    def forward(self, x: Tensor) -> Tensor:
        parts = zip(x.split(self.channels, 1), self.weights, strict=True)
        return torch.cat(
            [F.conv2d(p, w, None, self.stride, w.shape[2] // 2, 1, len(w)) for p, w in parts if len(w)], dim=1
        )

    def extra_repr(self) -> str:
        paths = ", ".join(f"{c} of {k}x{k}" for c, k in zip(self.channels, self.kernels, strict=True))
        return f"{paths}, stride={self.stride}"


def input_gradient(grad: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Gradient of a "same"-padded depthwise convolution in its input `x`."""
    padding, channels = [weight.shape[2] // 2] * 2, len(weight)
    if stride == 1:  # a convolution with the filters turned round, for which oneDNN is faster
        return F.conv2d(grad, weight.flip(2, 3), padding=padding, groups=channels)
    wanted = [True, False, False]
    gradient: Tensor = _backward(grad, x, weight, [0], [stride] * 2, padding, [1, 1], False, [0, 0], channels, wanted)[
        0
    ]
    return gradient


def weight_gradient(grad: Tensor, x: Tensor, size: int, stride: int) -> Tensor:
    """Gradient of a "same"-padded depthwise convolution in its weight, `(C, 1, size, size)`.

    A filter is cut into strips of the fast width, one below the other, their rows interleaved: row i of strip s becomes
    row `i * strips + s` of a narrow, tall filter. It meets the same pixels if every row of the padded input is
    repeated `strips` times, each time shifted by three pixels more.
    """
    batch, channels = x.shape[:2]
    half, strips = size // 2, -(-size // FAST_WIDTH)
    # padded here and not by the kernel: oneDNN is slow when padding rows outnumber the rows of a small map
    padded = F.pad(x.permute(0, 2, 3, 1), [0, 0, half, half + strips * FAST_WIDTH - size, half, half]).contiguous()
    image, row, pixel, _ = padded.stride()
    width = (grad.shape[3] - 1) * stride + FAST_WIDTH
    shape = (batch, padded.shape[1], strips, width, channels)
    repeated = padded.as_strided(shape, (image, row, FAST_WIDTH * pixel, pixel, 1)).flatten(1, 2).permute(0, 3, 1, 2)
    grad = grad.contiguous(memory_format=torch.channels_last)
    tall, steps = x.new_empty(channels, 1, size * strips, FAST_WIDTH), [strips * stride, stride]
    wanted = [False, True, False]
    gradient: Tensor = _backward(grad, repeated, tall, [0], steps, [0, 0], [1, 1], False, [0, 0], channels, wanted)[1]
    return gradient.reshape(channels, 1, size, strips * FAST_WIDTH)[..., :size]
