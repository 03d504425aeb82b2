"""Masks as COCO's run lengths, which take little memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor


def compressed(masks: Tensor) -> list[dict[str, Any]]:
    """Masks `(D, H, W)`, True on the object, in COCO's run lengths: a hundred of a picture's size take much memory."""
    from pycocotools import mask as run_lengths

    columns = np.asfortranarray(masks.to("cpu", torch.uint8).permute(1, 2, 0).numpy())
    return list(run_lengths.encode(columns))
