"""BatchNorm over the shares of all processes, as if one process had the whole batch; on any device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from supertickets.parallel import Parallel, gathered


class SynchronisedBatchNorm(nn.BatchNorm2d):
    """A BatchNorm that shares parameters and statistics with another, which it takes the place of.

    In train mode its statistics are those of all processes together, also where their shares differ in size; in eval
    mode it is a BatchNorm. Tensors have the same names in both.
    """

    def __init__(self, norm: nn.BatchNorm2d, parallel: Parallel) -> None:
        super().__init__(norm.num_features, norm.eps, norm.momentum, device="meta")
        self._parameters, self._buffers = norm._parameters, norm._buffers
        self.parallel = parallel
        self.train(norm.training)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        momentum = 1.0 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        normal, mean, variance = _Normalised.apply(x, self.weight, self.bias, self.eps, self.parallel)
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance, momentum)
        return normal


class _Normalised(torch.autograd.Function):
    """The normalised, scaled and shifted input, its mean and its unbiased variance, `(C,)` each."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, scale: Tensor, shift: Tensor, eps: float, parallel: Parallel
    ) -> tuple[Tensor, Tensor, Tensor]:
        values = x.to(scale.dtype)  # half a precision is too little for sums
        own_variance, own_mean = torch.var_mean(values, (0, 2, 3), correction=0)
        # means of shares and spreads around them: sums of squares would lose small variances beside large means
        count = own_mean.new_full((1,), x.numel() // x.shape[1])
        counts, means, variances = gathered(parallel, torch.cat([count, own_mean, own_variance])).split(
            [1, x.shape[1], x.shape[1]], 1
        )
        total = counts.sum()
        mean = (counts * means).sum(0) / total
        variance = (counts * (variances + (means - mean).square())).sum(0) / total
        inverse = (variance + eps).rsqrt()
        ctx.save_for_backward(x, scale, mean, inverse, total)
        ctx.parallel = parallel
        unbiased = variance * (total / (total - 1))
        ctx.mark_non_differentiable(mean, unbiased)
        slope = (scale * inverse)[:, None, None]
        normal = (values - mean[:, None, None]) * slope + shift[:, None, None]
        return normal.to(x.dtype), mean, unbiased

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        x, scale, mean, inverse, total = ctx.saved_tensors
        outer = grad.to(scale.dtype)
        normal = (x.to(scale.dtype) - mean[:, None, None]) * inverse[:, None, None]
        shift_grad, scale_grad = outer.sum((0, 2, 3)), (outer * normal).sum((0, 2, 3))
        # gradients of parameters are summed with all others later, those that pass on need the sums now
        of_all = torch.stack([shift_grad, scale_grad])
        ctx.parallel.sum([of_all])
        along_mean, along_normal = (of_all / total)[:, :, None, None]
        inner = (outer - along_mean - normal * along_normal) * (scale * inverse)[:, None, None]
        return inner.to(x.dtype), scale_grad, shift_grad, None, None


def synchronise(net: nn.Module, parallel: Parallel) -> None:
    """Let all BatchNorms of `net` that learn their statistics normalise over all processes, in place."""
    if parallel.world_size == 1:
        return
    for module in list(net.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.BatchNorm2d:
                setattr(module, name, SynchronisedBatchNorm(child, parallel))


@torch.no_grad()
def average_statistics(net: nn.Module, parallel: Parallel, averages: Mapping[str, Tensor] | None = None) -> None:
    """Replace running means and variances, which every process has of its own shares, by their mean over all.

    Args:
        averages: of the same net over time, whose statistics are replaced likewise.
    """
    if parallel.world_size == 1:
        return
    norms = [name for name, module in net.named_modules() if isinstance(module, nn.BatchNorm2d)]
    names = [f"{norm}.{kind}" for norm in norms for kind in ("running_mean", "running_var")]
    tensors = [kept[name] for kept in (net.state_dict(), averages) if kept is not None for name in names]
    parallel.sum(tensors)
    torch._foreach_div_(tensors, parallel.world_size)
