"""Filters of convolutions as lists of their non-zero weights, BatchNorm folded in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from supertickets.engine.tensors import Form

ENTRY = np.dtype([("offset", "<i4"), ("weight", "<f4")])


@dataclass(frozen=True)
class Filters:
    """Non-zero weights, sorted by output channel.

    Attributes:
        output, channel: of every weight, int64 `(n,)`.
        dy, dx: where its input lies, relative to the middle, int64 `(n,)`.
        weight: float32 `(n,)`.
        bias: float32 `(outputs,)`.
        stride: pixels of the input per pixel of the output.
    """

    output: NDArray[np.int64]
    channel: NDArray[np.int64]
    dy: NDArray[np.int64]
    dx: NDArray[np.int64]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: int = 1

    def arrays(self, form: Form) -> dict[str, NDArray[np.generic]]:
        """Entries, and where those of each output begin, for inputs of `form`; sorted by place for the cache's sake."""
        if self.stride == 1:
            offset = self.channel * form.channel + self.dy * form.row + self.dx
        else:
            offset = self.channel * form.channel + self.dy * form.row + (self.dx & 1) * form.odd + (self.dx >> 1)
        order = np.lexsort((offset, self.output))
        entries = np.empty(len(order), ENTRY)
        entries["offset"], entries["weight"] = offset[order], self.weight[order]
        counts = np.bincount(self.output, minlength=len(self.bias))
        return {"entries": entries, "starts": np.r_[0, counts.cumsum()].astype(np.int32), "bias": self.bias}

    def reading(self, first: int, channels: int) -> Filters:
        """Those weights that read `channels` input channels from `first` on, which count from there."""
        here = (self.channel >= first) & (self.channel < first + channels)
        kept = {name: getattr(self, name)[here] for name in ("output", "channel", "dy", "dx", "weight")}
        return replace(self, **{**kept, "channel": kept["channel"] - first})

    def followed_by(self, norm: nn.BatchNorm2d) -> Filters:
        """These filters and a BatchNorm in eval mode as one."""
        assert norm.running_var is not None and norm.running_mean is not None
        variance, mean = (value.detach().double().numpy() for value in (norm.running_var, norm.running_mean))
        factor = norm.weight.detach().double().numpy() / np.sqrt(variance + norm.eps)
        bias = (self.bias - mean) * factor + norm.bias.detach().double().numpy()
        weight = (self.weight * factor[self.output]).astype(np.float32)
        return replace(self, weight=weight, bias=bias.astype(np.float32))


def filters_of(weight: Tensor, bias: Tensor | None = None, stride: int = 1, groups: int = 1) -> Filters:
    """Filters of a convolution `(outputs, inputs / groups, k, k)`, or of a linear layer `(outputs, inputs)`.

    Padding is half of a filter's side.
    """
    array = weight.detach().float().numpy()
    array = array[:, :, None, None] if array.ndim == 2 else array
    outputs, per_group, height, width = array.shape
    output, channel, y, x = np.nonzero(array)
    return Filters(
        output=output,
        channel=output // (outputs // groups) * per_group + channel,
        dy=y - height // 2,
        dx=x - width // 2,
        weight=array[output, channel, y, x],
        bias=np.zeros(outputs, np.float32) if bias is None else bias.detach().float().numpy(),
        stride=stride,
    )


def depthwise(weights: Sequence[Tensor], stride: int) -> Filters:
    """Filters `(channels, 1, k, k)` over consecutive ranges of channels, each of another size, or of none."""
    parts = [filters_of(weight, None, stride, len(weight)) for weight in weights if len(weight)]
    begins = np.cumsum([0, *(len(part.bias) for part in parts)])
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("dy", "dx", "weight", "bias")}
    for name in ("output", "channel"):
        joined[name] = np.concatenate([getattr(part, name) + begin for part, begin in zip(parts, begins, strict=False)])
    return Filters(**joined, stride=stride)
