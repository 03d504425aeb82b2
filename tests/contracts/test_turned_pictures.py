"""Pictures that published sets store turned: read as the loaders read them that come with the sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from bench.data import DataSet
from tests.contracts.trees import TREES

pytestmark = pytest.mark.slow  # loads torchvision

FORMS = ("ade20k", "cityscapes", "coco", "coco_keypoints", "coco_people", "voc2007")
PICTURES: dict[str, str] = {
    "ade20k": "ADEChallengeData2016/images/*/*.jpg", "cityscapes": "cityscapes/leftImg8bit/*/*/*.png",
    "coco": "coco/*2017/*.jpg", "coco_keypoints": "coco/*2017/*.jpg", "coco_people": "coco/*2017/*.jpg",
    "voc2007": "voc2007/JPEGImages/*.jpg",
}  # fmt: skip


def tag(path: Path, orientation: int) -> None:
    """Say in a file's header that its picture is stored turned, and leave its pixels as they are."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    if path.suffix == ".png":
        with Image.open(path) as image:
            image.load()
        image.save(path, exif=exif)
        return
    raw, content = path.read_bytes(), exif.tobytes()
    segment = b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content
    path.write_bytes(raw[:2] + segment + raw[2:])


def seen(data: DataSet, root: Path, cache: Path) -> list[bytes]:
    samples = data.load(root, "train", (64, 64), cache)
    return [samples.take(torch.tensor([index])).images.numpy().tobytes() for index in range(4)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("orientation", [2, 3, 4, 6])
@pytest.mark.parametrize("form", FORMS)
def test_labels_of_published_sets_mean_pictures_as_they_are_stored(form: str, orientation: int, tmp_path: Path) -> None:
    write: Callable[[Path], DataSet] = TREES[form]
    root = tmp_path / "root"
    data = write(root)
    expected = seen(data, root, tmp_path / "before")
    paths = list(root.glob(PICTURES[form]))
    assert paths
    for path in paths:
        tag(path, orientation)
    data.check(root)
    assert seen(data, root, tmp_path / "after") == expected
