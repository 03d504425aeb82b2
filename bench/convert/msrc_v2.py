"""MSRC v2 with the cleaned-up labels of Malisiewicz and Efros: segments with a class each become label images."""

from __future__ import annotations

import csv
import reprlib
from pathlib import Path

import numpy as np
from PIL import Image

from bench.convert import Conversion, Sources
from bench.data import DataError
from bench.data.matlab import matlab
from supertickets.data.pictures import decode_rgb, read_picture, require_upright

SPLITS = Path(__file__).with_suffix(".csv")
"""Which picture is in which split: drawn once, by subject, because the lists of the literature were not to be found."""

VOID = 255
MOST_SEGMENTS = 2**16
"""Of one picture; the archive's have 21 at most."""


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
        decoded = decode_rgb(require_upright(read_picture(path), path), path)
        decoded.save(folder / split / "images" / f"{picture}.jpg", quality=90)
        segmented = archive / "newsegmentations_mats" / f"{picture}_GT.mat"
        segments, classes = matlab(segmented, "newseg", "newlabels")
        try:
            labels = label_image(segments, classes)
        except ValueError as error:
            raise DataError(f"{segmented}: {error}: unpack the archive again") from error
        Image.fromarray(labels).save(folder / split / "labels" / f"{picture}.png")


def label_image(segments: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """uint8 `(H, W)`: class index from 0 of the segment of each pixel; `VOID` for segments that have no class.

    Args:
        segments: `(H, W)`, segment number from 1.
        classes: class number from 1 of the segments 1, 2, ...; there may be fewer than segments.

    Raises:
        ValueError: not two dimensions, or numbers that are not whole or out of range.
    """
    numbers, given = _whole(segments, 0, MOST_SEGMENTS, "segment"), _whole(classes, 1, VOID, "class").ravel()
    if numbers.ndim != 2 or len(given) > MOST_SEGMENTS:
        raise ValueError(f"segments of shape {numbers.shape} with {len(given)} classes are no picture")
    of_segment = np.full(MOST_SEGMENTS + 1, VOID, np.uint8)
    of_segment[1 : len(given) + 1] = given - 1
    return of_segment[numbers]


def _whole(values: np.ndarray, least: int, most: int, what: str) -> np.ndarray:
    if values.dtype.kind not in "fiu" or not values.size or not ((values >= least) & (values <= most)).all():
        raise ValueError(f"{what} numbers from {least} to {most} expected, got {values.dtype} {reprlib.repr(values)}")
    whole = values.astype(int)
    if (whole != values).any():
        raise ValueError(f"{what} numbers are whole, got {reprlib.repr(values)}")
    return whole


CONVERSION = Conversion("msrc_v2", {"msrc": "folder MSRC_v2, with Images and newsegmentations_mats"}, write)
