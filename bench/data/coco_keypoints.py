"""COCO's people with their joints as they are published (2017), to be cut out one by one along annotated boxes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from bench.data.annotated import read_annotated
from bench.data.base import EVALUATION_SPLITS
from bench.data.coco_people import CocoPeople
from bench.data.packed import Rows, Texts
from bench.data.streamed import CountedDataSet, StreamedSamples, Survey, tensor_of
from supertickets.augmentations import drawn_from, persons
from supertickets.data import crops
from supertickets.data.errors import DataError
from supertickets.data.files import LARGEST_JSON, REMEDY, content, read_json, short_hash, sizes
from supertickets.data.keypoint_checks import check_annotations
from supertickets.data.persons import Annotations, of_images, scored_persons, upper_joints
from supertickets.data.pictures import MOST_PIXELS
from supertickets.data.splits import members
from supertickets.loading import Tensors, stacked
from supertickets.tasks.base import Augmentation
from supertickets.tasks.data import PersonCrops, mirrored_joints

KEPT = {
    "images": ("id", "width", "height"),
    "annotations": ("id", "image_id", "category_id", "bbox", "area", "iscrowd", "keypoints", "num_keypoints"),
}
"""Fields that a score needs."""


@dataclass(frozen=True)
class CocoKeypoints(CountedDataSet):
    """Persons with a labelled joint, no crowds; the persons of every eighth picture with one are `tune`.

    Attributes:
        flip_pairs, sigmas: as in `bench.data.keypoints.KeypointDataSet`.
        official: our "train" and "val" -> name of the official split.
    """

    name = "coco_keypoints"
    role = "COCO keypoints"
    task = "pose"
    folder = "coco"
    layout = "<root>/coco/{annotations/person_keypoints_{train2017,val2017}.json,{train2017,val2017}/*.jpg}"
    gigabytes = 20.0
    native_size = (256, 192)
    decoder_version = f"1.{crops.VERSION}"
    flip_pairs: ClassVar[tuple[tuple[int, int], ...]] = CocoPeople.flip_pairs
    sigmas: ClassVar[tuple[float, ...]] = CocoPeople.sigmas
    official: ClassVar[Mapping[str, str]] = {"train": "train2017", "val": "val2017"}

    train_count: int | None = 149_813
    val_count: int | None = 6_352
    class_names: tuple[str, ...] = CocoPeople.joint_names

    def survey(self, folder: Path) -> Survey:
        found = Survey()
        for split, official in self.official.items():
            try:
                source = self._annotations(folder, split)
                chosen, found.extra[split] = self.boxes(folder, split, source)
                pictures = sizes(folder / official, ".jpg")
            except DataError as error:
                found.problems.append(str(error))
                found.rows[split] = self._rows(split, {}, [], {})
                continue
            records = {record["id"]: record for record in source["images"]}
            lacking = {records[one["image_id"]]["file_name"] for one in chosen} - pictures.keys()
            found.problems += [
                f"{folder / official / name} is missing, a person in it is annotated: {REMEDY}"
                for name in sorted(lacking)
            ]
            there = [one for one in chosen if records[one["image_id"]]["file_name"] not in lacking]
            found.rows[split] = self._rows(split, records, there, pictures)
        return found

    def boxes(self, folder: Path, split: str, source: Annotations) -> tuple[list[dict[str, Any]], Annotations]:
        """The persons that crops are made of, those of a picture one after the other, and what they are scored with.

        Raises:
            DataError: a file that they come from cannot be used.
        """
        truth = scored_persons(source)
        return truth["annotations"], truth

    def list_files(self, folder: Path) -> list[Path]:
        """The JSON files that decide what is trained on and scored."""
        return [folder / "annotations" / f"person_keypoints_{name}.json" for name in self.official.values()]

    def present(self, root: Path) -> bool:
        # boxes and masks may be there without joints
        return any(path.exists() for path in self.list_files(root / self.folder))

    def load(self, root: Path | None, split: str, image_size: tuple[int, int], cache: Path) -> StreamedSamples:
        found = super().load(root, split, image_size, cache)
        crops.canvas_side(found.image_size)  # refuses odd sides
        return found

    def data_id(self, root: Path | None) -> str:
        """Hash of the content of the annotations, and of the names and sizes of all pictures."""
        folder = self.place(root)
        digests = [hashlib.sha256(content(path, LARGEST_JSON)).digest() for path in self.list_files(folder)]
        listed = [str(sizes(folder / name, ".jpg")).encode() for name in self.official.values()]
        return short_hash(*digests, *listed)

    def read(self, folder: Path, rows: Rows, row: int) -> Tensor:
        """uint8 `(3, h, w)`: the picture that a person is in."""
        path = folder / rows.names[row]
        height, width = (int(side) for side in rows["picture_size"][row])
        return tensor_of(read_annotated(path, (height, width)))

    def members_of(self, rows: Rows, split: str) -> np.ndarray:
        pictures = members(np.unique(rows["image_id"]).tolist(), split)
        return np.flatnonzero(np.isin(rows["image_id"], pictures))

    def extra_of(self, found: Survey, official: str, split: str, rows: Rows) -> dict[str, Any]:
        """What a split is scored with, if it ever is."""
        if split not in EVALUATION_SPLITS:
            return {"truth": {}}
        truth = found.extra[official]
        if split != official:
            own = set(rows["image_id"].tolist())
            truth = of_images(truth, [record for record in truth["images"] if record["id"] in own])
        kept = {
            **{name: [{field: one[field] for field in fields} for one in truth[name]] for name, fields in KEPT.items()},
            "categories": truth["categories"],
        }
        return {"truth": kept}

    def _annotations(self, folder: Path, split: str) -> Annotations:
        """The validated content of an annotation file.

        Raises:
            DataError: missing, not JSON, or with a field that `check_annotations` refuses.
        """
        path = folder / "annotations" / f"person_keypoints_{self.official[split]}.json"
        source: Annotations = read_json(path)
        try:
            check_annotations(source, self.class_names, folder / self.official[split])
        except ValueError as error:
            raise DataError(f"{path}: {error}: {REMEDY}, or correct it") from error
        return source

    def _rows(
        self,
        split: str,
        records: Mapping[int, dict[str, Any]],
        chosen: Sequence[dict[str, Any]],
        pictures: Mapping[str, int],
    ) -> Rows:
        shown = [records[one["image_id"]] for one in chosen]
        joints = [one.get("keypoints", [0] * 3 * self.classes) for one in chosen]
        return Rows(
            Texts.of(f"{self.official[split]}/{record['file_name']}" for record in shown),
            {
                "box": np.array([one["bbox"] for one in chosen], np.float64).reshape(-1, 4),
                "box_score": np.array([one.get("score", 1) for one in chosen], np.float32),
                "joints": np.array(joints, np.float32).reshape(-1, self.classes, 3),
                "id": np.array([one.get("id", 0) for one in chosen], np.int64),
                "image_id": np.array([one["image_id"] for one in chosen], np.int64),
                "picture_size": np.array([(one["height"], one["width"]) for one in shown], np.int64).reshape(-1, 2),
                "picture_bytes": np.array([pictures[one["file_name"]] for one in shown], np.int64),
            },
        )

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> PersonSamples:
        return PersonSamples(
            data=self,
            folder=Path(),
            rows=Rows.of(arrays),
            image_size=(1, 1),
            ground_truth=extra["truth"],
            detected=extra.get("detected", False),
        )


@dataclass(frozen=True, kw_only=True)
class PersonSamples(StreamedSamples):
    """One split of people.

    Attributes:
        ground_truth: what a scored split is scored with.
        detected: whether the boxes are a detector's.
    """

    data: CocoKeypoints
    ground_truth: Annotations
    detected: bool = False

    @property
    def joint_names(self) -> tuple[str, ...]:
        """One name per joint."""
        return self.data.class_names

    @cached_property
    def _first_rows(self) -> np.ndarray:
        """Of every person the first one in the same picture."""
        _, first, picture = np.unique(self.rows["image_id"], return_index=True, return_inverse=True)
        return first[picture]

    def kept_as(self, row: int) -> int:
        return int(self._first_rows[row])

    def shown(self, index: Sequence[int]) -> Tensors:
        return stacked(self._shown(row) for row in index)

    def _shown(self, row: int) -> Tensors:
        height, width = self.image_size
        side = max(height, width)
        canvas = crops.person_canvas(self.rows["box"][row].tolist(), self.image_size, side)
        if (canvas.scale * side) ** 2 > MOST_PIXELS:
            path = self.folder / self.rows.names[row]
            raise DataError(f"{path}: a box is too large to be cut out at {height}x{width}: shrink the picture")
        square = canvas.cut(Image.fromarray(self.decoded(row).permute(1, 2, 0).numpy()))
        top, left = (side - height) // 2, (side - width) // 2
        to_image = canvas.to_image
        to_image[:, 2] += to_image[:, :2] @ [left, top]
        joints, labelled = self._joints(row)
        places = (joints - to_image[:, 2]) / canvas.scale
        return {
            "images": torch.from_numpy(square[:, top : top + height, left : left + width].copy()),
            "joints": torch.from_numpy(np.where(labelled[:, None] > 0, places, 0).astype(np.float32)),
            "visibility": torch.from_numpy(labelled),
            "to_image": torch.from_numpy(to_image.astype(np.float32)),
            "annotation_ids": torch.tensor(int(self.rows["image_id" if self.detected else "id"][row])),
            "box_scores": torch.tensor(float(self.rows["box_score"][row])),
        }

    def varied(
        self, index: Sequence[int], seeds: Sequence[int], size: tuple[int, int], augmentation: Augmentation
    ) -> Tensors:
        upper = upper_joints(self.joint_names)
        mirrored = mirrored_joints(self.data.flip_pairs, self.data.classes)
        found = []
        for row, seed in zip(index, seeds, strict=True):
            x, y, width, height = self.rows["box"][row].tolist()
            joints, labelled = (torch.from_numpy(one) for one in self._joints(row))
            scale = crops.box_scale((x, y, width, height), size)
            person = persons.Person((x + width / 2, y + height / 2), scale, joints, labelled)
            picture = self.decoded(row)
            with drawn_from(seed):
                image, places, seen = persons.varied(picture, person, size, augmentation, upper, mirrored)
            identity = torch.tensor(int(self.rows["id"][row]))
            found.append({"images": image, "joints": places, "visibility": seen, "annotation_ids": identity})
        return stacked(found)

    def _joints(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        joints = self.rows["joints"][row]
        return joints[:, :2].copy(), joints[:, 2].astype(np.uint8)

    def part(self, tensors: Tensors) -> PersonCrops:
        scores = tensors.get("box_scores")
        return PersonCrops(
            images=tensors["images"],
            joints=tensors["joints"],
            visibility=tensors["visibility"],
            # training looks at crops alone
            to_image=tensors.get("to_image", torch.eye(2, 3).expand(len(tensors["images"]), 2, 3)),
            annotation_ids=tensors["annotation_ids"],
            ground_truth=self.ground_truth,
            joint_names=self.joint_names,
            flip_pairs=self.data.flip_pairs,
            sigmas=self.data.sigmas,
            upper_joints=upper_joints(self.joint_names),
            box_scores=scores if self.detected else None,
        )


TITLE = "COCO keypoints"
DATA_SET = CocoKeypoints()
