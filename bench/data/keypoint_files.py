"""Keypoint data sets that are downloaded: `annotations/person_keypoints_<split>.json` and a folder of images."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.data.base import DataError, members
from bench.data.files import decode, files_id, folder_of, open_image
from bench.data.keypoints import Annotations, KeypointDataSet, ReadImage, of_images

REMEDY = "copy it again (docs/data.md)"


@dataclass(frozen=True)
class KeypointFiles(KeypointDataSet):
    """Shared by the sets stored in COCO layout below `<root>/<name>`.

    Attributes:
        person_counts: annotated persons that (train, val) must have.
    """

    needs_root = True
    person_counts: tuple[int, int]

    @property
    def layout(self) -> str:
        """The files that are needed, for messages."""
        return f"<root>/{self.name}/{{annotations/person_keypoints_{{train,val}}.json,images/*.jpg}}"

    def check(self, root: Path | None) -> None:
        folder = folder_of(root, self.name, self.layout)
        for split, expected in zip(("train", "val"), self.person_counts, strict=True):
            path, source = self._annotations(root, split)
            for record in source["images"]:
                image_path = folder / "images" / record["file_name"]
                image = open_image(image_path)
                if image.size != (record["width"], record["height"]):
                    listed = f"{record['width']}x{record['height']}"
                    found = f"{image.width}x{image.height}"
                    raise DataError(f"{image_path} is {found} (width x height), {path.name} says {listed}: {REMEDY}")
            if len(source["annotations"]) != expected:
                raise DataError(f"{path} has {len(source['annotations'])} persons, {expected} expected: {REMEDY}")

    def data_id(self, root: Path | None) -> str:
        folder = folder_of(root, self.name, self.layout)
        annotations, images = [], []
        for split in ("train", "val"):
            path, source = self._annotations(root, split)
            annotations.append(path)
            images += [folder / "images" / record["file_name"] for record in source["images"]]
        return files_id(folder, images, annotations)

    def _source(self, root: Path | None, split: str) -> tuple[Annotations, ReadImage]:
        folder = folder_of(root, self.name, self.layout)
        _, source = self._annotations(root, "val" if split == "val" else "train")
        # Split by image, not by person: two people of one photograph are not independent.
        records = sorted(source["images"], key=lambda record: record["id"])

        def read(record: dict[str, Any]) -> Any:
            path = folder / "images" / record["file_name"]
            return decode(open_image(path), path, "RGB")

        return of_images(source, members(records, split)), read

    def _annotations(self, root: Path | None, split: str) -> tuple[Path, Annotations]:
        """Path and validated content of an annotation file.

        Raises:
            DataError: missing, not JSON, not a keypoint file of this set, or with ids, joints or boxes out of range.
        """
        path = folder_of(root, self.name, self.layout) / "annotations" / f"person_keypoints_{split}.json"
        try:
            source = json.loads(path.read_text())
        except FileNotFoundError as error:
            raise DataError(f"{path} is missing; expected layout: {self.layout}; see docs/data.md") from error
        except ValueError as error:
            raise DataError(f"{path} is not valid JSON ({error}): {REMEDY}") from error
        try:
            self._validate(source)
        except (KeyError, TypeError, IndexError) as error:
            raise DataError(f"{path} is not in COCO keypoint layout (at {error!r}): {REMEDY}") from error
        except ValueError as error:
            raise DataError(f"{path}: {error}: {REMEDY}") from error
        return path, source

    def _validate(self, source: Annotations) -> None:
        names = source["categories"][0]["keypoints"]
        if tuple(names) != self.class_names:
            raise ValueError(f"the category's joints are {names}, expected {list(self.class_names)}")
        images = {record["id"] for record in source["images"]}
        if len(images) != len(source["images"]):
            raise ValueError("image ids are not unique")
        if len({person["id"] for person in source["annotations"]}) != len(source["annotations"]):
            raise ValueError("annotation ids are not unique")
        for person in source["annotations"]:
            flags = person["keypoints"][2::3]
            if person["image_id"] not in images:
                raise ValueError(f"annotation {person['id']} names image {person['image_id']}, which is not listed")
            if len(person["keypoints"]) != 3 * self.classes or not set(flags) <= {0, 1, 2}:
                raise ValueError(f"annotation {person['id']} needs {self.classes} joints (x, y, v) with v in 0, 1, 2")
            if person["num_keypoints"] != self.classes - flags.count(0):
                raise ValueError(f"annotation {person['id']} has a num_keypoints that does not match its joints")
            if len(person["bbox"]) != 4 or min(person["bbox"][2:]) <= 0 or person["area"] <= 0:
                raise ValueError(f"annotation {person['id']} has an empty box or area")
