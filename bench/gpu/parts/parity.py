"""Whether the device computes what the CPU computes: an epoch with search, and one under the mask, in float64."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from torch import Tensor

from bench.gpu.parts import Given, Part
from bench.gpu.trained import batches, search_trainer, searched_and_pruned
from supertickets.supernet import CITYSCAPES, Stage
from supertickets.ticket import Ticket
from supertickets.trainer import Trainer
from supertickets.units import unit_groups

SIZE = (64, 128)
NET = replace(CITYSCAPES, tokens=0)
"""Without transformers, whose dropout every device draws anew."""
TINY = replace(NET, stages=(Stage((1,), (8,)), Stage((1, 1), (8, 12))), last_channels=8)
COLUMNS = ("stage", "quantity", "on_cpu", "on_device", "difference", "at_most", "status")
LOSS, WEIGHTS = 1e-6, 1e-6
"""Largest relative differences.

Losses are noted to six digits; AdamW divides small gradients by their size, and with them what was rounded.
"""


def compared(given: Given) -> Iterator[Mapping[str, object]]:
    """Losses, what was removed and pruned, and weights, of the CPU and of the device."""
    config = TINY if given.tiny else NET
    cpu, there = (search_trainer(config, batches(config.outputs, SIZE, device)) for device in ("cpu", given.device))
    for trainer in (cpu, there):
        searched_and_pruned(trainer)
    yield from _lines("search", cpu, there)
    yield from _lines("masked retraining", *(_retrained(cpu.ticket(), device) for device in ("cpu", given.device)))


def _retrained(ticket: Ticket, device: str) -> Trainer:
    """After an epoch in float64 with its mask fixed."""
    drawn = batches(ticket.architecture.outputs, SIZE, device)
    trainer = Trainer(ticket.architecture, ticket.net().double(), drawn, 1)
    trainer.set_masks(ticket.masks)
    trainer.train_epoch(1)
    return trainer


def _lines(stage: str, cpu: Trainer, there: Trainer) -> Iterator[Mapping[str, object]]:
    losses = [trainer.progress.history[-1]["loss"] for trainer in (cpu, there)]
    yield _line(stage, "loss", losses, abs(losses[1] / losses[0] - 1), LOSS)
    left = [sum(group.units for group in unit_groups(trainer.net).values()) for trainer in (cpu, there)]
    yield _line(stage, "search units", left, abs(left[1] - left[0]), 0)
    kept = [sum(int(mask.sum()) for mask in trainer.frozen.masks.values()) for trainer in (cpu, there)]
    same = cpu.frozen.masks.keys() == there.frozen.masks.keys()
    apart = sum(_unlike(mask, there.frozen.masks[name]) for name, mask in cpu.frozen.masks.items()) if same else kept[0]
    yield _line(stage, "weights kept", kept, apart, 0)
    if left[0] != left[1]:
        return  # of other shapes; the line of the search units says so
    pairs = list(zip(cpu.net.parameters(), there.net.parameters(), strict=True))
    sums = [float(sum(float(pair[side].detach().abs().sum()) for pair in pairs)) for side in (0, 1)]
    difference = max(_relative(*pair) for pair in pairs)
    yield _line(stage, "sum of magnitudes, and the tensor that differs most", sums, difference, WEIGHTS)


def _line(
    stage: str, quantity: str, values: Sequence[float], difference: float, at_most: float
) -> Mapping[str, object]:
    status = "ok" if difference <= at_most else f"failed: {difference:.1e} apart"
    cells = (stage, quantity, *values, f"{difference:.1e}", f"{at_most:.0e}", status)
    return dict(zip(COLUMNS, cells, strict=True))


def _unlike(mask: Tensor, other: Tensor) -> int:
    return int((mask.cpu() != other.cpu()).sum()) if mask.shape == other.shape else mask.numel()


def _relative(weight: Tensor, other: Tensor) -> float:
    here, there = weight.detach().cpu(), other.detach().cpu()
    return float((there - here).abs().max() / here.abs().max().clamp(min=1e-12)) if here.numel() else 0.0


KEYS = ("parity",)
PARTS = (Part(*KEYS, "CPU and device in float64", 0, 20, COLUMNS, compared),)
