"""The smallest real trainings: a supernet of a few hundred weights on a handful of random images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from supertickets.batches import Batches
from supertickets.criteria import Candidates, criterion
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching, UnitShape
from supertickets.supernet import Stage, SupernetConfig
from supertickets.tasks import Augmentation, LabelledImages
from supertickets.tasks.segmentation import Segmentation

TINY = SupernetConfig(
    outputs=3, stem=(4, 4), stages=(Stage((1,), (4,)),), kernels=(3, 5), expansion=2, last_channels=4, tokens=0,
    token_grid=2, bn_momentum=0.1,
)  # fmt: skip
"""One branch, three searching blocks, two of them with identity."""

TWO_BRANCHES = SupernetConfig(
    outputs=3, stem=(4, 4), stages=(Stage((1,), (4,)), Stage((1, 1), (4, 6))), kernels=(3, 5), expansion=2,
    last_channels=6, tokens=0, token_grid=2, bn_momentum=0.1,
)  # fmt: skip
"""Two resolutions and every kind of block: identity, shortcut, stride 2."""


def images(count: int = 10, side: int = 16, classes: int = 3, seed: int = 0) -> LabelledImages:
    """Random images and labels, the same for equal arguments."""
    random = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, 3, side, side), generator=random, dtype=torch.uint8)
    labels = torch.randint(0, classes, (count, side, side), generator=random, dtype=torch.uint8)
    return LabelledImages(pixels, labels, tuple(str(number) for number in range(classes)))


def trainer(
    config: SupernetConfig = TINY,
    optimization: Optimization | None = None,
    *,
    epochs: int = 10,
    steps: int = 1,
    searching: Searching | None = None,
    pruning: Pruning | None = None,
    shape: UnitShape | None = None,
    normaliser: float | None = None,
    rho: float = 1e-3,
    task: Segmentation | None = None,
    double: bool = False,
    device: str = "cpu",
) -> SearchTrainer:
    """A `SearchTrainer` on `images()`; `shape` builds a searched subnet, `double` a float64 net."""
    optimization = optimization or Optimization(lr=0.01, schedule="constant", l2=1e-2, averaged=False)
    recipe = Recipe((16, 16), 3, steps, optimization, Augmentation(flip=True), rho=rho, rho_warmup=1)
    net = config.build(1) if shape is None else config.shaped(shape)
    batches = Batches(task or Segmentation(3), images(), recipe, 5, torch.device(device))
    return SearchTrainer(
        config, net.double() if double else net, batches, epochs,
        searching or Searching(recalibration_batches=2), pruning or Pruning(), normaliser,
    )  # fmt: skip


class DoubleImages(Segmentation):
    """Segmentation whose inputs are float64, for comparisons with hardly any rounding."""

    def batch(self, *args: Any) -> tuple[Tensor, Tensor]:
        inputs, labels = super().batch(*args)
        return inputs.double(), labels


def scored(criterion_name: str, weights: Mapping[str, Tensor], seed: int = 0) -> dict[str, Tensor]:
    """Scores of a criterion that looks at no data."""

    def gradients() -> Mapping[str, Tensor]:
        raise AssertionError(f"{criterion_name} asks for gradients")

    return criterion(criterion_name)(Candidates(weights, gradients, seed))


def bits(tensor: Tensor) -> Tensor:
    """The bit patterns of floats, so that +0 differs from -0 and NaN equals itself."""
    whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.itemsize]
    return tensor.detach().contiguous().view(whole)


def same_bits(a: Tensor, b: Tensor) -> bool:
    """Equal shape, type and bits."""
    return a.shape == b.shape and a.dtype == b.dtype and torch.equal(bits(a), bits(b))


def copies(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The values as they are now."""
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def randomise(net: torch.nn.Module, seed: int = 0) -> None:
    """Random values for everything a fresh net leaves at 0 or 1, so that nothing cancels by accident."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if name.endswith("running_var"):
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=random))
            elif tensor.is_floating_point() and tensor.dim() == 1:
                tensor.copy_(0.5 * torch.randn(tensor.shape, generator=random))
