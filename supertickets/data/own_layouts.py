"""What folders of people's own data are called and hold, by which the task is told that they are laid out for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from supertickets.data.errors import DataError
from supertickets.data.files import entries, listed

TaskName = Literal["classification", "segmentation", "pose"]

PICTURES = (".jpg", ".jpeg", ".png", ".bmp")
"""Endings of pictures."""
SPLIT_NAMES = {"train": ("train", "training"), "val": ("val", "valid", "validation", "test")}
"""Our name of a split -> names that its folder or file may have, the first that is there counts."""
IMAGES = "images"
MASK_FOLDERS = ("masks", "labels", "annotations")


LAYOUTS: dict[TaskName, str] = {
    "classification": "DATA/<class>/*.{jpg,jpeg,png,bmp}, or the same below DATA/train and DATA/val",
    "segmentation": "DATA/images/* and DATA/masks/*.png of the same names, or both below DATA/train and DATA/val; "
    "DATA/classes.txt",
    "pose": "DATA/*.json or DATA/annotations/*.json, one file or two with train and val in their names; DATA/images/*",
}
"""What a folder may look like, for people."""


def split_folders(root: Path) -> dict[str, Path]:
    """Our name of each split -> its folder; {} where there is no train."""
    there = {split: [root / name for name in names if (root / name).is_dir()] for split, names in SPLIT_NAMES.items()}
    found = {split: folders[0] for split, folders in there.items() if folders}
    return found if "train" in found else {}


def annotation_files(root: Path) -> list[Path]:
    """JSON files of a folder, or of its folder `annotations` where it has none itself."""
    found = listed(root, ".json")
    return found or (listed(root / "annotations", ".json") if (root / "annotations").is_dir() else [])


def mask_folder(place: Path) -> Path | None:
    """The folder beside `images` that is called as one of masks; None where there is none."""
    return next((place / name for name in MASK_FOLDERS if (place / name).is_dir()), None)


def require_layout(root: Path, task: TaskName) -> None:
    """Refuse a folder that is laid out for other tasks alone.

    Raises:
        DataError: it is; or it cannot be listed.
    """
    found = dict(_signs(root))
    if found and task not in found:
        other, why = next(iter(found.items()))
        raise DataError(
            f"{root} is laid out for {other} ({why}), not for {task}: change the task, or the folders; "
            f"layout: {LAYOUTS[task]}"
        )


def _signs(root: Path) -> Iterator[tuple[TaskName, str]]:
    """The tasks that a folder seems to be laid out for, and why; folders of classes are what is left."""
    files, places = annotation_files(root), [*split_folders(root).values(), root]
    with_masks = [
        (place, masks)
        for place in places
        if (place / IMAGES).is_dir() and (masks := mask_folder(place)) and masks not in {file.parent for file in files}
    ]
    if with_masks:
        place, masks = with_masks[0]
        yield "segmentation", f"folders {IMAGES} and {masks.name} in {place}"
    in_classes = [folder for folder in entries(places[0]) if folder.is_dir() and listed(folder, *PICTURES)]
    annotated = files and (files[0].parent != root or any(listed(folder, *PICTURES) for folder in _of_pictures(root)))
    if annotated:
        yield "pose", f"annotations in {files[0]}"
    if not with_masks and not annotated and len(in_classes) > 1:
        yield "classification", f"folders {in_classes[0].name} and {in_classes[1].name} of pictures in {places[0]}"


def _of_pictures(root: Path) -> list[Path]:
    """Folders that hold the pictures of annotation files beside them, not of classes."""
    return [folder for folder in (root / IMAGES, *split_folders(root).values()) if folder.is_dir()]
