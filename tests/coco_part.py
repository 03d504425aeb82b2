"""A part of COCO itself in its published layout: real annotations, over made-up pictures or COCO's own."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from bench.data.miniatures import coloured

ANNOTATIONS = Path(__file__).parent / "data" / "coco_annotations"
SOURCES = ("annotations", "photographs")


def a_part_of_coco(source: str, root: Path) -> tuple[int, int]:
    """Put it below `root`; returns how many people have joints in train and val.

    Args:
        source: `annotations`: those of `data/coco_annotations`; `photographs`: of 80 and 79 pictures, with these, which
            SUPERTICKETS_DATA has or the test is skipped.
    """
    if source == "photographs":
        place = Path(os.environ.get("SUPERTICKETS_DATA", "/nowhere")) / "coco_mini"
        if not place.is_dir():
            pytest.skip("SUPERTICKETS_DATA has no coco_mini")
        root.mkdir(exist_ok=True)
        (root / "coco").symlink_to(place)
        return 86, 68
    rng = np.random.default_rng(0)
    shutil.copytree(ANNOTATIONS, root / "coco" / "annotations")
    for split in ("train2017", "val2017"):
        (root / "coco" / split).mkdir()
        for record in json.loads((ANNOTATIONS / f"instances_{split}.json").read_text())["images"]:
            picture = coloured(rng, (record["height"], record["width"]))
            picture.save(root / "coco" / split / record["file_name"])
    return 16, 7
