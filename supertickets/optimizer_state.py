"""Moments of an optimizer by parameter name: zeroed under masks, cut with search units, stored with a training."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from supertickets.memory import canonical


class OptimizerState:
    """Per-parameter state of any optimizer; tensors without dimensions are step counts, all others moments."""

    def __init__(self, net: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer
        self.parameters = dict(net.named_parameters())

    def _moments(self, name: str) -> dict[str, Tensor]:
        parameter = self.parameters.get(name)
        state = self.optimizer.state.get(parameter, {}) if parameter is not None else {}
        return {key: value for key, value in state.items() if isinstance(value, Tensor) and value.dim() > 0}

    def zero(self, name: str, kept: Tensor) -> None:
        """Set the moments of pruned weights to exactly +0 (a product would leave -0)."""
        for moment in self._moments(name).values():
            moment.masked_fill_(~kept, 0.0)

    def cut(self, name: str, dim: int, index: Tensor) -> None:
        for key, moment in self._moments(name).items():
            self.optimizer.state[self.parameters[name]][key] = canonical(moment.index_select(dim, index))

    def drop(self, name: str) -> None:
        parameter = self.parameters.pop(name, None)
        if parameter is None:
            return
        self.optimizer.state.pop(parameter, None)
        for group in self.optimizer.param_groups:
            group["params"] = [p for p in group["params"] if p is not parameter]

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """State by kind and parameter name."""
        found: dict[str, dict[str, Tensor]] = {}
        for name, parameter in self.parameters.items():
            for kind, value in self.optimizer.state.get(parameter, {}).items():
                found.setdefault(kind, {})[name] = value
        return found

    def restore(self, tensors: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Put back what `tensors` gave, in the memory layout of the parameters."""
        for kind, by_name in tensors.items():
            for name, value in by_name.items():
                parameter = self.parameters[name]
                like = value if value.dim() == 0 else torch.empty_like(parameter).copy_(value)
                self.optimizer.state[parameter][kind] = like
