"""What a check says about files that are damaged, missing or of another data set: the file, the culprit, a remedy."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench.data import DataError
from tests.contracts.trees import TREES, VAL, write_batch

pytestmark = pytest.mark.slow
Damage = Callable[[Path], None]
"""Breaks one file."""


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-500])


def cut_in_the_middle(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-60])


def in_colours(path: Path) -> None:
    Image.new("RGB", (480, 360)).save(path)


def labels_of(value: int, width: int, height: int) -> Damage:
    return lambda path: Image.new("L", (width, height), value).save(path)


def in_json(change: Callable[[dict[str, Any]], object]) -> Damage:
    def apply(path: Path) -> None:
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return apply


def in_text(pattern: str, put: str) -> Damage:
    return lambda path: path.write_text(re.sub(pattern, put, path.read_text()))


def in_archive(change: Callable[[dict[str, np.ndarray]], object]) -> Damage:
    def apply(path: Path) -> None:
        with np.load(path) as archive:
            content = {name: archive[name].copy() for name in archive}
        change(content)
        np.savez(path, **content)

    return apply


def without_heading(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in content.items():
            archive.writestr(name, raw if name != "jpeg.npy" else b"junk")


def batch(**entries: object) -> Damage:
    return lambda path: write_batch(path, {name.encode(): value for name, value in entries.items()})


class Attack:
    """Unpickled without care, this would run a command."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (eval, ("1 / 0",))


PIXELS = np.zeros((2, 3072), np.uint8)
ANNOTATIONS = "lsp_pose/annotations/person_keypoints_val.json"
OFFICIAL = "cifar10 (official batches)"
BATCH = "cifar10/cifar-10-batches-py/data_batch_2"

