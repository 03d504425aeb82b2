"""What all segmentation sets share: decoded arrays become `LabelledImages`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.data.base import DataError, DataSet
from supertickets.tasks.data import IGNORE_LABEL, LabelledImages


class SegmentedDataSet(DataSet):
    """A data set whose arrays are `images` and `labels`, a class index or 255 per pixel."""

    task = "segmentation"

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> LabelledImages:
        return LabelledImages(torch.from_numpy(arrays["images"]), torch.from_numpy(arrays["labels"]), self.class_names)


def classes_of(ids: np.ndarray, file_ids: Sequence[int], ignored_ids: Sequence[int], path: Path) -> np.ndarray:
    """uint8 of the shape of `ids`, as the label file `path` stores them: class index, or 255 for ignored ones.

    Args:
        file_ids: for each class, the id that stands for it.
        ignored_ids: ids of pixels that count nowhere.

    Raises:
        DataError: another id.
    """
    known = {*file_ids, *ignored_ids}
    if strange := set(np.flatnonzero(np.bincount(ids.ravel())).tolist()) - known:
        numbers = ", ".join(str(number) for number in sorted(known))
        raise DataError(f"{path} has label id {min(strange)}; the ids are {numbers}: see docs/data.md")
    class_of = np.full(256, IGNORE_LABEL, np.uint8)
    class_of[list(file_ids)] = range(len(file_ids))
    return class_of[ids]
