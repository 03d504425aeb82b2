"""All matrix products of a net for one image, in order of execution.

Nothing is computed: shapes come from a pass over meta tensors, products from the rules of `supertickets.products`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from supertickets.products import Product, ProductError, Rule, WeightProduct, rule_of


@dataclass(frozen=True)
class NetProduct:
    """A product of one call of a layer.

    Attributes:
        layer: the module's name in the net, "" for the net itself.
        name: of the product, unique unless the layer is called again.
        weight: first name of the parameter, which modules may share; None for a product of two activations.
        shape: `(groups, dot products, K)` of the operand that stays.
        product: as the layer's rule has it.
    """

    layer: str
    name: str
    weight: str | None
    shape: tuple[int, int, int]
    product: Product

    @property
    def macs(self) -> int:
        """Dense multiply-accumulates."""
        return prod(self.shape) * self.product.vectors

    def mask(self, masks: Mapping[str, Tensor]) -> Tensor | None:
        """Of the operand that stays, in its `shape`; None where all of it is kept."""
        if isinstance(self.product, WeightProduct) and (mask := masks.get(self.weight or "")) is not None:
            return self.product.matrices(mask)
        return None


def net_products(net: nn.Module, image_size: tuple[int, int]) -> tuple[NetProduct, ...]:
    """The products when one `(3, H, W)` image passes `net` in eval mode; a layer called twice has them twice.

    Where torch sees more multiplications than the rules do, a product has been written without a module: that is
    refused. The opposite is not, as torch does not know every operation.

    Raises:
        ProductError: a called layer with weights has no rule, or a product belongs to none (it names the module).
    """
    shadow = copy.deepcopy(net).to("meta").eval().requires_grad_(False)
    first = {id(parameter): name for name, parameter in net.named_parameters()}
    first_names = {name: first[id(parameter)] for name, parameter in net.named_parameters(remove_duplicate=False)}
    found: list[NetProduct] = []

    def watch(layer: str, watched: nn.Module, rule: Rule | None) -> None:
        def called(module: nn.Module, inputs: tuple[Any, ...], keywords: dict[str, Any], output: Any) -> None:
            if rule is None:
                raise _unknown(layer, module, "owns weights but has no rule")
            arguments = signature(module.forward).bind(*inputs, **keywords).args
            found.extend(_placed(layer, module, product, first_names) for product in rule(module, arguments, output))

        watched.register_forward_hook(called, with_kwargs=True)

    for name, module in shadow.named_modules():
        rule = rule_of(module)
        if rule is not None or _owns_weights(module):
            watch(name, module, rule)
    dtype = next((p.dtype for p in shadow.parameters() if p.is_floating_point()), None)
    # fused attention kernels are unknown to torch's counter on some devices
    with torch.no_grad(), FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        shadow(torch.zeros(1, 3, *image_size, device="meta", dtype=dtype))
    _refuse_uncounted(shadow, counter, found)
    return tuple(found)


def _placed(layer: str, module: nn.Module, product: Product, first_names: Mapping[str, str]) -> NetProduct:
    """The product in names of the net."""
    part = f" ({product.part})" if product.part else ""
    if not isinstance(product, WeightProduct):
        return NetProduct(layer, f"{layer}{part}", None, product.shape, product)
    name = f"{layer}.{product.weight}" if layer else product.weight
    groups, rows, length = product.matrices(module.get_parameter(product.weight)).shape
    return NetProduct(layer, f"{name}{part}", first_names[name], (groups, rows, length), product)


def _refuse_uncounted(net: nn.Module, counter: FlopCounterMode, found: list[NetProduct]) -> None:
    ours: dict[str, int] = {}
    for product in found:
        parts = product.layer.split(".") if product.layer else []
        for depth in range(len(parts) + 1):
            owner = ".".join(parts[:depth])
            ours[owner] = ours.get(owner, 0) + product.macs
    root = f"{type(net).__name__}."
    flops = {name: sum(by_operator.values()) for name, by_operator in counter.get_flop_counts().items()}
    theirs = {name.removeprefix(root): count // 2 for name, count in flops.items() if name.startswith(root)}
    theirs[""] = counter.get_total_flops() // 2
    if missed := [name for name, macs in theirs.items() if macs > ours.get(name, 0)]:
        deepest = max(missed, key=lambda name: name.count(".") + bool(name))
        why = f"multiplies {theirs[deepest]} times, its rules count {ours.get(deepest, 0)}"
        raise _unknown(deepest, net.get_submodule(deepest), why)


def _unknown(name: str, module: nn.Module, why: str) -> ProductError:
    kind = type(module).__name__
    remedy = f"register one with @products_of({kind}) from supertickets.products"
    return ProductError(f"{name or 'the net itself'}: {kind} {why}; {remedy}")


def _owns_weights(module: nn.Module) -> bool:
    """Whether a module holds a parameter of at least two dimensions itself, or in a list or dict of its own."""
    lists = [child for child in module.children() if isinstance(child, nn.ParameterList | nn.ParameterDict)]
    return any(p.dim() > 1 for owner in (module, *lists) for p in owner.parameters(recurse=False))
