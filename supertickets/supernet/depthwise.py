"""Depthwise convolutions of several kernel sizes over consecutive channel ranges, run as one operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# oneDNN has a fast weight-gradient kernel for depthwise filters at most this wide; wider filters fall back to
# one that is 5 to 20 times slower. The gradient of a wide filter is therefore assembled from narrow column strips.
FAST_WIDTH = 3

_backward = torch.ops.aten.convolution_backward


def _weight_gradient(grad: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Gradient of a "same"-padded depthwise convolution in its weight, `(C, 1, k, k)`."""
    channels, _, size, _ = weight.shape
    half = size // 2

    def strip(padded: Tensor, filters: Tensor, padding: list[int]) -> Tensor:
        return _backward(
            grad, padded, filters, [0], [stride] * 2, padding, [1, 1], False, [0, 0], channels, [False, True, False]
        )[1]

    if size <= FAST_WIDTH or x.device.type != "cpu":
        return strip(x, weight, [half, half])
    # padded here and not by the kernel: oneDNN is slow when padding rows outnumber the rows of a small map
    padded = F.pad(x, [half] * 4)
    reach = (grad.shape[3] - 1) * stride
    strips = []
    for left in range(0, size, FAST_WIDTH):
        width = min(FAST_WIDTH, size - left)
        strips.append(strip(padded[:, :, :, left : left + reach + width], weight[:, :, :, :width], [0, 0]))
    return torch.cat(strips, dim=3)


class _MixedDepthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, stride: int, *weights: Tensor) -> Tensor:
        ctx.save_for_backward(x, *weights)
        ctx.stride = stride
        sizes = [len(weight) for weight in weights]
        return torch.cat(
            [
                F.conv2d(part, weight, stride=stride, padding=weight.shape[2] // 2, groups=len(weight))
                for part, weight in zip(x.split(sizes, 1), weights, strict=True)
            ],
            dim=1,
        )

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, *weights = ctx.saved_tensors
        stride: int = ctx.stride
        sizes = [len(weight) for weight in weights]
        input_grads, weight_grads = [], []
        last = x.is_contiguous(memory_format=torch.channels_last)
        layout = torch.channels_last if last else torch.contiguous_format
        for part, part_grad, weight in zip(x.split(sizes, 1), grad.split(sizes, 1), weights, strict=True):
            received = part_grad.contiguous(memory_format=layout)
            padding, channels = [weight.shape[2] // 2] * 2, len(weight)
            wanted = [True, False, False]
            # only the shape of the input matters here, and a slice of it would be copied
            shaped = torch.empty_like(part, memory_format=layout)
            input_grads.append(
                _backward(
                    received, shaped, weight, [0], [stride] * 2, padding, [1, 1], False, [0, 0], channels, wanted
                )[0]
            )
            weight_grads.append(_weight_gradient(received, part, weight, stride))
        return torch.cat(input_grads, dim=1), None, *weight_grads


def mixed_depthwise(x: Tensor, stride: int, *weights: Tensor) -> Tensor:
    """Filter consecutive channel ranges of `x` with `weights`, each `(C_i, 1, k_i, k_i)`, "same" padding."""
    result: Tensor = _MixedDepthwise.apply(x, stride, *weights)
    return result


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
        return mixed_depthwise(x, self.stride, *(weight for weight in self.weights if len(weight)))

    def extra_repr(self) -> str:
        paths = ", ".join(f"{c} of {k}x{k}" for c, k in zip(self.channels, self.kernels, strict=True))
        return f"{paths}, stride={self.stride}"
