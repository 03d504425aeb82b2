"""Exponential moving average of weights: what is evaluated, and what search looks at beside the weights themselves."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from supertickets.memory import canonical


class Averages:
    """Averages of all parameters and BatchNorm statistics of a net.

    After n updates the decay is (1 + n) / (10 + n): an average over about the last tenth of a training of any length.
    The public code also limits it to 0.9999^(B / 4096) for batches of B images, which none of its trainings reaches.
    """

    def __init__(self, net: nn.Module) -> None:
        self.updates = 0
        self.values = {name: value.detach().clone() for name, value in _floats(net).items()}

    @torch.no_grad()
    def update(self, net: nn.Module) -> float:
        """Move every average towards its current value; returns by which share of the way."""
        self.updates += 1
        share = 9 / (10 + self.updates)
        current = _floats(net)
        torch._foreach_lerp_([self.values[name] for name in current], list(current.values()), share)
        return share

    @torch.no_grad()
    def adopt_statistics(self, net: nn.Module) -> None:
        """Take over the net's BatchNorm statistics, after they were measured afresh."""
        for name, value in _floats(net).items():
            if name.endswith(("running_mean", "running_var")):
                self.values[name].copy_(value)

    def cut(self, name: str, dim: int, index: Tensor) -> None:
        self.values[name] = canonical(self.values[name].index_select(dim, index))

    def drop(self, name: str) -> None:
        self.values.pop(name, None)


def _floats(net: nn.Module) -> dict[str, Tensor]:
    return {name: value for name, value in net.state_dict().items() if value.is_floating_point()}
