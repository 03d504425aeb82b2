"""A training step through the hidden channels of a searching block on the CPU: one function, gradients by hand.

* Positions are rows of a matrix, so 1x1 convolutions are plain matrix products.
* Channels are cut into parts that are tensors of their own from expansion to projection.
* A depthwise filter's gradient takes one call of oneDNN's fast kernel, which knows widths up to 3 only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.amp import custom_bwd, custom_fwd
from torch.autograd.function import once_differentiable

from supertickets.supernet.depthwise import input_gradient, weight_gradient

PART_BYTES = 5 << 19
"""Larger hidden activations are computed path by path in parts of this size, so that they stay in the cache."""
PART_MULTIPLE = 32
"""Parts of a path have a multiple of so many channels, for which matrix products are fastest."""


def hidden_paths(
    x: Tensor, stride: int, expand: nn.Conv2d, expand_bn: nn.BatchNorm2d, filters: Sequence[Tensor],
    depthwise_bn: nn.BatchNorm2d, project: nn.Conv2d,
) -> Tensor:  # fmt: skip
    """`project(relu(depthwise_bn(depthwise(relu(expand_bn(expand(x)))))))` in training mode, x `(B, C, H, W)`.

    `filters` are the kernel paths, `(C_i, 1, k_i, k_i)` each, over consecutive hidden channels, "same" padding. Both
    BatchNorms' running statistics are updated. Under autocast it is computed in float32.
    """
    result: Tensor = _HiddenPaths.apply(
        (_Statistics.of(expand_bn), _Statistics.of(depthwise_bn)), stride, x, expand.weight, expand_bn.weight,
        expand_bn.bias, depthwise_bn.weight, depthwise_bn.bias, project.weight, *filters,
    )  # fmt: skip
    return result


@dataclass(frozen=True)
class _Statistics:
    """What a BatchNorm has beside its parameters; `momentum` is the averaging factor of this batch."""

    mean: Tensor
    variance: Tensor
    momentum: float
    eps: float

    @classmethod
    def of(cls, norm: nn.BatchNorm2d) -> _Statistics:
        """What `BatchNorm2d` does before it normalises: count the batch and find the averaging factor."""
        assert norm.num_batches_tracked is not None
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.num_batches_tracked.add_(1)
        momentum = 1.0 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
        return cls(norm.running_mean, norm.running_var, momentum, norm.eps)

    def split(self, sizes: list[int]) -> Iterator[_Statistics]:
        """Those of consecutive channels."""
        for mean, variance in zip(self.mean.split(sizes), self.variance.split(sizes), strict=True):
            yield _Statistics(mean, variance, self.momentum, self.eps)

    def normalised(self, x: Tensor, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """ReLU of the training-mode BatchNorm of `x`, its means and its inverse standard deviations."""
        normal, mean, inverse = torch.native_batch_norm(
            x, scale, shift, self.mean, self.variance, True, self.momentum, self.eps
        )
        return normal.relu_(), mean, inverse


def _rows(x: Tensor) -> Tensor:
    """`(B, C, H, W) -> (B * H * W, C)`, a view if `x` is channels-last."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


def _maps(matrix: Tensor, like: Tensor) -> Tensor:
    """The inverse of `_rows`, for maps of the size of `like`; channels-last."""
    batch, _, height, width = like.shape
    return matrix.view(batch, height, width, -1).permute(0, 3, 1, 2)


def _parts(filters: Sequence[Tensor], channel_bytes: int) -> list[list[Tensor]]:
    """Filters of consecutive hidden channels: those of all paths together, or each path by itself, long ones cut."""
    used = [path for path in filters if len(path)]
    if sum(map(len, used)) * channel_bytes <= PART_BYTES:
        return [used]
    fitting = PART_BYTES // channel_bytes // PART_MULTIPLE * PART_MULTIPLE
    return [[part] for path in used for part in path.split(max(fitting, PART_MULTIPLE))]


