"""Training under a mask: pruned weights are frozen bit for bit, for one bitwise operation per weight and step.

A pruned weight holds +0 in the net while its value waits in a stash, so the forward pass needs no mask; after each
backward pass the bits of its gradient are cleared, whatever they say, and its optimizer moments start at 0. Every
optimizer whose update vanishes for zero weight, gradient and moments therefore leaves it exactly where it is: SGD with
momentum, weight decay, Adam, AdamW and RMSProp alike, even in a step whose gradients are infinite or not numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

import torch
from torch import Tensor, nn

from supertickets.averages import Averages
from supertickets.masks import Masks, check_fit
from supertickets.memory import INTEGERS, gradients
from supertickets.optimizer_state import OptimizerState

StoredValue = Literal["kept", "zero", "moving"]


class FrozenWeights:
    """The last mask over a net's weights, and the stored values of those that it freezes now.

    Args:
        state, averages: whatever follows the weights, if anything does.
        stored_value: what becomes of the value of a pruned weight (`supertickets.pruning.Pruning`).

    Attributes:
        masks: the last mask, by name of the weight; empty before the first pruning.
        stash: by name, for every weight under its mask now, the values of pruned elements, +0 elsewhere.
    """

    def __init__(
        self,
        net: nn.Module,
        state: OptimizerState | None = None,
        averages: Averages | None = None,
        stored_value: StoredValue = "kept",
    ) -> None:
        self.net, self.state, self.averages, self.stored_value = net, state, averages, stored_value
        self.masks: Masks = {}
        self.stash: dict[str, Tensor] = {}
        self.average_stash: dict[str, Tensor] = {}
        self.prepare()

    @property
    def active(self) -> Masks:
        """The masks in force: all after a pruning, fewer after a reactivation."""
        return {name: self.masks[name] for name in self.stash}

    def values(self, names: Iterable[str]) -> dict[str, Tensor]:
        """Weights with the stored values of pruned elements in place: what the next pruning scores."""
        weights = dict(self.net.named_parameters())
        return {name: _whole(weights[name].detach(), self.masks.get(name), self.stash.get(name)) for name in names}

    @torch.no_grad()
    def prune(self, masks: Masks) -> None:
        """Freeze weights where `masks` is False (Alg. 1 l.10-11).

        Raises:
            MaskError: when the masks do not fit this net.
        """
        weights = dict(self.net.named_parameters())
        check_fit(weights, masks)
        self.reactivate()
        # those of a stored ticket are on the CPU
        self.masks = {name: mask.to(weights[name].device, copy=True) for name, mask in masks.items()}
        self._freeze(self.masks)

    def apply_last_mask(self) -> None:
        """Prune again to the last mask wherever it is not in force (Alg. 1 l.14)."""
        self._freeze([name for name in self.masks if name not in self.stash])

    @torch.no_grad()
    def _freeze(self, names: Iterable[str]) -> None:
        weights = dict(self.net.named_parameters())
        zero = self.stored_value == "zero"
        for name in names:
            weight, kept = weights[name], self.masks[name]
            self.stash[name] = torch.zeros_like(weight) if zero else _outside(weight.detach(), kept)
            weight.masked_fill_(~kept, 0.0)
            if self.averages is not None:
                average = self.averages.values[name]
                self.average_stash[name] = torch.zeros_like(average) if zero else _outside(average, kept)
                average.masked_fill_(~kept, 0.0)
            if self.state is not None and self.stored_value != "moving":
                self.state.zero(name, kept)
        self.prepare()

    @torch.no_grad()
    def reactivate(self, names: Collection[str] | None = None) -> None:
        """Give pruned weights back their stored values and their gradients (Alg. 1 l.7); the mask is remembered.

        Args:
            names: the weights concerned; None for all.
        """
        weights = dict(self.net.named_parameters())
        for name in [name for name in self.stash if names is None or name in names]:
            kept = self.masks[name]
            weights[name].copy_(_whole(weights[name], kept, self.stash.pop(name)))
            if self.averages is not None:
                average = self.averages.values[name]
                average.copy_(_whole(average, kept, self.average_stash.pop(name)))
        self.prepare()

    def prepare(self) -> None:
        """Call after weights were replaced or masks were put in place by hand: a step looks nothing up."""
        weights = dict(self.net.named_parameters())
        self._weights: list[Tensor] = [weights[name] for name in self.stash]
        # in the memory layout of the gradients they are combined with, or memory is walked in strides
        self._kept_bits = [
            torch.empty_like(weight, dtype=INTEGERS[weight.itemsize]).copy_(self.masks[name]).neg_()
            for name, weight in zip(self.stash, self._weights, strict=True)
        ]

    @torch.no_grad()
    def before_step(self, l2: float) -> None:
        """Between backward and optimizer step: no gradient reaches a pruned weight (Alg. 1 l.11)."""
        if not self._weights:
            return
        grads = gradients(self._weights)
        for grad, bits in zip(grads, self._kept_bits, strict=True):
            grad.view(bits.dtype).bitwise_and_(bits)  # a product with 0 would leave NaN where it is infinite
        if self.stored_value == "moving":
            stored = list(self.stash.values())
            torch._foreach_add_(self._weights, stored)
            torch._foreach_add_(grads, stored, alpha=l2)

    @torch.no_grad()
    def after_step(self) -> None:
        """After the optimizer's step: averages follow, and moved values of pruned weights go back into the stash."""
        moving = self.stored_value == "moving" and bool(self._weights)
        if moving:
            for name, weight in zip(self.stash, self._weights, strict=True):
                self.stash[name] = _outside(weight.detach(), self.masks[name])
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

    def forget_missing(self) -> None:
        """Drop whatever belongs to weights that the net no longer has."""
        alive = dict(self.net.named_parameters())
        for name in [name for name in self.masks if name not in alive or not alive[name].numel()]:
            self.drop(name)
        self.prepare()


def _outside(values: Tensor, kept: Tensor) -> Tensor:
    """`values` at pruned elements, +0 elsewhere."""
    return values.masked_fill(kept, 0.0)


def _whole(values: Tensor, kept: Tensor | None, stored: Tensor | None) -> Tensor:
    """`values` with `stored` in the place of pruned elements, if they are frozen."""
    return values if kept is None or stored is None else torch.where(kept, values, stored)
