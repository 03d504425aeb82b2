"""A BatchNorm in training mode as plain tensors, of which a part of the channels can be taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class RunningMoments:
    """What a BatchNorm has beside its parameters; `momentum` is the averaging factor of this batch."""

    mean: Tensor
    variance: Tensor
    momentum: float
    eps: float

    @classmethod
    def of(cls, norm: nn.BatchNorm2d) -> RunningMoments:
        """What `BatchNorm2d` does before it normalises: count the batch and find the averaging factor."""
        assert norm.num_batches_tracked is not None
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.num_batches_tracked.add_(1)
        momentum = 1.0 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
        return cls(norm.running_mean, norm.running_var, momentum, norm.eps)


@dataclass(frozen=True)
class Norm:
    """A BatchNorm of some channels, `(C,)` each."""

    scale: Tensor
    shift: Tensor
    running: RunningMoments

    def split(self, sizes: list[int]) -> Iterator[Norm]:
        """Those of consecutive channels."""
        r = self.running
        for scale, shift, mean, variance in zip(
            *(tensor.split(sizes) for tensor in (self.scale, self.shift, r.mean, r.variance)), strict=True
        ):
            yield Norm(scale, shift, RunningMoments(mean, variance, r.momentum, r.eps))