def _framed(filters: list[Tensor]) -> Tensor:
    """All filters as one tensor, small ones framed with zeros: on small maps fewer calls outweigh the zeros."""
    size = max(path.shape[2] for path in filters)
    return torch.cat([F.pad(path, [(size - path.shape[2]) // 2] * 4) for path in filters])


class _HiddenPaths(torch.autograd.Function):
    @staticmethod
    @custom_fwd(device_type="cpu", cast_inputs=torch.float32)  # type: ignore[untyped-decorator]
    def forward(
        ctx: Any, statistics: tuple[_Statistics, _Statistics], stride: int, x: Tensor, expand: Tensor, scale1: Tensor,
        shift1: Tensor, scale2: Tensor, shift2: Tensor, project: Tensor, *filters: Tensor,
    ) -> Tensor:  # fmt: skip
        inputs, first, second = _rows(x), *statistics
        parts = _parts(filters, len(inputs) * x.element_size())
        sizes = [sum(map(len, paths)) for paths in parts]
        total: Tensor | None = None
        saved = []
        affine1 = zip(scale1.split(sizes), shift1.split(sizes), strict=True)
        affine2 = zip(scale2.split(sizes), shift2.split(sizes), strict=True)
        for paths, expansion, norm1, before, norm2, after, projection in zip(
            parts, expand.flatten(1).split(sizes), first.split(sizes), affine1, second.split(sizes), affine2,
            project.flatten(1).split(sizes, 1), strict=True,
        ):  # fmt: skip
            taps = _framed(paths) if len(paths) > 1 else paths[0]
            expanded = _maps(inputs @ expansion.t(), x)
            hidden, *moments1 = norm1.normalised(expanded, *before)
            filtered = F.conv2d(hidden, taps, None, stride, taps.shape[2] // 2, 1, len(taps))
            normal, *moments2 = norm2.normalised(filtered, *after)
            saved += [taps, expanded, *moments1, hidden, filtered, *moments2, normal]
            path = _rows(normal) @ projection.t()
            total = path if total is None else total.add_(path)
        assert total is not None
        ctx.save_for_backward(x, expand, scale1, scale2, project, *filters, *saved)
        ctx.paths, ctx.stride, ctx.eps = len(filters), stride, (first.eps, second.eps)
        return _maps(total, filtered)

    @staticmethod
    @once_differentiable
    @custom_bwd(device_type="cpu")  # type: ignore[untyped-decorator]
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, expand, scale1, scale2, project, *others = ctx.saved_tensors
        filters, saved = others[: ctx.paths], iter(others[ctx.paths :])
        inputs, outer, stride = _rows(x), _rows(grad), ctx.stride
        parts = _parts(filters, len(inputs) * x.element_size())
        sizes = [sum(map(len, paths)) for paths in parts]
        # stored column by column: MKL is slow where the right side of a narrow product is stored row by row
        expansions = expand.flatten(1).t().contiguous().split(sizes, 1)
        input_grad = torch.zeros_like(inputs)
        filter_grads: list[Tensor] = []
        rest = []
        for paths, expansion, scale_1, scale_2, projection in zip(
            parts, expansions, scale1.split(sizes), scale2.split(sizes), project.flatten(1).split(sizes, 1), strict=True
        ):
            taps, expanded, mean1, inverse1, hidden, filtered, mean2, inverse2, normal = (next(saved) for _ in range(9))
            project_grad = outer.t() @ _rows(normal)
            inner = _maps(outer @ projection, filtered)
            inner, *norm2 = _norm_relu_gradients(inner, normal, filtered, scale_2, mean2, inverse2, ctx.eps[1])
            widths = [len(path) for path in paths]
            for g, h, path in zip(inner.split(widths, 1), hidden.split(widths, 1), paths, strict=True):
                filter_grads.append(weight_gradient(g, h, path.shape[2], stride))
            inner = input_gradient(inner, hidden, taps, stride)
            inner, *norm1 = _norm_relu_gradients(inner, hidden, expanded, scale_1, mean1, inverse1, ctx.eps[0])
            inner = _rows(inner)
            input_grad.addmm_(inner, expansion.t())
            rest.append((inputs.t() @ inner, *norm1, *norm2, project_grad))
        expand_grad, *norm_grads, project_grad = (
            each[0] if len(each) == 1 else torch.cat(each, -1) for each in zip(*rest, strict=True)
        )
        return (
            None, None, _maps(input_grad, x), expand_grad.t().reshape(expand.shape), *norm_grads,
            project_grad.view_as(project), *_joined(filter_grads, filters),
        )  # fmt: skip


def _norm_relu_gradients(
    grad: Tensor, output: Tensor, x: Tensor, scale: Tensor, mean: Tensor, inverse: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of `output = relu(batch_norm(x))` in `x`, scale and shift; `grad` is overwritten."""
    torch.ops.aten.threshold_backward.grad_input(grad, output, 0, grad_input=grad)
    gradients: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.native_batch_norm_backward(
        grad, x, scale, None, None, mean, inverse, True, eps, [True, True, True]
    )
    return gradients


def _joined(grads: list[Tensor], filters: Sequence[Tensor]) -> Iterator[Tensor]:
    """Gradients of whole paths from those of their parts."""
    todo = iter(grads)
    for path in filters:
        parts: list[Tensor] = []
        while sum(map(len, parts)) < len(path):
            parts.append(next(todo))
        yield parts[0] if len(parts) == 1 else torch.cat([path[:0], *parts])
