"""The hidden channels of a searching block by the kernels of `hidden.c`: float32, one thread."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import byref
from pathlib import Path

import torch
from torch import Tensor

from supertickets.kernels import library
from supertickets.supernet.hidden import Gradients, Norm, Sizes

SOURCE = Path(__file__).with_name("hidden.c")
_ADDRESS, _INTEGER, _FLOAT = ctypes.c_void_p, ctypes.c_int64, ctypes.c_float


class _Shape(ctypes.Structure):
    """`Shape` of `hidden.c`."""

    _fields_ = [(name, _INTEGER) for name in ("batch", "height", "width", "out_height", "out_width", "stride", "step")]


class _Path(ctypes.Structure):
    """`Path` of `hidden.c`."""

    _fields_ = [("channels", _INTEGER), ("size", _INTEGER), ("filters", _ADDRESS), ("filter_grads", _ADDRESS)]


class _Norm(ctypes.Structure):
    """`Norm` of `hidden.c`."""

    _fields_ = [
        *(
            (name, _ADDRESS)
            for name in (
                "scale", "shift", "mean", "inverse", "running_mean", "running_variance", "scale_grad", "shift_grad"
            )
        ),
        ("momentum", _FLOAT),
        ("eps", _FLOAT),
    ]  # fmt: skip


class CompiledHidden:
    """Every few channels go through all operations while they are in the cache.

    Raises:
        KernelsUnavailable: there is no C compiler.
    """

    def __init__(self) -> None:
        kernels = library(SOURCE)
        self._forward, self._backward = kernels.forward, kernels.backward
        self._forward.argtypes = (_ADDRESS, _ADDRESS, _INTEGER, *[_ADDRESS] * 5)
        self._backward.argtypes = (_ADDRESS, _ADDRESS, _INTEGER, *[_ADDRESS] * 6)

    def forward(
        self, expanded: Tensor, sizes: Sizes, filters: Sequence[Tensor], first: Norm, second: Norm
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        channels = expanded.shape[1]
        filtered = expanded.new_empty(sizes.batch * sizes.out_height * sizes.out_width, channels)
        normal, moments = torch.empty_like(filtered), expanded.new_empty(4, channels)
        paths = [path.contiguous() for path in filters]
        _check(
            self._forward(
                byref(_shape(sizes, channels)), _paths(paths), len(paths), expanded.data_ptr(),
                byref(_norm(first, moments, 0)), byref(_norm(second, moments, 2)), filtered.data_ptr(),
                normal.data_ptr(),
            )
        )  # fmt: skip
        return normal, (expanded, moments, filtered)

    def backward(
        self, grad: Tensor, sizes: Sizes, filters: Sequence[Tensor], first: Norm, second: Norm, kept: Sequence[Tensor]
    ) -> Gradients:
        expanded, moments, filtered = kept
        expanded_grad, norm_grads = torch.empty_like(expanded), torch.empty_like(moments)
        paths = [path.contiguous() for path in filters]
        filter_grads = [torch.empty_like(path) for path in paths]
        _check(
            self._backward(
                byref(_shape(sizes, expanded.shape[1])), _paths(paths, filter_grads), len(paths), grad.data_ptr(),
                expanded.data_ptr(), filtered.data_ptr(), byref(_norm(first, moments, 0, norm_grads)),
                byref(_norm(second, moments, 2, norm_grads)), expanded_grad.data_ptr(),
            )
        )  # fmt: skip
        return Gradients(expanded_grad, filter_grads, norm_grads.unbind())


def _shape(sizes: Sizes, channels: int) -> _Shape:
    return _Shape(*sizes[:3], sizes.out_height, sizes.out_width, sizes.stride, channels)


def _paths(filters: list[Tensor], grads: list[Tensor] | None = None) -> ctypes.Array[_Path]:
    outs = [grad.data_ptr() for grad in grads] if grads is not None else [0] * len(filters)
    pairs = zip(filters, outs, strict=True)
    return (_Path * len(filters))(*(_Path(len(path), path.shape[2], path.data_ptr(), out) for path, out in pairs))


def _norm(norm: Norm, moments: Tensor, row: int, grads: Tensor | None = None) -> _Norm:
    """With mean, inverse deviation and gradients in rows `row` and `row + 1` of `(4, C)`."""
    step = 4 * moments.shape[1]
    kept = moments.data_ptr() + row * step
    out = grads.data_ptr() + row * step if grads is not None else 0
    running = norm.running
    return _Norm(
        norm.scale.data_ptr(), norm.shift.data_ptr(), kept, kept + step, running.mean.data_ptr(),
        running.variance.data_ptr(), out, out + step, running.momentum, running.eps,
    )  # fmt: skip


def _check(failed: int) -> None:
    if failed:
        raise MemoryError("no memory for one channel of a searching block: train on smaller batches or images")
