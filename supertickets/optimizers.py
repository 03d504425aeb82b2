"""Optimizers and learning-rate schedules of the paper's four recipes (Sec. 4.1)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from supertickets.descriptions import Fraction, NotNegative, Positive, Share, Whole, check_fields
from supertickets.memory import gradients


class OptimizationError(ValueError):
    """An optimizer, a schedule or a rate that makes no sense; the message names the field and the remedy."""


@dataclass(frozen=True)
class Optimization:
    """How weights are updated.

    Attributes:
        optimizer: `rmsprop` is `RMSProp` below, `sgd` has momentum 0.9.
        lr: peak learning rate.
        eps: added to the root of the mean squared gradient (`rmsprop`: inside it).
        beta2: decay of Adam's squared gradients. Moments of reactivated weights start at 0 while Adam's step count
            goes on, so with 0.999 their first hundred steps are up to 6 times too long; 0.95 keeps them in proportion.
        schedule: `onecycle` (cosine up from lr / div over the first 30 %, then down to 0),
            `multistep` (x0.1 at each milestone), `exponential` (x0.97 in one step every 2.4 epochs), `constant`.
        div: one-cycle only, how many times smaller the first learning rate is than the peak.
        cycle_momentum: one-cycle only, momentum (Adam's beta1) falls from 0.95 to 0.85 while the rate rises, and
            rises again while it falls.
        milestones: for `multistep`, as shares of the run: 170 and 200 of 210 epochs for COCO keypoints.
        warmup_steps: steps at the beginning over which rates rise in equal parts to those of the schedule, from a
            share of 1 / warmup_steps in the first one; 0 for none.
        l2: weight of 0.5 * sum w^2 over convolution and linear weights and the classifier's bias, part of the
            loss ("mnas").
        averaged: whether an exponential moving average of the weights is kept, and is what comes out.

    Raises:
        OptimizationError: a field out of range.
    """

    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adamw"
    lr: Positive = 0.04
    eps: Positive = 1e-3
    beta2: Fraction = 0.999
    schedule: Literal["onecycle", "multistep", "exponential", "constant"] = "onecycle"
    div: Positive = 25.0
    milestones: tuple[Share, ...] = (170 / 210, 200 / 210)
    cycle_momentum: bool = True
    warmup_steps: Whole = 0
    l2: NotNegative = 1e-5
    averaged: bool = True

    def __post_init__(self) -> None:
        check_fields(self, OptimizationError)


class RMSProp(torch.optim.Optimizer):
    """RMSProp with eps inside the square root and the learning rate outside the momentum.

    velocity = momentum * velocity + g / sqrt(v + eps); step = lr * velocity.
    """

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
            torch._foreach_addcdiv_(velocities, grads, scale)
            torch._foreach_sub_(params, velocities, alpha=group["lr"])


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


def set_step(optimizer: torch.optim.Optimizer, config: Optimization, step: int, steps: int, per_epoch: int) -> None:
    """Give an optimizer learning rate and momentum of step `step` (0-based) of `steps`."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(config, step, steps, per_epoch)
        if config.schedule == "onecycle" and config.cycle_momentum:
            momentum = cycled(step, steps, 0.95, 0.85, 0.95)
            if "betas" in group:
                group["betas"] = (momentum, group["betas"][1])
            else:
                group["momentum"] = momentum


def learning_rate(config: Optimization, step: int, steps: int, steps_per_epoch: int) -> float:
    """Learning rate of step `step` (0-based) of `steps`; a function of the step, so resuming needs no state."""
    scheduled = _scheduled(config, step, steps, steps_per_epoch)
    return scheduled * (step + 1) / config.warmup_steps if step < config.warmup_steps else scheduled


def _scheduled(config: Optimization, step: int, steps: int, steps_per_epoch: int) -> float:
    if config.schedule == "onecycle":
        first = config.lr / config.div
        return cycled(step, steps, first, config.lr, first / 1e4)
    if config.schedule == "multistep":
        return config.lr * 0.1 ** sum(step >= round(share * steps) for share in config.milestones)
    if config.schedule == "exponential":
        return config.lr * 0.97 ** math.floor(step / steps_per_epoch / 2.4)
    return config.lr


def cycled(step: int, steps: int, start: float, peak: float, end: float) -> float:
    """Cosine from `start` to `peak` over the first 30 % of all steps, then cosine to `end` (torch's OneCycleLR)."""
    turn = max(float(0.3 * steps) - 1, 1e-9)
    if step <= turn:
        return _cosine(start, peak, step / turn)
    return _cosine(peak, end, (step - turn) / max(steps - 1 - turn, 1e-9))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def add_l2_gradient(weights: list[Tensor], l2: float) -> None:
    """Gradient of 0.5 * l2 * sum w^2, added in place without building a graph."""
    if l2:
        torch._foreach_add_(gradients(weights), [w.detach() for w in weights], alpha=l2)
