"""A short training with search and pruning on made-up pictures: what devices and processes are compared by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from supertickets.batches import Batches
from supertickets.optimizers import Optimization
from supertickets.parallel import SINGLE, Parallel
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching
from supertickets.supernet import SupernetConfig
from supertickets.tasks import Augmentation, LabelledImages
from supertickets.tasks.segmentation import Segmentation

BELOW = 0.999
"""Importances begin at 1 and fall; units below this go after the first epoch, some and not all of them."""
SPARSITY = 50


@dataclass(frozen=True)
class Exact(Segmentation):
    """Segmentation whose inputs are float64, so that devices hardly round differently."""

    def batch(self, *given: Any) -> tuple[Tensor, Tensor]:
        inputs, labels = super().batch(*given)
        return inputs.double(), labels


def batches(outputs: int, size: tuple[int, int], device: str, parallel: Parallel = SINGLE) -> Batches:
    """Pictures and labels drawn at random, the same for equal arguments."""
    random = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (8, 3, *size), generator=random, dtype=torch.uint8)
    labels = torch.randint(0, outputs, (8, *size), generator=random, dtype=torch.uint8)
    samples = LabelledImages(pixels, labels, tuple(map(str, range(outputs))))
    optimization = Optimization("adamw", lr=5e-3, eps=1e-8, schedule="constant", averaged=False)
    recipe = Recipe(size, 2, 2, optimization, Augmentation(flip=True), rho=1e-3, rho_warmup=1)
    return Batches(Exact(outputs), samples, recipe, 5, torch.device(device), parallel)


def search_trainer(config: SupernetConfig, drawn: Batches) -> SearchTrainer:
    """A supernet in float64 before its first epoch."""
    searching = Searching(recalibration_batches=1)
    return SearchTrainer(config, config.build(1).double(), drawn, 2, searching, Pruning())


def searched_and_pruned(trainer: SearchTrainer) -> None:
    """An epoch of training, then a search and a pruning."""
    trainer.train_epoch(1)
    trainer.remove_units(BELOW)
    trainer.recalibrate()
    trainer.reactivate()
    trainer.prune(SPARSITY)
