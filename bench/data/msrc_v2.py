"""MSRC v2, 21 classes: photographs of animals, vehicles, faces, buildings and indoor things, in place of ADE20K.

Of the 23 labelled classes horse and mountain are ignored, as is usual: three and 26 images are too few to learn them.
`val`, the reported split of this suite, is the *test* split (175 images); nets train on the train split (355) alone.
The files' validation split (59 images) is not used at all: it has three images of many a class, so it selects nothing,
and `tune` is carved from train as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.data.label_files import LabelFiles
from supertickets.data.splits import members

HORSE, MOUNTAIN, VOID = 4, 7, 255


@dataclass(frozen=True)
class MsrcV2(LabelFiles):
    """Most images are 213x320, others 240x320 or upright; scored labels are at 213x320, so every image weighs the same.

    Labels of three images in four are thereby scored at their own resolution.
    """

    name = "msrc_v2"
    role = "ADE20K"
    class_names = (
        "building", "grass", "tree", "cow", "sheep", "sky", "aeroplane", "water", "face", "car", "bicycle", "flower",
        "sign", "bird", "book", "chair", "road", "cat", "dog", "body", "boat",
    )  # fmt: skip
    native_size = (213, 320)
    decoder_version = "1"
    file_ids = tuple(number for number in range(23) if number not in (HORSE, MOUNTAIN))
    ignored_ids = (HORSE, MOUNTAIN, VOID)

    train_count: int = 355
    test_count: int = 175

    def _members(self, stems: list[str], split: str) -> list[str]:
        return by_subject(stems, split)


def subject_and_number(stem: str) -> tuple[int, int]:
    """What a file's name says: `1_2_s` is the second image of subject 1."""
    subject, number = stem.split("_")[:2]
    return int(subject), int(number)


def by_subject(stems: list[str], split: str) -> list[str]:
    """Names that belong to a split, in the order of subjects, so that every eighth is a fair mix."""
    return members(sorted(stems, key=subject_and_number), split)


TITLE = "MSRC v2"
DATA_SET = MsrcV2()
