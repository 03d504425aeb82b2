"""Miniature copies of the paper's data sets, in the layouts in which they are published."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from bench.data import DataSet, data_set
from bench.data.coco_keypoints_detected import DETECTIONS
from bench.data.imagenet import NAMES, TRUTH
from bench.data.pixel_labels import PixelLabels

TRAIN, VAL = 16, 4


def coloured(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """A picture `(H, W)` of random colours in an 8x8 grid."""
    return Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize(size[::-1])


def _labelled(rng: np.random.Generator, data: PixelLabels, size: tuple[int, int]) -> Image.Image:
    """Half of the squares have ids of classes, the others are ignored."""
    ids = rng.choice(np.array([*data.file_ids, *[data.ignored_ids[0]] * len(data.file_ids)], np.uint8), (8, 8))
    return Image.fromarray(ids).resize(size[::-1], Image.Resampling.NEAREST)


def cityscapes(root: Path, train: int = TRAIN, val: int = VAL, size: tuple[int, int] = (64, 128)) -> DataSet:
    """Pictures of two towns per split, and beside each the files of other kinds that the archive has."""
    rng, data = np.random.default_rng(0), data_set("cityscapes")
    assert isinstance(data, PixelLabels)
    for split, count, towns in (("train", train, ("aachen", "ulm")), ("val", val, ("lindau", "munster"))):
        for number in range(count):
            town = towns[number % 2]
            stem = f"{town}_{number:06d}_000019"
            places = {kind: root / data.folder / kind / split / town for kind in ("leftImg8bit", "gtFine")}
            for place in places.values():
                place.mkdir(parents=True, exist_ok=True)
            coloured(rng, size).save(places["leftImg8bit"] / f"{stem}_leftImg8bit.png")
            _labelled(rng, data, size).save(places["gtFine"] / f"{stem}_gtFine_labelIds.png")
            (places["gtFine"] / f"{stem}_gtFine_polygons.json").write_text("{}")
            coloured(rng, (8, 8)).save(places["gtFine"] / f"{stem}_gtFine_color.png")
    return replace(data, train_count=train, val_count=val, size=size)


def ade20k(root: Path, train: int = TRAIN, val: int = VAL) -> DataSet:
    """Pictures of several sizes."""
    rng, data = np.random.default_rng(0), data_set("ade20k")
    assert isinstance(data, PixelLabels)
    for split, count in (("training", train), ("validation", val)):
        for kind in ("images", "annotations"):
            (root / data.folder / kind / split).mkdir(parents=True, exist_ok=True)
        for number in range(1, count + 1):
            size = ((48, 64), (72, 56))[number % 2]
            stem = f"ADE_{'train' if split == 'training' else 'val'}_{number:08d}"
            coloured(rng, size).save(root / data.folder / "images" / split / f"{stem}.jpg", comment=b"\xff\xd9")
            _labelled(rng, data, size).save(root / data.folder / "annotations" / split / f"{stem}.png")
    return replace(data, train_count=train, val_count=val, short_side=48)


def imagenet(root: Path, train: int = TRAIN, val: int = VAL, classes: int = 3) -> DataSet:
    """Pictures of several sizes, grey ones among them, in folders of WordNet ids."""
    rng, words = np.random.default_rng(0), [f"n{number:08d}" for number in range(1, classes + 1)]
    for split, count in (("train", train), ("val", val)):
        for number in range(count):
            place = root / "imagenet" / split / words[number % classes]
            place.mkdir(parents=True, exist_ok=True)
            picture = coloured(rng, ((40, 60), (50, 36))[number % 2])
            (picture.convert("L") if number == 4 else picture).save(place / f"{split}_{number:08d}.JPEG", "JPEG")
    return replace(
        data_set("imagenet"), train_count=train, val_count=val, class_names=tuple(words), class_count=classes
    )


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


def coco_keypoints(root: Path, train: int = TRAIN, val: int = VAL) -> DataSet:
    """Pictures with two persons each, of whom every fifth has no labelled joint, and a crowd in the last one."""
    return replace(data_set("coco_keypoints"), **_coco(root, train, val))


def coco_keypoints_detected(root: Path) -> DataSet:
    """Boxes of a detector around everybody in val, with one person found twice and one that is not there."""
    counts = _coco(root, TRAIN, VAL)
    path = root / "coco" / "annotations" / "person_keypoints_val2017.json"
    people = [one for one in json.loads(path.read_text())["annotations"] if not one["iscrowd"]]
    found = [{"image_id": one["image_id"], "category_id": 1, "bbox": one["bbox"], "score": 0.9} for one in people]
    found += [{**found[0], "score": 0.5}, {**found[-1], "bbox": [0.0, 0.0, 20.0, 30.0], "score": 0.3}]
    (root / "coco" / DETECTIONS).parent.mkdir()
    (root / "coco" / DETECTIONS).write_text(json.dumps([{**found[0], "category_id": 3}, *found]))
    return replace(data_set("coco_keypoints_detected"), train_count=counts["train_count"])


def _coco(root: Path, train: int, val: int) -> dict[str, int]:
    """Writes the files; the number of persons with labelled joints by the name of the field."""
    rng, data = np.random.default_rng(0), data_set("coco_keypoints")
    category = {"id": 1, "name": "person", "supercategory": "person", "keypoints": list(data.class_names)}
    counts = {}
    for split, first, count in (("train", 100, train), ("val", 900, val)):
        place = root / "coco" / f"{split}2017"
        place.mkdir(parents=True)
        (root / "coco" / "annotations").mkdir(exist_ok=True)
        images, people = [], []
        for number in range(first, first + count):
            name = f"{number:012d}.jpg"
            coloured(rng, (80, 100)).save(place / name, comment=b"\xff\xd9")
            images.append({"id": number, "file_name": name, "width": 100, "height": 80})
            for which, (x, y) in enumerate(((8.0, 5.0), (55.5, 10.0))):
                joints = np.stack([rng.uniform(x, x + 36, 17), rng.uniform(y, y + 60, 17), rng.integers(1, 3, 17)], 1)
                seen = (2 * number + which) % 5 > 0
                flat = [v if i % 3 < 2 else int(v) for i, v in enumerate(joints.ravel().tolist())]
                people.append(
                    {
                        "id": 10 * number + which, "image_id": number, "category_id": 1, "iscrowd": 0, "area": 1300.0,
                        "bbox": [x, y, 36.0, 60.0], "num_keypoints": 17 * seen, "keypoints": flat if seen else [0] * 51,
                        "segmentation": [[x, y, x + 36, y, x, y + 60]],
                    }
                )  # fmt: skip
        crowd = {**people[-1], "id": 1, "iscrowd": 1, "num_keypoints": 0, "keypoints": [0] * 51}
        content = {"images": images, "annotations": [*people, crowd], "categories": [category]}
        path = root / "coco" / "annotations" / f"person_keypoints_{split}2017.json"
        path.write_text(json.dumps(content))
        counts[f"{split}_count"] = sum(one["num_keypoints"] > 0 for one in people)
    return counts


MINIATURES: dict[str, Callable[[Path], DataSet]] = {
    "ade20k": ade20k,
    "cityscapes": cityscapes,
    "coco_keypoints": coco_keypoints,
    "coco_keypoints_detected": coco_keypoints_detected,
    "imagenet": imagenet,
    "imagenet (flat)": imagenet_flat,
}
"""Name of a set, and the form of its files where there are several -> writes its miniature copy below a root."""
