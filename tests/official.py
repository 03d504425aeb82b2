"""Miniature copies of the paper's data sets, in the layouts in which they are published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from bench.data import DataSet, data_set
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


MINIATURES: dict[str, Callable[[Path], DataSet]] = {"ade20k": ade20k, "cityscapes": cityscapes}
"""Name of a set -> writes its miniature copy below a root."""
