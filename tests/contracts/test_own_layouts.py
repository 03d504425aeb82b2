"""A folder that is laid out for one task is not taken for another, however well its names would do for that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from supertickets.data.errors import DataError
from supertickets.data.own import open_data
from supertickets.data.own_layouts import TaskName
from tests.own_data import WRITERS, class_folders, joint_files, mask_folders

pytestmark = pytest.mark.fast


def plain(task: TaskName) -> Callable[[Path], object]:
    return WRITERS[task]


def below_splits(write: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda root: [write(root / split) for split in ("train", "valid")]


def splits_below(*kinds: str) -> Callable[[Path], object]:
    """`images/train` and `masks/train` instead of `train/images` and `train/masks`."""

    def write(root: Path) -> None:
        mask_folders(root)
        for kind, called in zip(("images", "masks"), kinds, strict=True):
            (root / kind).rename(root / "train")
            (root / called).mkdir()
            (root / "train").rename(root / called / "train")

    return write


def as_coco_is_published(root: Path) -> None:
    for split in ("train", "val"):
        joint_files(root / split)
        (root / "annotations").mkdir(exist_ok=True)
        (root / split / "annotations.json").rename(root / "annotations" / f"person_keypoints_{split}2017.json")
        (root / split / "images").rename(root / f"{split}2017")
        (root / split).rmdir()


LAYOUTS: dict[str, tuple[TaskName, Callable[[Path], object]]] = {
    "classes": ("classification", plain("classification")),
    "classes in splits": ("classification", below_splits(class_folders)),
    "masks": ("segmentation", plain("segmentation")),
    "masks in splits": ("segmentation", below_splits(mask_folders)),
    "splits in masks": ("segmentation", splits_below("images", "masks")),
    "splits in labels": ("segmentation", splits_below("images", "labels")),
    "splits in annotations": ("segmentation", splits_below("images", "annotations")),
    "joints": ("pose", plain("pose")),
    "joints as COCO publishes them": ("pose", as_coco_is_published),
}


@pytest.mark.parametrize(
    ("layout", "task"), [(layout, task) for layout, (own, _) in LAYOUTS.items() for task in WRITERS if task != own]
)
def test_the_layout_of_another_task_is_refused_by_its_name(layout: str, task: TaskName, tmp_path: Path) -> None:
    own, write = LAYOUTS[layout]
    root = tmp_path / "data"
    write(root)
    with pytest.raises(DataError) as raised:
        open_data(root, task)
    [line] = str(raised.value).splitlines()
    assert line.startswith(f"{root} is laid out for {own} (") and f", not for {task}: " in line
    assert "layout: DATA/" in line


def test_annotations_of_another_task_beside_a_layout_do_not_matter(tmp_path: Path) -> None:
    """Many sets have masks and joints of the same pictures, or a list of their classes beside them."""
    both = mask_folders(tmp_path / "both")
    joint_files(tmp_path / "joints")
    (tmp_path / "joints" / "annotations.json").rename(both / "annotations.json")
    assert open_data(both, "segmentation").names == ("ground", "red", "blue")
    classes = class_folders(tmp_path / "classes")
    (classes / "about.json").write_text("{}")
    assert open_data(classes, "classification").names == ("blue", "green", "red")
