"""Training under a mask: pruned weights are frozen bit for bit at a cost of one multiply per step.

A pruned weight holds +0 in the net while its value waits in a stash, so the forward pass needs no mask; its
gradient is multiplied to 0 after each backward pass and its optimizer moments start at 0. Every optimizer whose
update vanishes for zero weight, gradient and moments therefore leaves it exactly where it is: SGD with momentum,
weight decay, Adam, AdamW and RMSProp alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

import torch
from torch import Tensor, nn

from supertickets.masks import MaskError, Masks, check_masks, prunable
from supertickets.memory import canonical, gradients

StoredValue = Literal["kept", "zero", "moving"]


class UnitFollower(Protocol):
    """Something that holds tensors shaped like parameters and has to shrink when search units are removed."""

    def cut(self, name: str, dim: int, index: Tensor) -> None:
        """Keep `index` along `dim` of whatever belongs to tensor `name`."""

    def drop(self, name: str) -> None:
        """Forget whatever belongs to tensor `name`, which is gone."""


class Averages:
    """Exponential moving average of all parameters and BatchNorm statistics of a net (paper, ImageNet settings).

    The decay warms up as (1 + n) / (10 + n) after n updates, so that early averages are not the initialisation.
    """

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.values = {name: value.detach().clone() for name, value in self._source(net).items()}

    @staticmethod
    def _source(net: nn.Module) -> dict[str, Tensor]:
        return {name: value for name, value in net.state_dict().items() if value.is_floating_point()}

    @torch.no_grad()
    def update(self, net: nn.Module) -> float:
        """Move every average towards its current value; returns by which share of the way."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        source = self._source(net)
        torch._foreach_lerp_([self.values[name] for name in source], list(source.values()), 1 - decay)
        return 1 - decay

    @torch.no_grad()
    def adopt_statistics(self, net: nn.Module) -> None:
        """Take over the net's BatchNorm statistics, after they were measured afresh."""
        for name, value in self._source(net).items():
            if name.endswith(("running_mean", "running_var")):
                self.values[name].copy_(value)

    def cut(self, name: str, dim: int, index: Tensor) -> None:
        self.values[name] = canonical(self.values[name].index_select(dim, index))

    def drop(self, name: str) -> None:
        self.values.pop(name, None)


