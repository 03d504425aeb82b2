"""Which layers one image passes through, and in which shapes. Nothing is computed: the pass is over meta tensors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class Call:
    """One use of a module. `inputs`, `keywords` and `output` are meta tensors with the shapes of one image."""

    name: str
    module: nn.Module
    inputs: tuple[Any, ...]
    keywords: Mapping[str, Any]
    output: Any

    def argument(self, position: int, keyword: str) -> Tensor:
        """The tensor given at `position`, or by name."""
        found: Tensor = self.inputs[position] if position < len(self.inputs) else self.keywords[keyword]
        return found


@dataclass(frozen=True)
class Trace:
    """All uses of the modules asked for, in order of execution, and every MAC of the pass as torch counts it.

    `macs` maps each module's name to the MACs inside it, children included; "" is the whole net.
    """

    calls: tuple[Call, ...]
    macs: Mapping[str, int]


def owners(name: str) -> list[str]:
    """Everything that a module or parameter is part of: `a.b.c` -> the net (""), a, a.b and a.b.c."""
    parts = name.split(".") if name else []
    return ["", *(".".join(parts[: i + 1]) for i in range(len(parts)))]


def first_names(net: nn.Module) -> dict[str, str]:
    """The first name of every parameter, by each of its names: a weight that modules share has several."""
    first = {id(parameter): name for name, parameter in net.named_parameters()}
    return {name: first[id(parameter)] for name, parameter in net.named_parameters(remove_duplicate=False)}


def deepest(names: Iterable[str]) -> str:
    """The first of the names that are nested most."""
    return max(names, key=lambda name: name.count(".") + bool(name))


def trace(net: nn.Module, image_size: tuple[int, int], wanted: Callable[[nn.Module], bool]) -> Trace:
    """Uses of all `wanted` modules when one `(3, H, W)` image passes `net` in eval mode."""
    shadow = copy.deepcopy(net).to("meta").eval().requires_grad_(False)
    calls: list[Call] = []

    def watch(name: str, watched: nn.Module) -> None:
        watched.register_forward_hook(
            lambda module, inputs, keywords, output: calls.append(Call(name, module, inputs, keywords, output)),
            with_kwargs=True,
        )

    for name, module in shadow.named_modules():
        if wanted(module):
            watch(name, module)
    dtype = next((p.dtype for p in shadow.parameters() if p.is_floating_point()), None)
    # fused attention kernels are unknown to torch's counter on some devices
    with torch.no_grad(), FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        shadow(torch.zeros(1, 3, *image_size, device="meta", dtype=dtype))
    flops = {name: sum(by_operator.values()) for name, by_operator in counter.get_flop_counts().items()}
    root = f"{type(shadow).__name__}."
    inside = {name.removeprefix(root): count // 2 for name, count in flops.items() if name.startswith(root)}
    return Trace(tuple(calls), inside | {"": counter.get_total_flops() // 2})
