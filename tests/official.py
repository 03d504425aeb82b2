"""Miniature copies of the paper's data sets (`bench.data.miniatures`) by name, and in further forms of their files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.data import DataSet, data_set
from bench.data.coco_keypoints_detected import DETECTIONS
from bench.data.imagenet import NAMES, TRUTH
from bench.data.miniatures import TRAIN, VAL, ade20k, cityscapes, coco_keypoints, imagenet

__all__ = ["MINIATURES", "TRAIN", "VAL"]


def imagenet_flat(root: Path) -> DataSet:
    """As the validation archive and the development kit are unpacked; classes are numbered in another order."""
    from scipy.io import savemat

    data = imagenet(root)
    folder = root / "imagenet"
    truth = {}
    for number, word in enumerate(data.class_names):
        for path in sorted((folder / "val" / word).iterdir()):
            path.rename(folder / "val" / path.name)
            truth[path.name] = len(data.class_names) - number
        (folder / "val" / word).rmdir()
    (folder / NAMES).parent.mkdir(parents=True)
    (folder / TRUTH).write_text("".join(f"{truth[name]}\n" for name in sorted(truth)))
    synsets = np.zeros((len(data.class_names) + 1, 1), [("ILSVRC2012_ID", object), ("WNID", object)])
    for number, word in enumerate([*data.class_names[::-1], "n99999999"], start=1):
        synsets[number - 1, 0] = (number, word)
    savemat(folder / NAMES, {"synsets": synsets})
    return data


def coco_keypoints_detected(root: Path) -> DataSet:
    """Boxes of a detector around everybody in val, with one person found twice and one that is not there."""
    annotated = coco_keypoints(root)
    path = root / "coco" / "annotations" / "person_keypoints_val2017.json"
    people = [one for one in json.loads(path.read_text())["annotations"] if not one["iscrowd"]]
    found = [{"image_id": one["image_id"], "category_id": 1, "bbox": one["bbox"], "score": 0.9} for one in people]
    found += [{**found[0], "score": 0.5}, {**found[-1], "bbox": [0.0, 0.0, 20.0, 30.0], "score": 0.3}]
    (root / "coco" / DETECTIONS).parent.mkdir()
    (root / "coco" / DETECTIONS).write_text(json.dumps([{**found[0], "category_id": 3}, *found]))
    return replace(data_set("coco_keypoints_detected"), train_count=annotated.train_count)


MINIATURES: dict[str, Callable[[Path], DataSet]] = {
    "ade20k": ade20k,
    "cityscapes": cityscapes,
    "coco_keypoints": coco_keypoints,
    "coco_keypoints_detected": coco_keypoints_detected,
    "imagenet": imagenet,
    "imagenet (flat)": imagenet_flat,
}
"""Name of a set, and the form of its files where there are several -> writes its miniature copy below a root."""
