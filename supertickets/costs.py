"""Parameters and multiply-accumulates (MACs) of a net, dense and under a mask, layer by layer.

Convention: one MAC is one multiplication with its addition; FLOPs would be exactly twice that. Convolutions, linear
layers and the two products of attention count; normalisation, activation, pooling, resizing and additions do not.
Costs are for one image. Nothing is run: shapes come from a pass over meta tensors, counts from closed forms.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any

import torch
from torch import Tensor, nn

from supertickets.counting_rules import rule_of


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


def cost(net: nn.Module, image_size: tuple[int, int], masks: Mapping[str, Tensor] | None = None) -> Cost:
    """Cost of `net` for one `(3, H, W)` image; weights outside `masks` count as non-zero where no mask is given.

    A module called several times counts every time; a weight shared by several modules is one parameter.

    Raises:
        ValueError: when a called layer with weights has no counting rule (the message names it).
    """
    masks = masks or {}
    parameters = dict(net.named_parameters())
    first_name = {id(parameter): name for name, parameter in parameters.items()}
    names = {name: first_name[id(p)] for name, p in net.named_parameters(remove_duplicate=False)}
    nonzero = {
        name: int(masks[name].sum()) if name in masks else parameter.numel() for name, parameter in parameters.items()
    }
    shadow = copy.deepcopy(net).to("meta").eval()
    macs: dict[str, tuple[int, int]] = {}

    def record(name: str, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        rule = rule_of(module)
        if rule is None:
            raise ValueError(
                f"{name or 'the net itself'}: {type(module).__name__} owns weights but has no counting rule; "
                f"register one with @counts({type(module).__name__}) from supertickets.counting_rules"
            )
        inputs = signature(module.forward).bind(*args, **kwargs).args
        prefix = f"{name}." if name else ""
        for weight, times, rows in rule(module, inputs, output):
            if weight is None:
                key, dense, kept = f"{name} (products)", times, times
            else:
                key = names[f"{prefix}{weight}"]
                elements = parameters[key][rows].numel()
                dense = times * elements
                kept = times * (int(masks[key][rows].sum()) if key in masks else elements)
            before = macs.get(key, (0, 0))
            macs[key] = before[0] + dense, before[1] + kept

    for name, module in shadow.named_modules():
        if rule_of(module) or _owns_weights(module):
            module.register_forward_hook(partial(record, name), with_kwargs=True)
    dtype = next((p.dtype for p in parameters.values() if p.is_floating_point()), None)
    with torch.no_grad():
        shadow(torch.zeros(1, 3, *image_size, device="meta", dtype=dtype))
    layers = tuple(
        LayerCost(key, parameters[key].numel() if key in parameters else 0, nonzero.get(key, 0), *both)
        for key, both in macs.items()
    )
    return Cost(
        params_total=sum(parameter.numel() for parameter in parameters.values()),
        params_nonzero=sum(nonzero.values()),
        macs_dense=sum(layer.macs_dense for layer in layers),
        macs_nonzero=sum(layer.macs_nonzero for layer in layers),
        layers=layers,
    )


def _owns_weights(module: nn.Module) -> bool:
    """Whether a module holds a parameter of at least two dimensions itself, or in a list or dict of its own."""
    lists = [child for child in module.children() if isinstance(child, nn.ParameterList | nn.ParameterDict)]
    return any(p.dim() > 1 for owner in (module, *lists) for p in owner.parameters(recurse=False))
