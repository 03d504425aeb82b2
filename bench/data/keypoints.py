"""Top-down keypoint data sets: annotations in COCO layout become one canvas per annotated person."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from bench.data.base import DataSet
from supertickets.data import crops
from supertickets.data.cache import CreateArray
from supertickets.data.errors import DataError
from supertickets.data.persons import Annotations, ReadImage, decode_persons, scored_persons, upper_joints
from supertickets.tasks.data import PersonCrops


class KeypointDataSet(DataSet):
    """A data set of persons; the joint layout is fixed per set.

    Attributes:
        flip_pairs: pairs of joint indices that swap when the image is mirrored.
        sigmas: one OKS constant per joint (COCO's `kpt_oks_sigmas`).
    """

    task = "pose"
    decoder_version = f"1.{crops.VERSION}"
    flip_pairs: ClassVar[tuple[tuple[int, int], ...]]
    sigmas: ClassVar[tuple[float, ...]]

    @abstractmethod
    def _source(self, root: Path | None, split: str) -> tuple[Annotations, ReadImage]:
        """Annotations of a split, and how to read its images."""

    def _decode(self, root: Path | None, split: str, image_size: tuple[int, int], create: CreateArray) -> Any:
        crops.canvas_side(image_size)  # Before anything slow: raises on odd sizes.
        source, read = self._source(root, split)
        truth = scored_persons(source)
        if not truth["annotations"]:
            raise DataError(f"{self.name} has no person with labelled joints in split {split!r}")
        decode_persons(truth, read, image_size, self.classes, self.name, create)
        return truth

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> PersonCrops:
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return PersonCrops(
            **tensors,
            ground_truth=extra,
            joint_names=self.class_names,
            flip_pairs=self.flip_pairs,
            sigmas=self.sigmas,
            upper_joints=upper_joints(self.class_names),
        )

    @classmethod
    def category(cls) -> dict[str, Any]:
        """The COCO category record of this set's persons."""
        return {"id": 1, "name": "person", "supercategory": "person", "keypoints": list(cls.class_names)}
