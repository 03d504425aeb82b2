"""A second device for machines that have none: tensors that compute on the CPU but may not be mixed with the CPU's.

Inside `second_device()`, what is created on or moved to the device `meta` is a `Placed` tensor. An operation that
gets both kinds fails, as it does on a GPU, but for what a GPU allows: copies, scalars, and CPU indices.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = "meta"
"""The name that is free: torch accepts it everywhere, and asks no driver."""

ACROSS = ("_to_copy", "copy_", "_foreach_copy_")
"""Operations that move values between devices."""

INDEXING = ("index", "index_put_", "_index_put_impl_")
"""Operations that take indices from the CPU too."""


class Placed(Tensor):
    """A tensor on the second device; `inner` holds its values."""

    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> Placed:
        placed: Placed = Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, inner.shape, strides=inner.stride(), storage_offset=inner.storage_offset(),
            dtype=inner.dtype, device=DEVICE, requires_grad=inner.requires_grad,
        )  # fmt: skip
        placed.inner = inner
        return placed

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(function, args, kwargs or {})


class _Unasked(TorchFunctionMode):
    """What never becomes an operation: literals, which would be empty, and the exchange of a tensor's values."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        named = dict(kwargs or {})
        if function is torch.tensor and named.get("device") is not None:
            return torch.tensor(*args, **{**named, "device": None}).to(named["device"])
        if function == Tensor.data.__set__ and isinstance(args[0], Placed):  # type: ignore[attr-defined]
            args[0].inner = args[1].inner
        return function(*args, **named)


class _Mode(TorchDispatchMode):
    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(function, args, kwargs or {})


def _run(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    name = function._schema.name.removeprefix("aten::")
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    placed = any(isinstance(tensor, Placed) for tensor in tensors)
    target = kwargs.get("device")
    if target is not None:
        here = torch.device(target).type == DEVICE
        kwargs = {**kwargs, "device": torch.device("cpu")}
    else:
        here = isinstance(args[0], Placed) if name in ACROSS else placed
    if placed and name not in ACROSS:
        _check(name, args, kwargs)

    def inner(leaf: Any) -> Any:
        return leaf.inner if isinstance(leaf, Placed) else leaf

    given, named = tree_map(inner, args), tree_map(inner, kwargs)
    result = function(*given, **named)
    written = {id(inner(leaf)): leaf for leaf in tensors}

    def outer(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return leaf
        if id(leaf) in written:  # in place
            return written[id(leaf)]
        return Placed(leaf) if here else leaf

    return tree_map(outer, result)


def _check(name: str, args: Any, kwargs: dict[str, Any]) -> None:
    asked = args[:1] if name in INDEXING and isinstance(args[0], Placed) else (args, kwargs)
    for leaf in tree_leaves(asked):
        if isinstance(leaf, Tensor) and not isinstance(leaf, Placed) and leaf.dim() > 0:
            raise RuntimeError(f"{name}: a tensor of shape {tuple(leaf.shape)} is on the CPU, others are not")
        if isinstance(leaf, torch.Generator):
            raise RuntimeError(f"{name}: a generator of the CPU draws for another device")


@contextmanager
def second_device() -> Iterator[str]:
    """Where the second device exists; gives its name."""
    fused = "torch.optim.optimizer._get_fused_kernels_supported_devices"
    with _Unasked(), _Mode(), patch(fused, lambda: ["cpu", DEVICE]):
        yield DEVICE
