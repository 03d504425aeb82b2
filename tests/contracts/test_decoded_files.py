"""What files become when they are decoded, against reading them by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from bench.data import DataError, data_set
from supertickets.data.pictures import read_picture
from supertickets.tasks.data import IGNORE_LABEL
from tests.contracts.trees import TREES, VAL, cifar_pictures, official_cifar_tree, packed_cifar_tree

pytestmark = pytest.mark.slow

MSRC_FILES = (
    "building", "grass", "tree", "cow", "horse", "sheep", "sky", "mountain", "aeroplane", "water", "face", "car",
    "bicycle", "flower", "sign", "bird", "book", "chair", "road", "cat", "dog", "body", "boat",
)  # fmt: skip
"""Names by id in the files, from their classes.csv."""


def test_official_batches_decode_to_the_pixels_that_were_stored(tmp_path: Path) -> None:
    data = official_cifar_tree(tmp_path)
    for split, stored in (("val", "test"), ("train", "train")):
        pictures, labels = cifar_pictures()[stored]
        decoded = data.load(tmp_path, split, (32, 32), tmp_path / "cache")
        assert torch.equal(decoded.images, torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy()))
        assert decoded.labels.tolist() == labels.tolist()


def test_packed_files_decode_to_the_same_pictures_up_to_jpeg(tmp_path: Path) -> None:
    data = packed_cifar_tree(tmp_path)
    pictures, labels = cifar_pictures()["train"]
    decoded = data.load(tmp_path, "train", (32, 32), tmp_path / "cache")
    stored = torch.from_numpy(pictures.transpose(0, 3, 1, 2).astype(np.float32))
    errors = (decoded.images.float() - stored).abs().mean(dim=(1, 2, 3))
    unrelated = (decoded.images.float() - stored.roll(1, 0)).abs().mean(dim=(1, 2, 3))
    assert errors.max() < 0.5 * unrelated.min() and decoded.labels.tolist() == labels.tolist()


def test_where_both_forms_are_the_lossless_one_is_read(tmp_path: Path) -> None:
    packed = packed_cifar_tree(tmp_path)
    before = packed.data_id(tmp_path)
    official_cifar_tree(tmp_path)
    assert packed.data_id(tmp_path) != before
    decoded = packed.load(tmp_path, "val", (32, 32), tmp_path / "cache")
    assert torch.equal(decoded.images[1], torch.from_numpy(cifar_pictures()["test"][0][1].transpose(2, 0, 1).copy()))


@pytest.mark.parametrize("name", ["camvid", "msrc_v2"])
def test_label_ids_become_the_classes_they_name(name: str, tmp_path: Path) -> None:
    data = TREES[name](tmp_path)
    in_files = data.class_names if name == "camvid" else MSRC_FILES
    decoded = data.load(tmp_path, "val", (30, 40), tmp_path / "cache")
    paths = sorted((tmp_path / name / "test" / "labels").iterdir())
    assert decoded.labels.shape == (VAL, *data.native_size), "scored labels are not shrunk"
    found = {path.stem: np.asarray(Image.open(path)) for path in paths}
    by_order = {labels.tobytes() for labels in decoded.labels.numpy()}
    expected = set()
    for ids in found.values():
        named = {number: in_files[number] if number < len(in_files) else "void" for number in np.unique(ids)}
        classes = np.full(ids.shape, IGNORE_LABEL, np.uint8)
        for number, called in named.items():
            if called in data.class_names:
                classes[ids == number] = data.class_names.index(called)
        expected.add(classes.tobytes())
    assert by_order == expected


def test_horse_and_mountain_are_ignored() -> None:
    assert set(MSRC_FILES) - set(data_set("msrc_v2").class_names) == {"horse", "mountain"}


def test_images_and_labels_to_train_on_have_the_size_asked_for(tmp_path: Path) -> None:
    data = TREES["msrc_v2"](tmp_path)
    decoded = data.load(tmp_path, "train", (30, 40), tmp_path / "cache")
    assert decoded.images.shape[2:] == decoded.labels.shape[1:] == (30, 40)


def test_folders_are_classes_and_middles_are_kept(tmp_path: Path) -> None:
    """Of a picture with red ends and a green middle, a square shows the middle; a wide input what is above it too."""
    for split in ("train", "val"):
        for name, wide in (("ant", True), ("bee", False)):
            folder = tmp_path / "image_folder" / split / name
            folder.mkdir(parents=True)
            picture = Image.new("RGB", (60, 20) if wide else (20, 60), (255, 0, 0))
            picture.paste((0, 255, 0), (20, 0, 40, 20) if wide else (0, 20, 20, 40))
            picture.save(folder / "a.png")
            picture.save(folder / "b.png")
    decoded = data_set("image_folder").load(tmp_path, "val", (10, 10), tmp_path / "cache")
    assert decoded.class_names == ("ant", "bee") and decoded.labels.tolist() == [0, 0, 1, 1]
    assert (decoded.images[:, 1, 1:9, 1:9] == 255).all() and (decoded.images[:, 0, 1:9, 1:9] == 0).all()
    whole = data_set("image_folder").load(tmp_path, "val", (10, 30), tmp_path / "cache")
    assert (whole.images[0, 0, :, :8] == 255).all() and (whole.images[0, 1, :, 12:18] == 255).all()


def test_what_a_camera_appends_does_not_matter(tmp_path: Path) -> None:
    data = TREES["image_folder"](tmp_path)
    path = min((tmp_path / "image_folder").rglob("*.JPG"))
    path.write_bytes(path.read_bytes() + b"SEFT" * 100)
    data.check(tmp_path)
    with pytest.raises(DataError, match="is missing"):
        read_picture(path.with_name("none.jpg"))
