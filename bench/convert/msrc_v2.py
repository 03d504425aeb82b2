"""MSRC v2 with the cleaned-up labels of Malisiewicz and Efros: segments with a class each become label images."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from bench.convert import Conversion, Sources, matlab
from bench.data.files import decode, read_image

SPLITS = Path(__file__).with_suffix(".csv")
"""Which picture is in which split: drawn once, by subject, because the lists of the literature were not to be found."""

VOID = 255


def write(sources: Sources, folder: Path) -> None:
    """The pictures of `SPLITS` as JPEG of quality 90, and labels with one class index per pixel."""
    archive = sources["msrc"]
    with SPLITS.open(newline="") as file:
        split_of = {row["picture"]: row["split"] for row in csv.DictReader(file)}
    for split in set(split_of.values()):
        for kind in ("images", "labels"):
            (folder / split / kind).mkdir(parents=True)
    for picture, split in split_of.items():
        path = archive / "Images" / f"{picture}.bmp"
        decode(read_image(path), path, "RGB").save(folder / split / "images" / f"{picture}.jpg", quality=90)
        segments, classes = matlab(archive / "newsegmentations_mats" / f"{picture}_GT.mat", "newseg", "newlabels")
        Image.fromarray(label_image(segments, classes)).save(folder / split / "labels" / f"{picture}.png")


def label_image(segments: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """uint8 `(H, W)`: class index from 0 of the segment of each pixel; `VOID` for segments that have no class.

    Args:
        segments: `(H, W)`, segment number from 1.
        classes: class number from 1 of the segments 1, 2, ...; there may be fewer than segments.
    """
    given = np.asarray(classes).astype(int).ravel()
    of_segment = np.full(max(int(segments.max()), len(given)) + 1, VOID, np.uint8)
    of_segment[1 : len(given) + 1] = given - 1
    return of_segment[np.asarray(segments).astype(int)]


CONVERSION = Conversion("msrc_v2", {"msrc": "folder MSRC_v2, with Images and newsegmentations_mats"}, write)
