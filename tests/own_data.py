"""Small folders as people have them, whose pictures a small net learns in seconds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from supertickets.data.own_layouts import TaskName
from tests.copied_files import copied

COLOURS = {"blue": (40, 60, 200), "green": (40, 180, 60), "red": (200, 50, 40)}
SIDE = 32
JOINTS = ("left_hand", "right_hand", "head")


def _noise(rng: np.random.Generator, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    return rng.integers(90, 160, (height, width, 3)).astype(np.uint8)


def class_folders(root: Path, count: int = 10, ending: str = "png") -> Path:
    """`count` pictures of each of three colours."""
    copied(root, _draw_classes, count, ending)
    return root


def _draw_classes(root: Path, count: int, ending: str) -> None:
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (root / name).mkdir(parents=True)
        for number in range(count):
            picture = _noise(rng)
            top, left = rng.integers(0, 12, 2)
            picture[top : top + 20, left : left + 20] = colour
            Image.fromarray(picture).save(root / name / f"{number:02}.{ending}")


def mask_folders(root: Path, count: int = 15, names: str | None = "ground\nred\nblue\n") -> Path:
    """Pictures with a red and a blue rectangle, and ids 0, 1, 2; `classes.txt` where there are names."""
    copied(root, _draw_masks, count)
    if names is not None:
        (root / "classes.txt").write_text(names)
    return root


def _draw_masks(root: Path, count: int) -> None:
    rng = np.random.default_rng(1)
    for kind in ("images", "masks"):
        (root / kind).mkdir(parents=True)
    for number in range(count):
        picture, mask = _noise(rng), np.zeros((SIDE, SIDE), np.uint8)
        for label, name in ((1, "red"), (2, "blue")):
            top, left = rng.integers(0, 16, 2)
            picture[top : top + 14, left : left + 14] = COLOURS[name]
            mask[top : top + 14, left : left + 14] = label
        Image.fromarray(picture).save(root / "images" / f"{number:02}.png")
        Image.fromarray(mask).save(root / "masks" / f"{number:02}.png")


def joint_files(root: Path, count: int = 20) -> Path:
    """Pictures of one figure with three coloured joints, in COCO's layout."""
    copied(root, _draw_joints, count)
    return root


def _draw_joints(root: Path, count: int) -> None:
    rng = np.random.default_rng(2)
    (root / "images").mkdir(parents=True)
    images, people = [], []
    for number in range(1, count + 1):
        picture = _noise(rng, 64, 64)
        keypoints: list[Any] = []
        for place, colour in zip([(18, 40), (46, 40), (32, 18)], COLOURS.values(), strict=True):
            x, y = (int(at + rng.integers(-14, 15)) for at in place)
            picture[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4] = colour
            keypoints += [x, y, 2]
        Image.fromarray(picture).save(root / "images" / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "width": 64, "height": 64})
        people.append(
            {
                "id": number, "image_id": number, "category_id": 1, "iscrowd": 0, "num_keypoints": 3,
                "keypoints": keypoints, "bbox": [2, 2, 60, 60], "area": 2000,
            }
        )  # fmt: skip
    category = {"id": 1, "name": "figure", "keypoints": list(JOINTS)}
    content = {"images": images, "annotations": people, "categories": [category]}
    (root / "annotations.json").write_text(json.dumps(content))


WRITERS: dict[TaskName, Callable[[Path], Path]] = {
    "classification": class_folders, "segmentation": mask_folders, "pose": joint_files,
}  # fmt: skip


def in_json(change: Callable[[Any], object]) -> Callable[[Path], None]:
    """What changes the content of a JSON file."""

    def apply(path: Path) -> None:
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return apply


def shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings of a few epochs."""
    for module in ("plan", "training"):
        monkeypatch.setattr(f"supertickets.own.{module}.SEARCH_EPOCHS", 12)
        monkeypatch.setattr(f"supertickets.own.{module}.RETRAIN_EPOCHS", 4)
