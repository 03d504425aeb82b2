"""Miniature copies of the paper's data sets, in the layouts in which they are published: pictures of random colours.

For machines without the data: tests train on small ones, `bench.gpu` times steps on pictures of the usual sizes.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.data import data_set
from bench.data.cityscapes import Cityscapes
from bench.data.coco_keypoints import CocoKeypoints
from bench.data.imagenet import ImageNet
from bench.data.pixel_labels import PixelLabels
from bench.data.streamed import StreamedDataSet

TRAIN, VAL = 16, 4


def coloured(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """A picture `(H, W)` of random colours in an 8x8 grid."""
    return Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize(size[::-1])


def _labelled(rng: np.random.Generator, data: PixelLabels, size: tuple[int, int]) -> Image.Image:
    """Half of the squares have ids of classes, the others are ignored."""
    ids = rng.choice(np.array([*data.file_ids, *[data.ignored_ids[0]] * len(data.file_ids)], np.uint8), (8, 8))
    return Image.fromarray(ids).resize(size[::-1], Image.Resampling.NEAREST)


def cityscapes(root: Path, train: int = TRAIN, val: int = VAL, enlarged: int = 1) -> StreamedDataSet:
    """Pictures of 64x128, times `enlarged`, of two towns per split.

    Beside each lie the files of other kinds that the archive has.
    """
    rng, data = np.random.default_rng(0), data_set("cityscapes")
    assert isinstance(data, Cityscapes)
    size = (64 * enlarged, 128 * enlarged)
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


def ade20k(root: Path, train: int = TRAIN, val: int = VAL, enlarged: int = 1) -> StreamedDataSet:
    """Pictures of several sizes, the shorter side at least 48, times `enlarged`."""
    rng, data = np.random.default_rng(0), data_set("ade20k")
    assert isinstance(data, PixelLabels)
    for split, count in (("training", train), ("validation", val)):
        for kind in ("images", "annotations"):
            (root / data.folder / kind / split).mkdir(parents=True, exist_ok=True)
        for number in range(1, count + 1):
            height, width = ((48, 64), (72, 56))[number % 2]
            size = (height * enlarged, width * enlarged)
            stem = f"ADE_{'train' if split == 'training' else 'val'}_{number:08d}"
            coloured(rng, size).save(root / data.folder / "images" / split / f"{stem}.jpg", comment=b"\xff\xd9")
            _labelled(rng, data, size).save(root / data.folder / "annotations" / split / f"{stem}.png")
    return replace(data, train_count=train, val_count=val, short_side=48 * enlarged)


def imagenet(root: Path, train: int = TRAIN, val: int = VAL, classes: int = 3, enlarged: int = 1) -> StreamedDataSet:
    """Pictures of several sizes, about 40 times `enlarged`, grey ones among them, in folders of WordNet ids.

    Of more than `TRAIN` pictures in a split the first ones come again, in folders of other classes.
    """
    rng, words = np.random.default_rng(0), [f"n{number:08d}" for number in range(1, classes + 1)]
    for split, count in (("train", train), ("val", val)):
        drawn: list[bytes] = []
        for number in range(count):
            if number < TRAIN:
                height, width = ((40, 60), (50, 36))[number % 2]
                picture, content = coloured(rng, (height * enlarged, width * enlarged)), io.BytesIO()
                (picture.convert("L") if number == 4 else picture).save(content, "JPEG")
                drawn.append(content.getvalue())
            place = root / "imagenet" / split / words[number % classes]
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{split}_{number:08d}.JPEG").write_bytes(drawn[number % TRAIN])
    data = data_set("imagenet")
    assert isinstance(data, ImageNet)
    return replace(data, train_count=train, val_count=val, class_names=tuple(words), class_count=classes)


def coco_keypoints(root: Path, train: int = TRAIN, val: int = VAL, enlarged: int = 1) -> StreamedDataSet:
    """Pictures of 80x100, times `enlarged`, with two persons each, of whom every fifth has no labelled joint.

    The last picture has a crowd, too.
    """
    rng, data = np.random.default_rng(0), data_set("coco_keypoints")
    assert isinstance(data, CocoKeypoints)
    height, width = 80 * enlarged, 100 * enlarged
    category = {"id": 1, "name": "person", "supercategory": "person", "keypoints": list(data.class_names)}
    counts: dict[str, int] = {}
    for split, first, count in (("train", 100, train), ("val", 900, val)):
        place = root / "coco" / f"{split}2017"
        place.mkdir(parents=True)
        (root / "coco" / "annotations").mkdir(exist_ok=True)
        images: list[dict[str, int | str]] = []
        people: list[dict[str, Any]] = []
        for number in range(first, first + count):
            name = f"{number:012d}.jpg"
            coloured(rng, (height, width)).save(place / name, comment=b"\xff\xd9")
            images.append({"id": number, "file_name": name, "width": width, "height": height})
            for which, (x, y) in enumerate(((8.0, 5.0), (55.5, 10.0))):
                joints = np.stack([rng.uniform(x, x + 36, 17), rng.uniform(y, y + 60, 17), rng.integers(1, 3, 17)], 1)
                joints[:, :2] *= enlarged
                seen = (2 * number + which) % 5 > 0
                left, top, wide, high = (side * enlarged for side in (x, y, 36.0, 60.0))
                flat = [v if i % 3 < 2 else int(v) for i, v in enumerate(joints.ravel().tolist())]
                people.append(
                    {
                        "id": 10 * number + which, "image_id": number, "category_id": 1, "iscrowd": 0,
                        "area": 1300.0 * enlarged**2, "bbox": [left, top, wide, high],
                        "num_keypoints": 17 * seen, "keypoints": flat if seen else [0] * 51,
                        "segmentation": [[left, top, left + wide, top, left, top + high]],
                    }
                )  # fmt: skip
        crowd = {**people[-1], "id": 1, "iscrowd": 1, "num_keypoints": 0, "keypoints": [0] * 51}
        content = {"images": images, "annotations": [*people, crowd], "categories": [category]}
        path = root / "coco" / "annotations" / f"person_keypoints_{split}2017.json"
        path.write_text(json.dumps(content))
        counts[split] = sum(one["num_keypoints"] > 0 for one in people)
    return replace(data, train_count=counts["train"], val_count=counts["val"])
