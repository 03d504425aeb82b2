"""What all segmentation sets share: decoded arrays become `LabelledImages`."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.data.base import DataSet
from supertickets.data.labelled import labelled
from supertickets.tasks.data import LabelledImages


class SegmentedDataSet(DataSet):
    """A data set whose arrays are `images` and `labels`, a class index or 255 per pixel."""

    task = "segmentation"

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> LabelledImages:
        return labelled(arrays, self.class_names)