CASES: dict[str, tuple[str, str, Damage, str]] = {
    "label missing": ("camvid", "camvid/train/labels/*", Path.unlink, "has no label"),
    "label of the wrong size": ("camvid", "camvid/test/labels/*", labels_of(0, 240, 180), "180x240, not 360x480"),
    "label id out of range": ("camvid", "camvid/train/labels/*", labels_of(12, 480, 360), "label id 12"),
    "label in colours": ("camvid", "camvid/train/labels/*", in_colours, "mode RGB"),
    "image truncated": ("camvid", "camvid/train/images/*", shorten, "truncated"),
    "image of another size than its label": (
        "msrc_v2", "msrc_v2/test/labels/*", labels_of(0, 320, 240), "240x320, not 213x320"
    ),
    "unknown class": ("msrc_v2", "msrc_v2/train/labels/*", labels_of(23, 320, 213), "label id 23; the ids are 0, 1"),
    "image missing": ("msrc_v2", "msrc_v2/test/images/*", Path.unlink, "has no image"),
    "photograph truncated": ("lsp_pose", "lsp_pose/images/*", shorten, "truncated"),
    "photograph missing": ("lsp_pose", "lsp_pose/images/*", Path.unlink, "is missing"),
    "photograph of another size": (
        "lsp_pose", "lsp_pose/images/*", lambda path: Image.new("RGB", (61, 80)).save(path), "61x80.*60x80"
    ),
    "JSON corrupt": ("lsp_pose", ANNOTATIONS, lambda path: path.write_text(path.read_text()[:-7]), "not valid JSON"),
    "JSON without annotations": (
        "lsp_pose", ANNOTATIONS, in_json(lambda c: c.pop("annotations")), "COCO keypoint layout.*annotations"
    ),
    "joint missing": (
        "lsp_pose", ANNOTATIONS, in_json(lambda c: c["annotations"][1]["keypoints"].pop()),
        r"annotation 2 \(id 1002\) has keypoints .*, not a list of 42 numbers"
    ),
    "image id unknown": (
        "lsp_pose", ANNOTATIONS, in_json(lambda c: c["annotations"][1].update(image_id=77)),
        r"annotation 2 \(id 1002\) has image_id 77, not the id of a listed image"
    ),
    "person missing": (
        "lsp_pose", ANNOTATIONS, in_json(lambda c: c["annotations"].pop()), f"has {VAL - 1} persons, {VAL} expected"
    ),
    "blood cells missing": ("bccd", "bccd/test/*.jpg", Path.unlink, "is missing"),
    "blood cells of another size": (
        "bccd", "bccd/test/*.jpg", lambda path: Image.new("RGB", (81, 60)).save(path), "is 81x60 .*, its annotation"
    ),
    "class unknown": (
        "bccd", "bccd/instances_test.json", in_json(lambda c: c["categories"][1].update(name="Yeast")),
        "no category has the name 'RBC'",
    ),
    "class in one split alone": (
        "coco", "coco/annotations/instances_val2017.json", in_json(lambda c: c["categories"].pop(0)),
        "one of the classes|not the id of a listed category",
    ),
    "pictures missing from the list": (
        "bccd", "bccd/instances_test.json", in_json(lambda c: c.update(annotations=[], images=c["images"][:1])),
        f"has 1 images, {VAL} expected",
    ),
    "nothing annotated": (
        "coco", "coco/annotations/instances_val2017.json", in_json(lambda c: c.update(annotations=[])),
        "no object to be found",
    ),
    "mask missing": (
        "coco", "coco/annotations/instances_val2017.json", in_json(lambda c: c["annotations"][0].pop("segmentation")),
        r"annotations\[0\] \(id .*\) has no 'segmentation'",
    ),
    "mask of another size": (
        "coco_few", "coco_few/instances_val.json",
        in_json(lambda c: c["annotations"][-1]["segmentation"].update(size=[80, 60])), "has a mask of 80x60 in an",
    ),
    "crowd cut": (
        "coco_few", "coco_few/instances_val.json",
        in_json(lambda c: c["annotations"][-1]["segmentation"]["counts"].pop()), "has run lengths of 4770 pixels",
    ),
    "other joints": (
        "coco_few_people", "coco_few/person_keypoints_val.json",
        in_json(lambda c: c["categories"][0]["keypoints"].pop()), "category 1 .* has keypoints .*, not the joints",
    ),
    "box turned over": (
        "bccd", "bccd/instances_test.json", in_json(lambda c: c["annotations"][0]["bbox"].__setitem__(2, -5)),
        "has bbox .*, not a box .* of no negative size",
    ),
    "XML cut": ("voc2007", "voc2007/Annotations/000017.xml", cut_in_the_middle, "is not XML that is read here"),
    "XML missing": ("voc2007", "voc2007/Annotations/000017.xml", Path.unlink, "is missing"),
    "XML of something else": (
        "voc2007", "voc2007/Annotations/000017.xml", lambda path: path.write_text("<html/>"), "not an annotation"
    ),
    "object of another class": (
        "voc2007", "voc2007/Annotations/000017.xml", in_text("<name>.*?</name>", "<name>yeti</name>"),
        "an object is called 'yeti'; the classes are aeroplane",
    ),
    "object without a box": (
        "voc2007", "voc2007/Annotations/000017.xml", in_text("<bndbox>.*?</bndbox>", ""), "<object> has 0 <bndbox>"
    ),
    "box of VOC turned over": (
        "voc2007", "voc2007/Annotations/000017.xml", in_text("<xmax>.*?<", "<xmax>1<"), "holds no pixel of its image"
    ),
    "box in words": (
        "voc2007", "voc2007/Annotations/000017.xml", in_text("<xmax>.*?<", "<xmax>far<"), "'far' is no number"
    ),
    "picture of VOC of another size": (
        "voc2007", "voc2007/JPEGImages/*", lambda path: Image.new("RGB", (60, 80)).save(path), "is 60x80 .* says 80x60"
    ),
    "list with a name twice": (
        "voc2007", "voc2007/ImageSets/Main/test.txt", in_text("000017", "000016"), "'000016' is listed twice"
    ),
    "list that leads elsewhere": (
        "voc2007", "voc2007/ImageSets/Main/test.txt", in_text("000017", "../000017"), "is no name of a picture"
    ),
    "list of nothing": ("voc2007", "voc2007/ImageSets/Main/test.txt", in_text("[0-9]+", ""), "lists no picture"),
    "list cut": ("voc2007", "voc2007/ImageSets/Main/test.txt", in_text("0000..\n$", ""), "lists 3 images, 4 expected"),
    "archive truncated": ("cifar10", "cifar10/test.npz", shorten, "damaged"),
    "archive missing": ("cifar10", "cifar10/test.npz", Path.unlink, "is missing"),
    "archive whose member has no heading of an array": (
        "cifar10", "cifar10/test.npz", without_heading, "jpeg is no array"
    ),
    "archive without labels": ("cifar10", "cifar10/test.npz", in_archive(lambda c: c.pop("labels")), "labels"),
    "archive with another label": (
        "cifar10", "cifar10/train.npz", in_archive(lambda c: c["labels"].put(3, 10)), "label id 10; ids are 0..9"
    ),
    "archive with fractions for labels": (
        "cifar10", "cifar10/train.npz", in_archive(lambda c: c.update(labels=c["labels"] + 0.5)), "type float64"
    ),
    "archive cut wrongly": (
        "cifar10", "cifar10/train.npz", in_archive(lambda c: c.update(offsets=c["offsets"][1:])), "do not cut"
    ),
    "archive with a shifted file": (
        "cifar10", "cifar10/train.npz", in_archive(lambda c: c["offsets"].__iadd__([0, 0, 1] + [0] * 14)),
        "image 1 is not a whole JPEG",
    ),
    "archive with fewer images": (
        "cifar10", "cifar10/test.npz",
        in_archive(lambda c: c.update(
            jpeg=c["jpeg"][: c["offsets"][-2]], offsets=c["offsets"][:-1], labels=c["labels"][:-1]
        )),
        f"test has {VAL - 1} images, {VAL} expected",
    ),
    "other classes": ("cifar10", "cifar10/classes.txt", lambda path: path.write_text("a b c d e f g h i j"), "classes"),
    "classes missing": ("cifar10", "cifar10/classes.txt", Path.unlink, "is missing"),
    "batch truncated": (OFFICIAL, BATCH, shorten, "not a whole CIFAR-10 batch"),
    "batch missing": (OFFICIAL, BATCH, Path.unlink, "is missing"),
    "batch that calls something": (OFFICIAL, BATCH, lambda path: write_batch(path, Attack()), "wants to call.*eval"),
    "batch that asks for all memory": (
        OFFICIAL, BATCH, lambda path: path.write_bytes(b"\x80\x03}r\xff\xff\xff\x7f."), "remembers .* number 2147483647"
    ),
    "batch of an invalid type": (
        OFFICIAL, BATCH, lambda path: path.write_bytes(path.read_bytes().replace(b"u1q", b"O8q")), "no images of type"
    ),
    "batch that is no dictionary": (OFFICIAL, BATCH, lambda path: write_batch(path, [1]), "no entry 'data'"),
    "batch without labels": (OFFICIAL, BATCH, batch(data=PIXELS), "no entry 'labels'"),
    "batch with another label": (OFFICIAL, BATCH, batch(data=PIXELS, labels=[0, 10]), "label id 10"),
    "batch with too few labels": (OFFICIAL, BATCH, batch(data=PIXELS, labels=[0]), "2 images and 1 labels"),
    "batch of larger images": (
        OFFICIAL, BATCH, batch(data=np.zeros((2, 12288), np.uint8), labels=[0, 1]), "no images of type"
    ),
    "batch of fewer images": (OFFICIAL, BATCH, batch(data=PIXELS, labels=[0, 1]), "train has 15 images, 16 expected"),
    "names missing": (
        OFFICIAL, "cifar10/cifar-10-batches-py/batches.meta", batch(label_names=3), "no list of label names"
    ),
    "own image truncated": ("image_folder", "image_folder/train/ant/*.JPG", cut_in_the_middle, "decoded.*truncated"),
    "own image is text": (
        "image_folder", "image_folder/val/bee/*.JPG", lambda path: path.write_text("hello"), "not a readable image"
    ),
    "class folder empty": (
        "image_folder", "image_folder/val/bee", lambda path: [file.unlink() for file in path.iterdir()] and None,
        "has no image",
    ),
    "class folder renamed": (
        "image_folder",
        "image_folder/val/cow", lambda path: path.rename(path.with_name("moo")) and None,
        "no folder 'cow'",
    ),
    "classes other than described": (
        "image_folder", "image_folder/*/cow", lambda path: [
            folder.rename(folder.with_name("dog")) for folder in path.parents[1].glob("*/cow")
        ] and None,
        "'dog'.*expected",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_check_names_the_damaged_file(case: str, tmp_path: Path) -> None:
    form, pattern, damage, message = CASES[case]
    data = TREES[form](tmp_path)
    path = min(tmp_path.glob(pattern))
    damage(path)
    with pytest.raises(DataError, match=message) as raised:
        data.check(tmp_path)
    said = str(raised.value)
    assert path.stem in said or path.parent.name in said
    assert any(
        remedy in said
        for remedy in ("docs/data.md", "copy it again", "put the picture in", "save labels", "SegNet", "layout:")
    )


def test_neither_form_of_cifar_is_there(tmp_path: Path) -> None:
    (tmp_path / "cifar10").mkdir()
    with pytest.raises(DataError, match=r"neither cifar-10-batches-py.*nor train.npz.*layout.*docs/data.md"):
        TREES["cifar10"](tmp_path / "elsewhere").check(tmp_path)


def test_one_class_is_no_classification(tmp_path: Path) -> None:
    (tmp_path / "image_folder" / "train" / "ant").mkdir(parents=True)
    with pytest.raises(DataError, match="a folder per class, at least two"):
        TREES["image_folder"](tmp_path / "elsewhere").check(tmp_path)
