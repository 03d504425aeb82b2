"""Parameters and multiply-accumulates (MACs) of a net, dense and under a mask, layer by layer.

Convention: one MAC is one multiplication with its addition; FLOPs would be exactly twice that. Convolutions, linear
layers and the two products of attention count; normalisation, activation, pooling, resizing and additions do not.
Costs are for one image. Nothing is run: shapes come from a pass over meta tensors, counts from closed forms.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from supertickets.supernet.depthwise import MixedDepthwise
from supertickets.supernet.transformer import Attention


@dataclass(frozen=True)
class LayerCost:
    """Cost of one weight (or of a product without weights, `params_total` 0)."""

    name: str
    params_total: int
    params_nonzero: int
    macs_dense: int
    macs_nonzero: int


@dataclass(frozen=True)
class Cost:
    """Cost of a whole net for one image.

    `params_*` count every parameter, BatchNorm and biases included; `macs_official` is the public code's
    estimate, dense MACs times the share of parameters that remain.
    """

    params_total: int
    params_nonzero: int
    macs_dense: int
    macs_nonzero: int
    layers: tuple[LayerCost, ...]

    @property
    def macs_official(self) -> float:
        return self.macs_dense * self.params_nonzero / self.params_total


# (suffix of the weight's name, MACs of each output row of that weight); no suffix: a product without weights
Rows = Iterator[tuple[str | None, int]]
_COUNTERS: dict[type[nn.Module], Callable[[Any, tuple[Tensor, ...], Tensor], Rows]] = {}


def counts(kind: type[nn.Module]) -> Callable[[Callable[..., Rows]], Callable[..., Rows]]:
    """Register how a module type counts: yields (weight name, uses of every single weight) per image."""

    def register(counter: Callable[..., Rows]) -> Callable[..., Rows]:
        _COUNTERS[kind] = counter
        return counter

    return register


@counts(nn.Conv2d)
def _conv(_module: nn.Conv2d, _inputs: tuple[Tensor, ...], output: Tensor) -> Rows:
    yield "weight", output.shape[2] * output.shape[3]


@counts(nn.Linear)
def _linear(_module: nn.Linear, _inputs: tuple[Tensor, ...], output: Tensor) -> Rows:
    yield "weight", output[0].numel() // output.shape[-1]


@counts(MixedDepthwise)
def _depthwise(module: MixedDepthwise, _inputs: tuple[Tensor, ...], output: Tensor) -> Rows:
    for path, weight in enumerate(module.weights):
        if len(weight):
            yield f"weights.{path}", output.shape[2] * output.shape[3]


@counts(Attention)
def _attention(module: Attention, inputs: tuple[Tensor, ...], _output: Tensor) -> Rows:
    queries, memory = inputs[0].shape[-2], inputs[1].shape[-2]
    yield "in_proj.weight", queries if queries == memory else -1
    yield None, 2 * queries * memory * module.width


def cost(net: nn.Module, image_size: tuple[int, int], masks: Mapping[str, Tensor] | None = None) -> Cost:
    """Cost of `net` for one `(3, H, W)` image; weights outside `masks` count as non-zero where no mask is given.

    Raises:
        ValueError: when a called layer with weights has no counting rule (the message names it).
    """
    masks = masks or {}
    nonzero = {
        name: int(masks[name].sum()) if name in masks else parameter.numel()
        for name, parameter in net.named_parameters()
    }
    total = {name: parameter.numel() for name, parameter in net.named_parameters()}
    shadow = copy.deepcopy(net).to("meta").eval()
    layers: list[LayerCost] = []

    def record(name: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        for suffix, uses in _COUNTERS[type(module)](module, inputs, output):
            if suffix is None:
                layers.append(LayerCost(f"{name} (products)", 0, 0, uses, uses))
                continue
            if uses < 0:
                raise ValueError(f"{name}: attention between sets of different size has no counting rule")
            weight = f"{name}.{suffix}" if name else suffix
            layers.append(
                LayerCost(weight, total[weight], nonzero[weight], total[weight] * uses, nonzero[weight] * uses)
            )

    hooks = []
    for name, module in shadow.named_modules():
        if type(module) in _COUNTERS:
            hooks.append(module.register_forward_hook(lambda m, i, o, name=name: record(name, m, i, o)))
    with torch.no_grad():
        shadow(torch.zeros(1, 3, *image_size, device="meta"))
    return Cost(
        params_total=sum(total.values()),
        params_nonzero=sum(nonzero.values()),
        macs_dense=sum(layer.macs_dense for layer in layers),
        macs_nonzero=sum(layer.macs_nonzero for layer in layers),
        layers=tuple(layers),
    )
