"""Nets whose weights are computed from other tensors in every pass, as the plain nets that inference runs.

`torch.nn.utils.prune` multiplies a weight by a mask, `weight_norm`, `spectral_norm` and every other parametrisation
compute it from factors. Here they are what their `remove` functions leave: one weight, and of a pruned one its mask.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.utils import parametrize, prune, remove_spectral_norm, remove_weight_norm
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from supertickets.masks import Masks


class Plain(NamedTuple):
    """A net without computed weights, and the masks (True = kept) that they were pruned with."""

    net: nn.Module
    masks: Masks

    def under(self, masks: Mapping[str, Tensor]) -> Masks:
        """These masks and its own: what both keep."""
        both = dict(masks)
        for name, mask in self.masks.items():
            both[name] = mask & both[name] if name in both else mask
        return both


def plain(net: nn.Module) -> Plain:
    """The net itself where no weight is computed, else a copy with the weights that they come to."""
    if not any(parametrize.is_parametrized(module) or any(_computing(module)) for module in net.modules()):
        return Plain(net, {})
    net, masks = copied(net), {}
    for path, module in list(net.named_modules()):
        for hook in list(_computing(module)):
            if isinstance(hook, prune.BasePruningMethod):
                name = hook._tensor_name
                masks[f"{path}.{name}".removeprefix(".")] = getattr(module, f"{name}_mask").bool()
                prune.remove(module, name)
            elif isinstance(hook, WeightNorm):
                remove_weight_norm(module, hook.name)
            else:
                remove_spectral_norm(module, hook.name)
        if parametrize.is_parametrized(module):
            # removal changes the class, which copies share
            kind = type(module)
            own = {name: value for name, value in vars(kind).items() if name not in {"__dict__", "__weakref__"}}
            module.__class__ = type(kind.__name__, kind.__bases__, own)
            for name in list(module.parametrizations):
                _settle(module, name)
    alive = {name for name, _ in net.named_parameters()}
    return Plain(net, {name: mask for name, mask in masks.items() if name in alive})


def _settle(module: nn.Module, name: str) -> None:
    """Put what a parametrised tensor comes to in its place: a parameter, if it is computed from any."""
    trained = any(True for _ in module.get_submodule(f"parametrizations.{name}").parameters(recurse=False))
    parametrize.remove_parametrizations(module, name)
    value = getattr(module, name).detach()
    if trained and name not in module._parameters:
        delattr(module, name)
        module.register_parameter(name, nn.Parameter(value))


def copied(net: nn.Module) -> nn.Module:
    """A deep copy, also of a net that holds results of autograd, which torch does not copy."""
    held = [value for module in net.modules() for value in vars(module).values() if isinstance(value, Tensor)]
    return copy.deepcopy(net, {id(value): value.detach().clone() for value in held if not value.is_leaf})


def _computing(module: nn.Module) -> Iterator[prune.BasePruningMethod | WeightNorm | SpectralNorm]:
    """Hooks that compute a weight before every call."""
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, prune.BasePruningMethod | WeightNorm | SpectralNorm):
            yield hook
