"""What all classification sets share: pictures of any size become `ClassifiedImages` of one size."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from bench.data.base import DataSet
from supertickets.data.cache import CreateArray
from supertickets.data.classified import Pictures, classified, decode_classified
from supertickets.tasks.data import ClassifiedImages


class ClassifiedDataSet(DataSet):
    """A data set of pictures with one class each.

    Pictures of another aspect ratio than the network input lose what sticks out of its middle.
    """

    task = "classification"
    decoder_version = "1"

    @abstractmethod
    def _pictures(self, root: Path | None, split: str) -> Pictures:
        """The samples of a split, in an order of their own."""

    def _decode(self, root: Path | None, split: str, image_size: tuple[int, int], create: CreateArray) -> Any:
        return decode_classified(self._pictures(root, split), image_size, create)

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> ClassifiedImages:
        return classified(arrays, extra)
