"""Forward passes of training steps by `torch.compile`: kernels for the net as it is now, made anew when it shrinks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

BACKEND = "inductor"
"""Of `torch.compile`; it needs a C++ compiler on the CPU and Triton on a GPU."""


class CompiledForward:
    """Calls a net in train mode; what it computes is what the net computes, but for rounding.

    The first call, and the first one after `forget`, compiles for seconds to minutes.
    """

    def __init__(self, net: nn.Module) -> None:
        self.net = net
        self._call: Callable[..., Any] | None = None

    def __call__(self, inputs: Any) -> Any:
        if self._call is None:
            from torch._inductor import config

            config.fallback_random = True  # dropout draws what it draws otherwise, where it can
            # what earlier shapes have left counts towards a limit after which torch silently stops compiling
            torch.compiler.reset()
            self._call = torch.compile(self.net, backend=BACKEND, dynamic=False)
        return self._call(inputs)

    def forget(self) -> None:
        """The net has another shape now."""
        self._call = None
