"""Memory layout of tensors: one canonical form, because kernels are chosen by strides and results by kernels."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

INTEGERS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
"""As wide as a number of so many bytes: types under which its bits are seen as they are."""


def canonical(tensor: Tensor) -> Tensor:
    """Copy of `tensor` with channels-last strides if it is 4-d, else contiguous.

    `Tensor.contiguous` leaves ambiguous strides (one channel, 1x1 filters) as it finds them; a resumed run would
    then meet other strides than the run it continues, choose other kernels and differ in the last bit.
    """
    layout = torch.channels_last if tensor.dim() == 4 else torch.contiguous_format
    return torch.empty_like(tensor, memory_format=layout).copy_(tensor)


def stored_form(tensor: Tensor) -> Tensor:
    """Row-major copy on the CPU that shares memory with nothing: how tickets and files hold tensors."""
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


_INITIALISING = {Tensor.normal_, Tensor.uniform_, Tensor.zero_, Tensor.fill_}


class _Outline(TorchFunctionMode):
    """Uninitialised tensors are on the meta device, where they have no memory, and stay uninitialised.

    Not all tensors: what is computed at once, on the meta device, makes torch load a compiler, which takes seconds.
    """

    def __torch_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...] = (), keywords: dict[str, Any] | None = None
    ) -> Any:
        if function is torch.empty:
            return function(*arguments, **{**(keywords or {}), "device": "meta"})
        if function in _INITIALISING or getattr(function, "__module__", "") == nn.init.__name__:
            tensor = arguments[0] if arguments else (keywords or {})["tensor"]
            if tensor.is_meta:
                return tensor
        return function(*arguments, **(keywords or {}))


def outlined() -> AbstractContextManager[Any]:
    """Nets built meanwhile have weights with type and shape but without memory, however large they are."""
    return _Outline()


def to_device(net: nn.Module, device: torch.device) -> None:
    """Move `net` to `device`, weights in the canonical layout, in place."""
    net.to(device)
    net.to(memory_format=torch.channels_last)


def gradients(tensors: list[Tensor]) -> list[Tensor]:
    """Gradients after a backward pass that reached every tensor.

    Raises:
        RuntimeError: when it did not.
    """
    grads = [tensor.grad for tensor in tensors if tensor.grad is not None]
    if len(grads) < len(tensors):
        raise RuntimeError(f"{len(tensors) - len(grads)} tensors have no gradient: was the net run in this step?")
    return grads
