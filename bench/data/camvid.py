"""CamVid, 11 classes at 360x480: driving scenes of five video sequences, in place of Cityscapes.

The split is SegNet's: 367 train and 233 test images. `val`, the reported split of this suite, is the official
*test* split, as in the literature. The official validation split (101 images) is not used at all: it is one
block of one sequence with another class mix, so it neither trains nor selects anything here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from PIL import ImageFile

from bench.data.label_files import LabelFiles
from supertickets.data.errors import DataError
from supertickets.data.pictures import open_picture
from supertickets.data.splits import TUNE_EVERY


@dataclass(frozen=True)
class CamVid(LabelFiles):
    """Scored splits keep the labels of the camera."""

    name = "camvid"
    role = "Cityscapes"
    class_names = (
        "sky", "building", "pole", "road", "pavement", "tree", "sign_symbol", "fence", "car", "pedestrian", "bicyclist",
    )  # fmt: skip
    native_size = (360, 480)
    decoder_version = "1"
    file_ids = tuple(range(11))
    ignored_ids = (11,)

    train_count: int = 367
    test_count: int = 233

    def _members(self, stems: list[str], split: str) -> list[str]:
        if split not in ("tune", "train_minus_tune"):
            return stems
        held_out = _last_frames_of_each_sequence(stems)
        return [stem for stem in stems if (stem in held_out) == (split == "tune")]

    def _open(self, path: Path) -> ImageFile.ImageFile:
        image = open_picture(path)
        if (image.height, image.width) != self.native_size:
            found = f"{image.height}x{image.width}"
            raise DataError(
                f"{path} is {found}, not 360x480 (height x width): this is not the SegNet version of CamVid"
            )
        return image


def _last_frames_of_each_sequence(stems: list[str]) -> set[str]:
    """The last eighth of every sequence: neighbouring frames are near-duplicates, so whole blocks are held out.

    File names are sequence and frame number. A block at the end has one neighbour in the rest, a block in the middle
    would have two.
    """
    held_out: set[str] = set()
    for _, frames in groupby(stems, key=lambda stem: stem.split("_")[0]):
        block = list(frames)
        held_out.update(block[len(block) - max(1, len(block) // TUNE_EVERY) :])
    return held_out


TITLE = "CamVid"
DATA_SET = CamVid()
