"""The multi-branch supernet whose channels and tokens are searched."""

import supertickets.supernet.products as _products  # noqa: F401  makes the layers' matrix products known
from supertickets.supernet.config import (
    ADE20K,
    CITYSCAPES,
    COCO_KEYPOINTS,
    IMAGENET,
    MINIATURE,
    Stage,
    SupernetConfig,
    SupernetError,
    miniature,
)
from supertickets.supernet.net import Supernet, build

__all__ = [
    "ADE20K",
    "CITYSCAPES",
    "COCO_KEYPOINTS",
    "IMAGENET",
    "MINIATURE",
    "Stage",
    "Supernet",
    "SupernetConfig",
    "SupernetError",
    "build",
    "miniature",
]