class OptimizerMoments:
    """Per-weight optimizer state, so that it can be zeroed under a mask and cut with its weights."""

    def __init__(self, net: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer
        self.parameters = dict(net.named_parameters())

    def _state(self, name: str) -> dict[str, Tensor]:
        parameter = self.parameters.get(name)
        state = self.optimizer.state.get(parameter, {}) if parameter is not None else {}
        return {key: value for key, value in state.items() if isinstance(value, Tensor) and value.dim() > 0}

    def zero(self, name: str, kept: Tensor) -> None:
        """Set the moments of pruned weights to exactly +0 (a product would leave -0)."""
        for moment in self._state(name).values():
            moment.masked_fill_(~kept, 0.0)

    def cut(self, name: str, dim: int, index: Tensor) -> None:
        for key, moment in self._state(name).items():
            self.optimizer.state[self.parameters[name]][key] = canonical(moment.index_select(dim, index))

    def drop(self, name: str) -> None:
        parameter = self.parameters.pop(name, None)
        if parameter is None:
            return
        self.optimizer.state.pop(parameter, None)
        for group in self.optimizer.param_groups:
            group["params"] = [p for p in group["params"] if p is not parameter]


class SparseWeights:
    """The prunable weights of a net together with the last mask and the stored values of pruned weights.

    Attributes:
        masks: the last mask; empty before the first pruning.
        active: whether pruned weights are frozen now (False after reactivation).
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: torch.optim.Optimizer | None = None,
        averages: Averages | None = None,
        stored_value: StoredValue = "kept",
    ) -> None:
        if stored_value not in ("kept", "zero", "moving"):
            raise MaskError(f"stored_value is {stored_value!r}: choose 'kept', 'zero' or 'moving'")
        self.net = net
        self.moments = OptimizerMoments(net, optimizer) if optimizer else None
        self.averages = averages
        self.stored_value = stored_value
        self.masks: Masks = {}
        self.active = False
        self.stash: dict[str, Tensor] = {}
        self.average_stash: dict[str, Tensor] = {}
        self._factors: list[Tensor] = []
        self._weights: list[Tensor] = []

    def values(self) -> dict[str, Tensor]:
        """The weights with the stored values of pruned ones in place: what the next pruning scores."""
        weights = {name: weight.detach() for name, weight in prunable(self.net).items()}
        if not self.active:
            return weights
        return {name: torch.where(self.masks[name], weights[name], self.stash[name]) for name in weights}

    @torch.no_grad()
    def prune(self, masks: Masks) -> None:
        """Freeze the weights where `masks` is False (Alg. 1 l.10-11).

        Raises:
            MaskError: when the masks are not those of this net.
        """
        check_masks(self.net, masks)
        self.reactivate()
        weights = prunable(self.net)
        # those of a stored ticket are on the CPU
        self.masks = {name: mask.to(weights[name].device, copy=True) for name, mask in masks.items()}
        self._freeze()

    @torch.no_grad()
    def _freeze(self) -> None:
        weights = prunable(self.net)
        self.active = True
        for name, weight in weights.items():
            kept = self.masks[name]
            self.stash[name] = torch.zeros_like(weight) if self.stored_value == "zero" else _outside(weight, kept)
            weight.masked_fill_(~kept, 0.0)
            if self.averages is not None:
                average = self.averages.values[name]
                zero = self.stored_value == "zero"
                self.average_stash[name] = torch.zeros_like(average) if zero else _outside(average, kept)
                average.masked_fill_(~kept, 0.0)
            if self.moments is not None and self.stored_value != "moving":
                self.moments.zero(name, kept)
        self._prepare()

    def _prepare(self) -> None:
        weights = prunable(self.net)
        self._weights = list(weights.values())
        # same memory layout as the gradient they multiply, or the product walks memory in strides
        self._factors = [torch.empty_like(w).copy_(self.masks[name]) for name, w in weights.items()]

    @torch.no_grad()
    def reactivate(self) -> None:
        """Give pruned weights back their stored values and their gradients (Alg. 1 l.7); the mask is remembered."""
        if not self.active:
            return
        for name, weight in prunable(self.net).items():
            kept = self.masks[name]
            weight.copy_(torch.where(kept, weight, self.stash[name]))
            if self.averages is not None:
                average = self.averages.values[name]
                average.copy_(torch.where(kept, average, self.average_stash[name]))
        self.active = False
        self.stash, self.average_stash = {}, {}

    def apply_last_mask(self) -> None:
        """Prune again to the last mask, if there is one and it is not in force (Alg. 1 l.14)."""
        if self.masks and not self.active:
            self._freeze()

    @torch.no_grad()
    def before_step(self, l2: float) -> None:
        """Between backward and optimizer step: no gradient reaches a pruned weight (Alg. 1 l.11)."""
        if not self.active:
            return
        grads = gradients(self._weights)
        torch._foreach_mul_(grads, self._factors)
        if self.stored_value == "moving":
            stored = [self.stash[name] for name in prunable(self.net)]
            torch._foreach_add_(self._weights, stored)
            torch._foreach_add_(grads, stored, alpha=l2)

    @torch.no_grad()
    def after_step(self) -> None:
        """After the optimizer's step: averages follow, and moved values of pruned weights go back into the stash."""
        moving = self.active and self.stored_value == "moving"
        if moving:
            for name, weight in prunable(self.net).items():
                self.stash[name] = _outside(weight, self.masks[name])
                weight.masked_fill_(~self.masks[name], 0.0)
        if self.averages is not None:
            share = self.averages.update(self.net)
            if moving:
                for name, average in self.average_stash.items():
                    average.lerp_(self.stash[name], share)

    def cut(self, name: str, dim: int, index: Tensor) -> None:
        for tensors in (self.masks, self.stash, self.average_stash):
            if name in tensors:
                tensors[name] = tensors[name].index_select(dim, index)

    def drop(self, name: str) -> None:
        for tensors in (self.masks, self.stash, self.average_stash):
            tensors.pop(name, None)

    def followers(self) -> Iterable[UnitFollower]:
        """Everything that has to shrink with the net."""
        yield self
        if self.moments is not None:
            yield self.moments
        if self.averages is not None:
            yield self.averages

    def units_removed(self) -> None:
        """Call after search units were removed: weights were replaced by smaller ones."""
        alive = prunable(self.net)
        for tensors in (self.masks, self.stash, self.average_stash):
            for name in [name for name in tensors if name not in alive]:
                del tensors[name]
        if self.active:
            self._prepare()


def _outside(values: Tensor, kept: Tensor) -> Tensor:
    """`values` at pruned coordinates, +0 elsewhere."""
    return values.masked_fill(kept, 0.0)
