"""What the ways to compute the hidden channels of a searching block in training have in common.

Hidden channels lie between two matrix products: BatchNorm, ReLU, depthwise convolution, BatchNorm, ReLU. Positions
are rows of a matrix `(B * H * W, C)`, so that 1x1 convolutions are plain products.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from torch import Tensor, nn


@dataclass(frozen=True)
class Running:
    """What a BatchNorm has beside its parameters; `momentum` is the averaging factor of this batch."""

    mean: Tensor
    variance: Tensor
    momentum: float
    eps: float

    @classmethod
    def of(cls, norm: nn.BatchNorm2d) -> Running:
        """What `BatchNorm2d` does before it normalises: count the batch and find the averaging factor."""
        assert norm.num_batches_tracked is not None
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.num_batches_tracked.add_(1)
        momentum = 1.0 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
        return cls(norm.running_mean, norm.running_var, momentum, norm.eps)


@dataclass(frozen=True)
class Norm:
    """A BatchNorm of C channels, `(C,)` each."""

    scale: Tensor
    shift: Tensor
    running: Running

    def split(self, sizes: list[int]) -> Iterator[Norm]:
        """Those of consecutive channels."""
        if len(sizes) == 1:
            yield self
            return
        given = (self.scale, self.shift, self.running.mean, self.running.variance)
        for scale, shift, mean, variance in zip(*(each.split(sizes) for each in given), strict=True):
            yield Norm(scale, shift, Running(mean, variance, self.running.momentum, self.running.eps))


class Sizes(NamedTuple):
    """Of the maps before and after the depthwise convolution."""

    batch: int
    height: int
    width: int
    stride: int

    @property
    def out_height(self) -> int:
        return -(-self.height // self.stride)

    @property
    def out_width(self) -> int:
        return -(-self.width // self.stride)


class Gradients(NamedTuple):
    """Of the expansion's output, of every filter, and of scale, shift, scale, shift of the two BatchNorms."""

    expanded: Tensor
    filters: list[Tensor]
    norms: Sequence[Tensor]


class Hidden(Protocol):
    """A way to compute C hidden channels, some of a block or all."""

    def forward(
        self, expanded: Tensor, sizes: Sizes, filters: Sequence[Tensor], first: Norm, second: Norm
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Rows after the second ReLU, and what the backward pass needs of them; running moments follow the batch.

        Args:
            expanded: rows of the expansion's output.
            filters: kernel paths, `(C_i, 1, k_i, k_i)` each, of consecutive channels.
        """

    def backward(
        self, grad: Tensor, sizes: Sizes, filters: Sequence[Tensor], first: Norm, second: Norm, kept: Sequence[Tensor]
    ) -> Gradients:
        """From the gradient of what `forward` gave; it may be overwritten."""
