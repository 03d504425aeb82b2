"""Parameters and multiply-accumulates (MACs) of a net, dense and under a mask, layer by layer.

Convention: one MAC is one multiplication with its addition; FLOPs would be exactly twice that. Convolutions, linear
layers and the two products of attention count; normalisation, activation, pooling, resizing and additions do not.
Costs are for one image. Nothing is run: shapes come from a pass over meta tensors, counts from closed forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature

from torch import Tensor, nn

from supertickets.counting_rules import rule_of
from supertickets.masks import check_fit
from supertickets.tracing import Trace, deepest, first_names, owners, trace


class CostError(ValueError):
    """A net that cannot be counted to the last multiplication; the message names the module and the remedy."""


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

    A module called several times counts every time; a weight shared by several modules is one parameter. Where torch
    sees more multiplications than the rules do, a product has been written without a module: that is refused.

    Raises:
        CostError: a called layer with weights has no counting rule, or a product belongs to none (it names the module).
        MaskError: a mask that does not belong to the net.
    """
    masks = masks or {}
    parameters = dict(net.named_parameters())
    check_fit(parameters, masks)
    names = first_names(net)
    nonzero = {
        name: int(masks[name].sum()) if name in masks else parameter.numel() for name, parameter in parameters.items()
    }
    macs: dict[str, tuple[int, int]] = {}
    inside: dict[str, int] = {}
    traced = trace(net, image_size, lambda module: rule_of(module) is not None or _owns_weights(module))
    for call in traced.calls:
        rule = rule_of(call.module)
        if rule is None:
            kind = type(call.module).__name__
            raise CostError(
                f"{call.name or 'the net itself'}: {kind} owns weights but has no counting rule; "
                f"register one with @counts({kind}) from supertickets.counting_rules"
            )
        inputs = signature(call.module.forward).bind(*call.inputs, **call.keywords).args
        prefix = f"{call.name}." if call.name else ""
        for weight, times, rows in rule(call.module, inputs, call.output):
            if weight is None:
                key, dense, kept = f"{call.name} (products)", times, times
            else:
                key = names[f"{prefix}{weight}"]
                elements = parameters[key][rows].numel()
                dense = times * elements
                kept = times * (int(masks[key][rows].sum()) if key in masks else elements)
            before = macs.get(key, (0, 0))
            macs[key] = before[0] + dense, before[1] + kept
            for owner in owners(call.name):
                inside[owner] = inside.get(owner, 0) + dense
    _refuse_uncounted(net, traced, inside)
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


def _refuse_uncounted(net: nn.Module, traced: Trace, inside: Mapping[str, int]) -> None:
    """Torch knows convolutions, matrix products and attention wherever they are called; it may know fewer than we."""
    if missed := [name for name, macs in traced.macs.items() if macs > inside.get(name, 0)]:
        name = deepest(missed)
        kind = type(net.get_submodule(name)).__name__
        raise CostError(
            f"{name or 'the net itself'}: {kind} multiplies {traced.macs[name]} times, its rules count "
            f"{inside.get(name, 0)}; register a rule with @counts({kind}) from supertickets.counting_rules"
        )


def _owns_weights(module: nn.Module) -> bool:
    """Whether a module holds a parameter of at least two dimensions itself, or in a list or dict of its own."""
    lists = [child for child in module.children() if isinstance(child, nn.ParameterList | nn.ParameterDict)]
    return any(p.dim() > 1 for owner in (module, *lists) for p in owner.parameters(recurse=False))
