"""Folders as people have them: names, splits, labels and pixels come out right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from supertickets.data.crops import person_canvas
from supertickets.data.own import OwnData, held_out, open_data
from supertickets.data.own_joints import mirrored_pairs
from supertickets.data.own_layouts import TaskName
from tests.own_data import JOINTS, WRITERS, class_folders, in_json, mask_folders

pytestmark = pytest.mark.fast


def opened(root: Path, task: TaskName) -> OwnData:
    data = open_data(WRITERS[task](root), task)
    data.check()
    return data


@pytest.mark.parametrize("task", WRITERS)
def test_splits_are_made_said_and_apart(task: TaskName, tmp_path: Path) -> None:
    data = opened(tmp_path / "data", task)
    splits = {name: data.pictures(name) for name in ("train", "val", "tune", "train_minus_tune")}  # type: ignore[arg-type]
    assert not set(splits["train"]) & set(splits["val"])
    assert all(len(set(pictures)) == len(pictures) for pictures in splits.values())
    assert sorted([*splits["tune"], *splits["train_minus_tune"]]) == sorted(splits["train"])
    assert len(splits["train"]) == 4 * len(splits["val"]) and splits["tune"]
    assert any("every 5th picture" in line for line in data.said)
    samples = data.load("val", (32, 32), tmp_path / "cache")
    assert len(samples) == len(splits["val"])
    assert data.identity() == open_data(tmp_path / "data", task).identity()


def test_every_class_is_held_out_alike(tmp_path: Path) -> None:
    held = [path.parent.name for path in opened(tmp_path / "data", "classification").pictures("val")]
    assert held == ["blue"] * 2 + ["green"] * 2 + ["red"] * 2


def test_masks_of_large_pictures_are_scored_at_512_pixels(tmp_path: Path) -> None:
    for folder, mode in (("images", "RGB"), ("masks", "L")):
        (tmp_path / folder).mkdir()
        for number in range(5):
            picture = Image.new(mode, (1024, 300))
            picture.paste(1 if mode == "L" else (200, 0, 0), (0, 0, 500, 300))
            picture.save(tmp_path / folder / f"{number}.png")
    data = open_data(tmp_path, "segmentation")
    data.check()
    assert data.load("val", (32, 64), tmp_path / "cache").labels.shape[1:] == (150, 512)


def test_one_in_five_is_held_out() -> None:
    assert held_out(range(11), "val") == [4, 9] and held_out(range(11), "train") == [0, 1, 2, 3, 5, 6, 7, 8, 10]


def test_given_splits_are_taken(tmp_path: Path) -> None:
    for split, count in (("train", 3), ("test", 2)):
        class_folders(tmp_path / split, count)
    data = open_data(tmp_path, "classification")
    assert [len(data.pictures(split)) for split in ("train", "val")] == [9, 6]  # type: ignore[arg-type]
    assert data.names == ("blue", "green", "red") and data.said == []
    assert {path.parent.parent.name for path in data.pictures("val")} == {"test"}


def test_given_splits_of_masks_are_not_exchanged(tmp_path: Path) -> None:
    for split, count in (("train", 9), ("val", 2)):
        mask_folders(tmp_path / split, count)
    data = open_data(tmp_path, "segmentation")
    counts = {"train": 9, "val": 2, "tune": 1, "train_minus_tune": 8}
    for split, count in counts.items():
        pictures = data.pictures(split)  # type: ignore[arg-type]
        assert len(pictures) == count
        assert {path.parent.parent.name for path in pictures} == {"val" if split == "val" else "train"}


def test_labels_are_those_of_the_folders(tmp_path: Path) -> None:
    samples = opened(tmp_path / "data", "classification").load("train", (32, 32), tmp_path / "cache")
    strongest = samples.take(torch.arange(len(samples))).images.float().mean((2, 3)).argmax(1)
    assert torch.equal(strongest, 2 - samples.labels), "blue, green and red"  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", ["ids", "palette", "colours", "black and white"])
def test_masks_of_every_form(form: str, tmp_path: Path) -> None:
    names = {"colours": "ground 1 2 3\nred 4 5 6\nblue 250 9 9\n", "black and white": None}.get(form, "a\nb\nc\n")
    root = mask_folders(tmp_path / "data", names=names)
    expected = {}
    for path in (root / "masks").iterdir():
        ids = np.asarray(Image.open(path))
        if form == "palette":
            image = Image.fromarray(ids)
            image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
            image.save(path)
        if form == "colours":
            table = np.array([[1, 2, 3], [4, 5, 6], [250, 9, 9]], np.uint8)
            Image.fromarray(table[ids]).save(path)
        if form == "black and white":
            Image.fromarray(np.where(ids == 1, 255, 0).astype(np.uint8)).save(path)
            ids = (ids == 1).astype(np.uint8)
        expected[path.stem] = ids
    data = open_data(root, "segmentation")
    data.check()
    assert data.names == (("0", "255") if names is None else tuple(line.split()[0] for line in names.splitlines()))
    samples = data.load("val", (32, 32), tmp_path / "cache")
    for number, path in enumerate(data.pictures("val")):
        assert np.array_equal(samples.labels[number].numpy(), expected[path.stem])  # type: ignore[attr-defined]


def test_ids_without_a_name_do_not_count(tmp_path: Path) -> None:
    root = mask_folders(tmp_path / "data", names="ground\n-\nblue\n")
    data = open_data(root, "segmentation")
    data.check()
    labels = data.load("val", (32, 32), tmp_path / "cache").labels  # type: ignore[attr-defined]
    assert data.names == ("ground", "blue") and set(labels.unique().tolist()) == {0, 1, 255}


def test_joints_of_any_names(tmp_path: Path) -> None:
    data = opened(tmp_path / "data", "pose")
    assert data.names == JOINTS and data.picture_size() == (60, 60)
    samples = data.load("train", (32, 32), tmp_path / "cache").take(torch.arange(2))
    assert samples.flip_pairs == ((0, 1),) and samples.visibility.eq(2).all()
    truth = samples.ground_truth["annotations"][0]["keypoints"]
    found = samples.to_image[0, :, :2] @ samples.joints[0].T + samples.to_image[0, :, 2:]
    assert torch.allclose(found.T, torch.tensor(truth).view(3, 3)[:, :2].float(), atol=1e-3)


@pytest.mark.parametrize(
    ("names", "pairs"),
    [
        (["left_eye", "nose", "right_eye"], ((0, 2),)),
        (["LKnee", "RKnee", "Tail"], ((0, 1),)),
        (["l-ear", "r-ear", "leftPaw", "rightPaw"], ((0, 1), (2, 3))),
        (["left", "centre"], ()),
        ([f"{side}_{n}" for side in ("right", "left") for n in "abcdefgh"], tuple((n, n + 8) for n in range(8))),
    ],
)
def test_sides_are_told_by_names(names: list[str], pairs: tuple[tuple[int, int], ...]) -> None:
    assert mirrored_pairs(names) == pairs


@pytest.mark.parametrize("as_stored", [True, False])
@pytest.mark.parametrize("task", ["segmentation", "pose"])
def test_pictures_that_are_stored_turned_go_with_their_labels(task: TaskName, as_stored: bool, tmp_path: Path) -> None:
    """A photograph in upright format, as phones store it, labelled by a tool that turns it, or by one that does not."""
    root = WRITERS[task](tmp_path / "data")
    for path in (root / "images").iterdir():
        tall = Image.open(path).resize((32, 48))
        if task == "segmentation":
            mask = root / "masks" / path.name
            ids = Image.open(mask).resize((32, 48), Image.Resampling.NEAREST)
            (ids.transpose(Image.Transpose.ROTATE_90) if as_stored else ids).save(mask)
        exif = Image.Exif()
        exif[0x0112] = 6
        tall.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)
    if task == "pose":
        place = root / "annotations.json"
        size = {"width": 48, "height": 32} if as_stored else {"width": 32, "height": 48}
        in_json(lambda given: [record.update(size) for record in given["images"]])(place)
        in_json(lambda given: [one.update(bbox=[2, 2, 28, 28]) for one in given["annotations"]])(place)
        in_json(lambda given: [one.update(area=500) for one in given["annotations"]])(place)
    data = open_data(root, task)
    data.check()
    samples = data.load("train", (48, 32), tmp_path / "cache").take(torch.arange(1))
    path = data.pictures("train")[0] if task == "segmentation" else root / "images/1.png"
    stored = Image.open(path)
    meant = stored if as_stored else ImageOps.exif_transpose(stored)
    if task == "segmentation":
        shown = np.asarray(meant.resize((32, 48), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    else:
        shown = person_canvas([2, 2, 28, 28], (48, 32)).cut(meant)
    assert np.array_equal(samples.images[0].numpy(), shown)
