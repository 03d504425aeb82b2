"""Detection sets in COCO's layout: a JSON file per split that lists pictures, categories and objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from bench.data.annotated import (
    PIXEL_CENTRE,
    AnnotatedDataSet,
    AnnotatedPicture,
    Annotation,
    RunLengths,
    open_annotated,
    read_annotated,
)
from bench.data.folders import folder_of
from bench.data.instance_checks import check_instances
from bench.errors.entries import AnalysisError, Entries
from bench.errors.shapes import compressed_masks
from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY, files_id, read_json
from supertickets.data.splits import members

SMALLEST_SIDE = 1 / 16
"""Pixels of a box, as far as it lies in its picture; objects with a smaller one are left out."""

CHECKED = 6000
"""Pictures per split that a check opens, evenly spaced; more would take too long."""


@dataclass(frozen=True)
class CocoFiles(AnnotatedDataSet):
    """Shared by the sets stored in COCO's layout. Everything in `class_names` is found, the rest is background.

    Crowd regions are ignored. A box is cut where it leaves its picture.

    Attributes:
        folder: the set's folder below the root, which several sets may share.
        annotation_file, picture_folder: paths below that folder; `{split}` stands for the name of an official split.
        official: our "train" and "val" -> name of the official split.
        class_field: field of a category that names its class.
        class_names: classes that are used; empty: all of the file of the train split, in the order of their ids.
        picture_counts: pictures that (train, val) must have; None for a set of any size.
    """

    needs_root = True
    folder: ClassVar[str]
    annotation_file: ClassVar[str] = "instances_{split}.json"
    picture_folder: ClassVar[str] = "{split}"
    official: ClassVar[Mapping[str, str]] = {"train": "train", "val": "val"}
    class_field: ClassVar[Literal["name", "supercategory"]] = "name"
    picture_counts: tuple[int, int] | None

    @property
    def layout(self) -> str:
        """The files that are needed, for messages."""
        splits = f"{{{','.join(self.official.values())}}}"
        files = ",".join(path.format(split=splits) for path in (self.annotation_file, f"{self.picture_folder}/*.jpg"))
        return f"<root>/{self.folder}/{{{files}}}"

    def present(self, root: Path) -> bool:
        # other sets may have the same folder
        names = (self.annotation_file.format(split=split) for split in self.official.values())
        return any((root / self.folder / name).exists() for name in names)

    def check(self, root: Path | None) -> None:
        for number, split in enumerate(("train", "val")):
            path, source = self._source(root, split)
            found = len(source["images"])
            if self.picture_counts is not None and found != self.picture_counts[number]:
                raise DataError(f"{path} has {found} images, {self.picture_counts[number]} expected: {REMEDY}")
            if not found:
                raise DataError(f"{path} lists no image: {REMEDY}")
            if not any(not one.ignored for objects in self._objects(root, path, source).values() for one in objects):
                raise DataError(f"{path} has no object to be found, crowds apart: {REMEDY}")
            for record in source["images"][:: -(-found // CHECKED)]:
                open_annotated(self._picture_path(root, split, record), _size_of(record))

    def data_id(self, root: Path | None) -> str:
        sources = {split: self._source(root, split) for split in ("train", "val")}
        pictures = [
            self._picture_path(root, split, record)
            for split, (_, source) in sources.items()
            for record in source["images"]
        ]
        # train and val may lie in one folder
        return files_id(self._folder(root), dict.fromkeys(pictures), [path for path, _ in sources.values()])

    def _names(self, root: Path | None) -> tuple[str, ...]:
        if self.class_names:
            return self.class_names
        _, source = self._read(root, "train")
        categories = sorted(source["categories"], key=lambda category: category["id"])
        return tuple(dict.fromkeys(category[self.class_field] for category in categories))

    def _pictures(self, root: Path | None, split: str) -> Sequence[AnnotatedPicture]:
        official = "val" if split == "val" else "train"
        path, source = self._source(root, official)
        objects = self._objects(root, path, source)
        records = sorted(source["images"], key=lambda record: record["id"])
        found = []
        for record in members(records, split):
            size, picture = _size_of(record), self._picture_path(root, official, record)
            read = partial(read_annotated, picture, size)
            found.append(AnnotatedPicture(record["id"], size, read, objects.get(record["id"], ()), picture))
        return found

    def _folder(self, root: Path | None) -> Path:
        return folder_of(root, self.folder, self.layout)

    def _read(self, root: Path | None, split: str) -> tuple[Path, dict[str, Any]]:
        """Path and content of an annotation file of "train" or "val".

        Raises:
            DataError: missing, not JSON, or with a field that `check_instances` refuses.
        """
        folder, official = self._folder(root), self.official[split]
        path = folder / self.annotation_file.format(split=official)
        source = read_json(path)
        try:
            images = folder / self.picture_folder.format(split=official)
            check_instances(source, self.class_field, self.class_names, self.joint_names, images)
        except ValueError as error:
            raise DataError(f"{path}: {error}: {REMEDY}, or correct it") from error
        return path, source

    def _source(self, root: Path | None, split: str) -> tuple[Path, dict[str, Any]]:
        """As `_read`, where the classes are also those of the other split.

        Raises:
            DataError: they are not.
        """
        path, source = self._read(root, split)
        if not self.class_names:
            found, names = {category[self.class_field] for category in source["categories"]}, self._names(root)
            if odd := sorted(found ^ set(names)):
                raise DataError(f"{path}: category {odd[0]!r} is in one of train and val alone: {REMEDY}")
            if not names:
                raise DataError(f"{path} has no category: {REMEDY}")
        return path, source

    def _objects(self, root: Path | None, path: Path, source: dict[str, Any]) -> dict[int, list[Annotation]]:
        """Objects by the id of their picture, in the file's order.

        Raises:
            DataError: a mask cannot be read.
        """
        names = self._names(root)
        labels = {
            category["id"]: 1 + names.index(category[self.class_field])
            for category in source["categories"]
            if category[self.class_field] in names
        }
        sizes = {record["id"]: _size_of(record) for record in source["images"]}
        wanted = [one for one in source["annotations"] if one["category_id"] in labels]
        masks = self._masks(path, source["annotations"], sizes) if self.with_masks else {}
        objects: dict[int, list[Annotation]] = {}
        for one in wanted:
            mask = masks.get(one["id"])
            found = _annotation(one, labels[one["category_id"]], sizes[one["image_id"]], mask, len(self.joint_names))
            if found is not None:
                objects.setdefault(one["image_id"], []).append(found)
        return objects

    def _masks(
        self, path: Path, annotations: list[dict[str, Any]], sizes: Mapping[int, tuple[int, int]]
    ) -> dict[int, Callable[[], np.ndarray]]:
        try:
            compressed = compressed_masks(
                Entries(str(path), "annotations", annotations), [sizes[one["image_id"]] for one in annotations]
            )
        except AnalysisError as error:
            raise DataError(f"{error}, or {REMEDY}") from error
        return {one["id"]: RunLengths(**mask) for one, mask in zip(annotations, compressed, strict=True)}

    def _picture_path(self, root: Path | None, split: str, record: Mapping[str, Any]) -> Path:
        folder = self.picture_folder.format(split=self.official[split])
        return self._folder(root) / folder / str(record["file_name"])


def _size_of(record: Mapping[str, Any]) -> tuple[int, int]:
    return record["height"], record["width"]


def _annotation(
    one: Mapping[str, Any],
    label: int,
    size: tuple[int, int],
    mask: Callable[[], np.ndarray] | None,
    joints: int,
) -> Annotation | None:
    """An object of the file; None if its box has no area within the picture."""
    x, y, width, height = one["bbox"]
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + width, size[1]), min(y + height, size[0])
    if min(right - left, bottom - top) < SMALLEST_SIDE:
        return None
    places = np.array(one["keypoints"], dtype=np.float64).reshape(joints, 3) if joints else None
    return Annotation(
        box=(left, top, right, bottom),
        label=label,
        # of an outline smaller than any box, a number all the same
        area=max(float(one["area"]), SMALLEST_SIDE**2),
        ignored=bool(one["iscrowd"]),
        mask=mask,
        joints=None if places is None else places + np.array([PIXEL_CENTRE, PIXEL_CENTRE, 0]),
    )
