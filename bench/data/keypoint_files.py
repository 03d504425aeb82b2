"""Keypoint data sets that are downloaded: `annotations/person_keypoints_<split>.json` and a folder of images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.data.folders import folder_of
from bench.data.keypoints import KeypointDataSet
from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY, files_id, read_json
from supertickets.data.keypoint_checks import check_annotations
from supertickets.data.persons import Annotations, ReadImage, of_images
from supertickets.data.pictures import decode_rgb, open_picture, require_upright
from supertickets.data.splits import members


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
                image = require_upright(open_picture(image_path), image_path)
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
            return decode_rgb(require_upright(open_picture(path), path), path)

        return of_images(source, members(records, split)), read

    def _annotations(self, root: Path | None, split: str) -> tuple[Path, Annotations]:
        """Path and validated content of an annotation file.

        Raises:
            DataError: missing, not JSON, or with a field that `check_annotations` refuses.
        """
        folder = folder_of(root, self.name, self.layout)
        path = folder / "annotations" / f"person_keypoints_{split}.json"
        source = read_json(path)
        try:
            check_annotations(source, self.class_names, folder / "images")
        except ValueError as error:
            raise DataError(f"{path}: {error}: {REMEDY}, or correct it") from error
        return path, source
