"""The people of COCO as it is published, where nets train on pictures with a labelled joint alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.data.coco_people import CocoPeople


@dataclass(frozen=True)
class CocoJoints(CocoPeople):
    """As `coco_people`, but for the train split, half of whose pictures show nobody: detectron2 leaves them out."""

    name = "coco_joints"

    def _source(self, root: Path | None, split: str) -> tuple[Path, dict[str, Any]]:
        path, source = super()._source(root, split)
        if split == "val":
            return path, source
        shown = {one["image_id"] for one in source["annotations"] if not one["iscrowd"] and any(one["keypoints"][2::3])}
        return path, {
            **source,
            "images": [record for record in source["images"] if record["id"] in shown],
            "annotations": [one for one in source["annotations"] if one["image_id"] in shown],
        }


TITLE = "COCO people with joints"
DATA_SET = CocoJoints()
