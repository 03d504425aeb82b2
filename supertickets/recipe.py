"""How a net is trained on a task: batches, optimizer, augmentation, penalty."""

from __future__ import annotations

from dataclasses import dataclass, field

from supertickets.descriptions import Count, NotNegative, Size, check_fields
from supertickets.optimizers import Optimization
from supertickets.tasks import Augmentation


@dataclass(frozen=True)
class Recipe:
    """How a net is trained on a task, whatever is searched or pruned meanwhile.

    Attributes:
        image_size: `(H, W)` of training inputs and of evaluation.
        batch_size, steps_per_epoch: an "epoch" is a fixed number of steps, so that short profiles keep the paper's
            proportions of t_s : t_p : t_max; the data order runs on from epoch to epoch.
        optimization: optimizer and learning rates; augmentation: of training images, those that the task knows.
        rho: weight of the importance penalty; rho_warmup: epochs over which it rises linearly from 0.

    Raises:
        DescriptionError: a field out of range.
    """

    image_size: Size
    batch_size: Count
    steps_per_epoch: Count
    optimization: Optimization = field(default_factory=Optimization)
    augmentation: Augmentation = field(default_factory=Augmentation)
    rho: NotNegative = 0.0
    rho_warmup: NotNegative = 25.0

    def __post_init__(self) -> None:
        check_fields(self)
