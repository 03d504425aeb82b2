"""A training step through the hidden channels of a searching block on the CPU: one function, gradients by hand.

Channels are cut into parts that are tensors of their own from expansion to projection.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import custom_bwd, custom_fwd
from torch.autograd.function import once_differentiable

from supertickets.kernels import KernelsUnavailable
from supertickets.supernet.compiled import CompiledHidden
from supertickets.supernet.hidden import Hidden, Norm, Running, Sizes
from supertickets.supernet.plain import PlainHidden

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
        (Running.of(expand_bn), Running.of(depthwise_bn)), stride, x, expand.weight, expand_bn.weight,
        expand_bn.bias, depthwise_bn.weight, depthwise_bn.bias, project.weight, *filters,
    )  # fmt: skip
    return result


def fusible(*norms: nn.BatchNorm2d) -> bool:
    """Whether BatchNorms normalise by themselves: one that waits for other processes is a module of its own kind."""
    return all(type(norm) is nn.BatchNorm2d for norm in norms)


@functools.cache
def compiled() -> Hidden | None:
    """The compiled kernels, if there is a compiler."""
    try:
        return CompiledHidden()
    except KernelsUnavailable as error:
        warnings.warn(f"training goes on without compiled kernels, more slowly: {error}", stacklevel=2)
        return None


def way_for(tensors: Iterable[Tensor]) -> Hidden:
    """The compiled kernels for float32 and one thread, torch for the rest."""
    kinds = {(tensor.dtype, tensor.device.type) for tensor in tensors}
    if kinds == {(torch.float32, "cpu")} and torch.get_num_threads() == 1 and (found := compiled()) is not None:
        return found
    return PlainHidden()


def _rows(x: Tensor) -> Tensor:
    """`(B, C, H, W) -> (B * H * W, C)`, a view if `x` is channels-last."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


def _maps(matrix: Tensor, batch: int, height: int, width: int) -> Tensor:
    """The inverse of `_rows`; channels-last."""
    return matrix.view(batch, height, width, -1).permute(0, 3, 1, 2)


def _parts(filters: Sequence[Tensor], channel_bytes: int) -> list[list[Tensor]]:
    """Filters of consecutive hidden channels: those of all paths together, or each path by itself, long ones cut."""
    used = [path for path in filters if len(path)]
    if sum(map(len, used)) * channel_bytes <= PART_BYTES:
        return [used]
    fitting = PART_BYTES // channel_bytes // PART_MULTIPLE * PART_MULTIPLE
    return [[part] for path in used for part in path.split(max(fitting, PART_MULTIPLE))]


class _HiddenPaths(torch.autograd.Function):
    @staticmethod
    @custom_fwd(device_type="cpu", cast_inputs=torch.float32)  # type: ignore[untyped-decorator]
    def forward(
        ctx: Any, running: tuple[Running, Running], stride: int, x: Tensor, expand: Tensor, scale1: Tensor,
        shift1: Tensor, scale2: Tensor, shift2: Tensor, project: Tensor, *filters: Tensor,
    ) -> Tensor:  # fmt: skip
        inputs, sizes = _rows(x), Sizes(x.shape[0], x.shape[2], x.shape[3], stride)
        buffers = (buffer for each in running for buffer in (each.mean, each.variance))
        way = way_for((x, expand, scale1, shift1, scale2, shift2, project, *filters, *buffers))
        parts = _parts(filters, len(inputs) * x.element_size())
        widths = [sum(map(len, paths)) for paths in parts]
        first, second = Norm(scale1, shift1, running[0]), Norm(scale2, shift2, running[1])
        total: Tensor | None = None
        saved: list[Tensor] = []
        for paths, expansion, norm1, norm2, projection in zip(
            parts, expand.flatten(1).split(widths), first.split(widths), second.split(widths),
            project.flatten(1).split(widths, 1), strict=True,
        ):  # fmt: skip
            normal, kept = way.forward(inputs @ expansion.t(), sizes, paths, norm1, norm2)
            saved += [normal, *kept]
            path = normal @ projection.t()
            total = path if total is None else total.add_(path)
        assert total is not None
        ctx.save_for_backward(x, expand, scale1, shift1, scale2, shift2, project, *filters, *saved)
        ctx.paths, ctx.sizes, ctx.way, ctx.parts, ctx.running = len(filters), sizes, way, len(parts), running
        return _maps(total, sizes.batch, sizes.out_height, sizes.out_width)

    @staticmethod
    @once_differentiable
    @custom_bwd(device_type="cpu")  # type: ignore[untyped-decorator]
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, expand, scale1, shift1, scale2, shift2, project, *others = ctx.saved_tensors
        filters, saved = others[: ctx.paths], others[ctx.paths :]
        inputs, outer, sizes, way = _rows(x), _rows(grad), ctx.sizes, ctx.way
        parts = _parts(filters, len(inputs) * x.element_size())
        widths = [sum(map(len, paths)) for paths in parts]
        first, second = Norm(scale1, shift1, ctx.running[0]), Norm(scale2, shift2, ctx.running[1])
        # stored column by column: MKL is slow where the right side of a narrow product is stored row by row
        expansions = expand.flatten(1).t().contiguous().split(widths, 1)
        input_grad = torch.zeros_like(inputs)
        filter_grads: list[Tensor] = []
        rest = []
        each = len(saved) // ctx.parts
        for part, (paths, expansion, norm1, norm2, projection) in enumerate(zip(
            parts, expansions, first.split(widths), second.split(widths), project.flatten(1).split(widths, 1),
            strict=True,
        )):  # fmt: skip
            normal, *kept = saved[part * each : (part + 1) * each]
            gradients = way.backward(outer @ projection, sizes, paths, norm1, norm2, kept)
            filter_grads += gradients.filters
            input_grad.addmm_(gradients.expanded, expansion.t())
            rest.append((inputs.t() @ gradients.expanded, *gradients.norms, outer.t() @ normal))
        expand_grad, *norm_grads, project_grad = (
            each[0] if len(each) == 1 else torch.cat(each, -1) for each in zip(*rest, strict=True)
        )
        return (
            None, None, _maps(input_grad, sizes.batch, sizes.height, sizes.width),
            expand_grad.t().reshape(expand.shape), *norm_grads, project_grad.view_as(project),
            *_joined(filter_grads, filters),
        )  # fmt: skip


def _joined(grads: list[Tensor], filters: Sequence[Tensor]) -> Iterator[Tensor]:
    """Gradients of whole paths from those of their parts."""
    todo = iter(grads)
    for path in filters:
        parts: list[Tensor] = []
        while sum(map(len, parts)) < len(path):
            parts.append(next(todo))
        yield parts[0] if len(parts) == 1 else torch.cat([path[:0], *parts])
