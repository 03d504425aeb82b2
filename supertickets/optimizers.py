"""Optimizers and learning-rate schedules of the paper's four recipes (Sec. 4.1)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from supertickets.choices import check_choices
from supertickets.memory import gradients


class OptimizationError(ValueError):
    """An optimizer or schedule that does not exist; the message lists those that do."""


@dataclass(frozen=True)
class Optimization:
    """How weights are updated.

    Attributes:
        optimizer: `rmsprop` adds eps inside the square root, as the ImageNet recipe does.
        lr: peak learning rate.
        beta2: decay of Adam's squared gradients. Moments of reactivated weights start at 0 while Adam's step count
            goes on, so with 0.999 their first hundred steps are up to 6 times too long; 0.95 keeps them in proportion.
        schedule: `onecycle` (cosine up from lr / div over the first 30 %, then down to 0),
            `multistep` (x0.1 at each milestone), `exponential` (x0.97 every 2.4 epochs), `constant`.
        milestones: for `multistep`, as shares of the run: 170 and 200 of 210 epochs for COCO keypoints.
        l2: weight of 0.5 * sum w^2 over convolution and linear weights, part of the loss ("mnas").
        average_decay: of the exponential moving average of weights; 0 = no average.
    """

    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adamw"
    lr: float = 0.04
    eps: float = 1e-3
    beta2: float = 0.999
    schedule: Literal["onecycle", "multistep", "exponential", "constant"] = "onecycle"
    div: float = 25.0
    milestones: tuple[float, ...] = (170 / 210, 200 / 210)
    l2: float = 1e-5
    average_decay: float = 0.0

    def __post_init__(self) -> None:
        check_choices(self, OptimizationError)


class RMSProp(torch.optim.Optimizer):
    """RMSProp with momentum and eps inside the square root: step = lr * g / sqrt(v + eps), momentum on the step."""

    def __init__(
        self, params: Iterable[nn.Parameter], lr: float, alpha: float = 0.9, momentum: float = 0.9, eps: float = 1e-3
    ) -> None:
        super().__init__(params, {"lr": lr, "alpha": alpha, "momentum": momentum, "eps": eps})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            for p in params:
                if not self.state[p]:
                    self.state[p] = {"square": torch.zeros_like(p), "velocity": torch.zeros_like(p)}
            grads = [p.grad for p in params]
            squares = [self.state[p]["square"] for p in params]
            velocities = [self.state[p]["velocity"] for p in params]
            torch._foreach_mul_(squares, group["alpha"])
            torch._foreach_addcmul_(squares, grads, grads, value=1 - group["alpha"])
            scale = torch._foreach_add(squares, group["eps"])
            torch._foreach_sqrt_(scale)
            torch._foreach_mul_(velocities, group["momentum"])
            torch._foreach_addcdiv_(velocities, grads, scale, value=group["lr"])
            torch._foreach_sub_(params, velocities)


def make_optimizer(parameters: Iterable[nn.Parameter], config: Optimization) -> torch.optim.Optimizer:
    """The optimizer of `config`; its learning rate is set step by step from `learning_rate`."""
    if config.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=config.lr, betas=(0.9, config.beta2), eps=config.eps, fused=True)
    if config.optimizer == "adamw":
        # the recipe's weight decay is the L2 term of the loss, so the decoupled one is off
        betas = (0.9, config.beta2)
        return torch.optim.AdamW(parameters, lr=config.lr, betas=betas, eps=config.eps, weight_decay=0.0, fused=True)
    if config.optimizer == "rmsprop":
        return RMSProp(parameters, lr=config.lr, eps=config.eps)
    return torch.optim.SGD(parameters, lr=config.lr, momentum=0.9, fused=True)


def learning_rate(config: Optimization, step: int, steps: int, steps_per_epoch: int) -> float:
    """Learning rate of step `step` (0-based) of `steps`; a function of the step, so resuming needs no state."""
    if config.schedule == "onecycle":
        peak = max(float(0.3 * steps) - 1, 1e-9)
        if step <= peak:
            return _cosine(config.lr / config.div, config.lr, step / peak)
        return _cosine(config.lr, config.lr / config.div / 1e4, (step - peak) / max(steps - 1 - peak, 1e-9))
    if config.schedule == "multistep":
        return config.lr * 0.1 ** sum(step >= round(share * steps) for share in config.milestones)
    if config.schedule == "exponential":
        return config.lr * 0.97 ** (step / steps_per_epoch / 2.4)
    return config.lr


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def add_l2_gradient(weights: list[Tensor], l2: float) -> None:
    """Gradient of 0.5 * l2 * sum w^2, added without building a graph."""
    if l2:
        torch._foreach_add_(gradients(weights), [w.detach() for w in weights], alpha=l2)
