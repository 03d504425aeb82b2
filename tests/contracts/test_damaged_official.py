"""Damaged trees of the paper's data sets: before anything is trained, a line that names culprit and remedy."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench.convert.__main__ import main
from bench.data import DataError
from bench.data.check import look
from bench.data.coco_keypoints_detected import DETECTIONS
from bench.data.imagenet import NAMES, TRUTH
from tests.official import MINIATURES

pytestmark = pytest.mark.slow  # loads torchvision
Damage = Callable[[Path], object]
"""Breaks something below a root."""

CITY, ADE, NET, COCO = "cityscapes", "ADEChallengeData2016", "imagenet", "coco"
STREET = f"{CITY}/leftImg8bit/train/aachen/aachen_000002_000019_leftImg8bit.png"
IDS = f"{CITY}/gtFine/train/aachen/aachen_000002_000019_gtFine_labelIds.png"
ROOM, PARTS = f"{ADE}/images/training/ADE_train_00000003.jpg", f"{ADE}/annotations/training/ADE_train_00000003.png"
THING = f"{NET}/train/n00000002/train_00000001.JPEG"
PERSONS = f"{COCO}/annotations/person_keypoints_val2017.json"
TRAIN_PERSONS = f"{COCO}/annotations/person_keypoints_train2017.json"
PHOTO = f"{COCO}/train2017/000000000101.jpg"


def gone(path: str) -> Damage:
    return lambda root: shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()


def cut(path: str, keep: float = 0.6) -> Damage:
    def apply(root: Path) -> None:
        raw = (root / path).read_bytes()
        (root / path).write_bytes(raw[: int(keep * len(raw))])

    return apply


def content(path: str, raw: bytes) -> Damage:
    return lambda root: (root / path).write_bytes(raw)


def picture(path: str, mode: str, size: tuple[int, int], colour: Any = 0) -> Damage:
    """`size` is (width, height)."""
    return lambda root: Image.new(mode, size, colour).save(root / path)


def changed(path: str, change: Callable[[Any], object]) -> Damage:
    def apply(root: Path) -> None:
        found = json.loads((root / path).read_text())
        change(found)
        (root / path).write_text(json.dumps(found))

    return apply


def person(**fields: Any) -> Damage:
    return changed(PERSONS, lambda found: found["annotations"][1].update(fields))


def detection(**fields: Any) -> Damage:
    return changed(f"{COCO}/{DETECTIONS}", lambda found: found[1].update(fields))


def swapped(one: str, other: str) -> Damage:
    def apply(root: Path) -> None:
        (root / one).rename(root / "aside")
        (root / other).rename(root / one)
        (root / "aside").rename(root / other)

    return apply


def moved(path: str, to: str) -> Damage:
    def apply(root: Path) -> None:
        (root / to).parent.mkdir(parents=True, exist_ok=True)
        (root / path).rename(root / to)

    return apply


def linked_out(path: str) -> Damage:
    def apply(root: Path) -> None:
        outside = root.parent / "elsewhere"
        (root / path).rename(outside)
        (root / path).symlink_to(outside)

    return apply


def turned(path: str, orientation: int = 3) -> Damage:
    def apply(root: Path) -> None:
        with Image.open(root / path) as image:
            image.load()
            exif = image.getexif()
            exif[0x0112] = orientation
            image.save(root / path, exif=exif)

    return apply


def sixteen_bits(root: Path) -> None:
    Image.fromarray(np.full((64, 128), 7 * 257, np.uint16)).save(root / IDS)


def transparent(root: Path) -> None:
    Image.new("RGBA", (128, 64), (9, 9, 9, 100)).save(root / STREET)


CASES: dict[str, tuple[str, Damage, str]] = {
    "streets: folder of pictures missing": (
        "cityscapes",
        gone(f"{CITY}/leftImg8bit"),
        "leftImg8bit/train is not a folder",
    ),
    "streets: folder of labels missing": ("cityscapes", gone(f"{CITY}/gtFine"), "gtFine/train is not a folder"),
    "streets: val missing": ("cityscapes", gone(f"{CITY}/leftImg8bit/val"), "leftImg8bit/val is not a folder"),
    "streets: a town missing": ("cityscapes", gone(f"{CITY}/leftImg8bit/train/ulm"), "has no picture"),
    "streets: labels of a town missing": ("cityscapes", gone(f"{CITY}/gtFine/train/ulm"), "is missing, its picture is"),
    "streets: both of a town missing": (
        "cityscapes",
        lambda root: [gone(f"{CITY}/{kind}/train/ulm")(root) for kind in ("leftImg8bit", "gtFine")],
        "train has 8 samples, 16 expected",
    ),
    "streets: a label map missing": ("cityscapes", gone(IDS), "aachen_000002_000019_gtFine_labelIds.png is missing"),
    "streets: a picture missing": ("cityscapes", gone(STREET), "labelIds.png has no picture"),
    "streets: picture truncated": ("cityscapes", cut(STREET), "leftImg8bit.png is not a readable image"),
    "streets: label map truncated": ("cityscapes", cut(IDS), "labelIds.png is not a readable image"),
    "streets: picture empty": ("cityscapes", content(STREET, b""), "leftImg8bit.png is not a readable image"),
    "streets: picture of text": ("cityscapes", content(STREET, b"<html>404</html>"), "is not a readable image"),
    "streets: a bit flipped": (
        "cityscapes",
        lambda root: (root / IDS).write_bytes((root / IDS).read_bytes()[:-20] + bytes(20)),
        "labelIds.png",
    ),
    "streets: both of another size": (
        "cityscapes",
        lambda root: [picture(STREET, "RGB", (64, 32))(root), picture(IDS, "L", (64, 32), 7)(root)],
        "is 32x64, not 64x128",
    ),
    "streets: label map of another size": ("cityscapes", picture(IDS, "L", (64, 32), 7), "is 32x64, not 64x128"),
    "streets: label map on its side": ("cityscapes", picture(IDS, "L", (64, 128), 7), "is 128x64, not 64x128"),
    "streets: unknown id": ("cityscapes", picture(IDS, "L", (128, 64), 34), "label id 34"),
    "streets: ids far out": ("cityscapes", picture(IDS, "L", (128, 64), 200), "label id 200"),
    "streets: ids of 16 bits": ("cityscapes", sixteen_bits, "label id 1799"),
    "streets: label map in colours": ("cityscapes", picture(IDS, "RGB", (128, 64)), "mode RGB, not one class index"),
    "streets: label map as JPEG": (
        "cityscapes",
        lambda root: Image.new("L", (128, 64), 7).save(root / IDS, "JPEG"),
        "is a JPEG file",
    ),
    "streets: picture transparent": ("cityscapes", transparent, "is transparent in parts"),
    "streets: train and val of the pictures exchanged": (
        "cityscapes",
        swapped(f"{CITY}/leftImg8bit/train", f"{CITY}/leftImg8bit/val"),
        "has no picture|is missing",
    ),
    "streets: train and val exchanged": (
        "cityscapes",
        lambda root: [
            swapped(f"{CITY}/{kind}/train", f"{CITY}/{kind}/val")(root) for kind in ("leftImg8bit", "gtFine")
        ],
        "train has 4 samples, 16 expected",
    ),
    "streets: pictures and labels exchanged": (
        "cityscapes",
        swapped(f"{CITY}/leftImg8bit", f"{CITY}/gtFine"),
        r"aachen has no file \*_leftImg8bit.png",
    ),
    "streets: a file in the folder of another town": (
        "cityscapes",
        moved(STREET, f"{CITY}/leftImg8bit/train/ulm/aachen_000002_000019_leftImg8bit.png"),
        "another town",
    ),
    "streets: a file beside the towns": (
        "cityscapes",
        content(f"{CITY}/leftImg8bit/train/list.txt", b""),
        "is not the folder of a town",
    ),
    "streets: towns without a level": (
        "cityscapes",
        lambda root: [gone(f"{CITY}/leftImg8bit/train")(root), (root / CITY / "leftImg8bit/train").mkdir()],
        "train has no folder of a town",
    ),
    "streets: a picture is a folder": (
        "cityscapes",
        lambda root: [gone(STREET)(root), (root / STREET).mkdir()],
        "is a folder, not a file",
    ),
    "streets: a picture is a link to nowhere": (
        "cityscapes",
        lambda root: [gone(STREET)(root), (root / STREET).symlink_to("nowhere")],
        "link that leads nowhere",
    ),
    "streets: a picture is a link out of its folder": ("cityscapes", linked_out(STREET), "link out of its folder"),
    "rooms: folder of pictures missing": ("ade20k", gone(f"{ADE}/images/training"), "images/training is not a folder"),
    "rooms: folder of labels missing": ("ade20k", gone(f"{ADE}/annotations"), "annotations/training is not a folder"),
    "rooms: val empty": (
        "ade20k",
        lambda root: [path.unlink() for path in (root / ADE / "images/validation").iterdir()],
        r"validation has no file \*.jpg",
    ),
    "rooms: a label map missing": ("ade20k", gone(PARTS), "00000003.png is missing, its picture is there"),
    "rooms: a picture missing": ("ade20k", gone(ROOM), "00000003.png has no picture"),
    "rooms: unknown id": ("ade20k", picture(PARTS, "L", (56, 72), 151), "label id 151"),
    "rooms: ids of the full set": (
        "ade20k",
        lambda root: Image.fromarray(np.full((72, 56), 2000, np.uint16)).save(root / PARTS),
        "label id 2000",
    ),
    "rooms: label map of another size": ("ade20k", picture(PARTS, "L", (57, 72), 1), "is 72x57, not 72x56"),
    "rooms: label map in colours": ("ade20k", picture(PARTS, "RGB", (56, 72)), "mode RGB"),
    "rooms: label map with transparency": ("ade20k", picture(PARTS, "LA", (56, 72)), "mode LA"),
    "rooms: picture truncated": ("ade20k", cut(ROOM, 0.8), "is truncated"),
    "rooms: label map stored turned": ("ade20k", turned(PARTS), r"stored turned \(EXIF orientation 3\)"),
    "rooms: splits exchanged": (
        "ade20k",
        lambda root: [
            swapped(f"{ADE}/{kind}/training", f"{ADE}/{kind}/validation")(root) for kind in ("images", "annotations")
        ],
        "train has 4 samples, 16 expected",
    ),
    "rooms: pictures and labels exchanged": (
        "ade20k",
        swapped(f"{ADE}/images", f"{ADE}/annotations"),
        r"images/training has no file \*.jpg",
    ),
    "things: train missing": ("imagenet", gone(f"{NET}/train"), "train is missing"),
    "things: val missing": ("imagenet", gone(f"{NET}/val"), "val is missing"),
    "things: a class missing": (
        "imagenet",
        lambda root: [gone(f"{NET}/{split}/n00000002")(root) for split in ("train", "val")],
        "has 2 folders of classes, 3 expected",
    ),
    "things: a class of val missing": ("imagenet", gone(f"{NET}/val/n00000002"), "val has no folder 'n00000002'"),
    "things: a class of val alone": (
        "imagenet",
        lambda root: (root / NET / "val" / "n00000009").mkdir(),
        "train has no folder 'n00000009'",
    ),
    "things: a class has another name": (
        "imagenet",
        lambda root: [moved(f"{NET}/{split}/n00000002", f"{NET}/{split}/ant")(root) for split in ("train", "val")],
        "'ant' is in one of folders and classes alone",
    ),
    "things: a class is empty": (
        "imagenet",
        lambda root: [path.unlink() for path in (root / NET / "train/n00000002").iterdir()],
        "has no picture",
    ),
    "things: a picture missing": ("imagenet", gone(THING), "train has 15 samples, 16 expected"),
    "things: picture truncated": ("imagenet", cut(THING), "cannot be decoded"),
    "things: picture of zeros": ("imagenet", content(THING, bytes(3000)), "is not a readable image"),
    "things: splits exchanged": ("imagenet", swapped(f"{NET}/train", f"{NET}/val"), "train has 4 samples, 16 expected"),
    "things: folders and pictures in val": (
        "imagenet",
        moved(f"{NET}/val/n00000001/val_00000000.JPEG", f"{NET}/val/val_00000000.JPEG"),
        "both folders and pictures",
    ),
    "things: an archive in the place of a class": (
        "imagenet",
        lambda root: [gone(f"{NET}/train/n00000002")(root), content(f"{NET}/train/n00000002", b"tar")(root)],
        "has 2 folders of classes",
    ),
    "flat things: truth missing": ("imagenet (flat)", gone(f"{NET}/{TRUTH}"), "ground_truth.txt is missing"),
    "flat things: truth too short": (
        "imagenet (flat)",
        content(f"{NET}/{TRUTH}", b"1\n2\n"),
        "has 2 lines, .* 4 pictures",
    ),
    "flat things: unknown class": ("imagenet (flat)", content(f"{NET}/{TRUTH}", b"1\n2\n3\n7\n"), "has class '7'"),
    "flat things: class of an inner node": (
        "imagenet (flat)",
        content(f"{NET}/{TRUTH}", b"1\n2\n3\n4\n"),
        "has class '4'",
    ),
    "flat things: truth of words": ("imagenet (flat)", content(f"{NET}/{TRUTH}", b"a\nb\nc\nd\n"), "has class 'a'"),
    "flat things: names missing": ("imagenet (flat)", gone(f"{NET}/{NAMES}"), "meta.mat is missing"),
    "flat things: names damaged": ("imagenet (flat)", content(f"{NET}/{NAMES}", b"junk"), "meta.mat is not a readable"),
    "flat things: a picture missing": (
        "imagenet (flat)",
        gone(f"{NET}/val/val_00000002.JPEG"),
        "has 4 lines, .* 3 pictures",
    ),
    "people: annotations missing": ("coco_keypoints", gone(PERSONS), "person_keypoints_val2017.json is missing"),
    "people: pictures missing": ("coco_keypoints", gone(f"{COCO}/train2017"), "train2017 is missing"),
    "people: a picture missing": ("coco_keypoints", gone(PHOTO), "101.jpg is missing, a person in it is annotated"),
    "people: JSON truncated": ("coco_keypoints", cut(PERSONS), "val2017.json is not valid JSON"),
    "people: JSON is a list": ("coco_keypoints", content(PERSONS, b"[]"), "no object at the top"),
    "people: without annotations": (
        "coco_keypoints",
        changed(PERSONS, lambda found: found.pop("annotations")),
        "'annotations'",
    ),
    "people: without images": ("coco_keypoints", changed(PERSONS, lambda found: found.pop("images")), "'images'"),
    "people: without categories": (
        "coco_keypoints",
        changed(PERSONS, lambda found: found.pop("categories")),
        "'categories'",
    ),
    "people: other joints": (
        "coco_keypoints",
        changed(PERSONS, lambda found: found["categories"][0].update(keypoints=["nose"])),
        "the joints",
    ),
    "people: annotations of boxes in their place": (
        "coco_keypoints",
        changed(PERSONS, lambda found: [one.pop("keypoints") for one in found["annotations"]]),
        "'keypoints'",
    ),
    "people: a joint short": ("coco_keypoints", person(keypoints=[1.0] * 50), "not a list of 51 numbers"),
    "people: a visibility of 3": ("coco_keypoints", person(keypoints=[3] * 51), "visibility other than 0, 1, 2"),
    "people: wrong number of joints": ("coco_keypoints", person(num_keypoints=5), "has num_keypoints 5, not the"),
    "people: unknown picture": ("coco_keypoints", person(image_id=7), "has image_id 7"),
    "people: box of no size": ("coco_keypoints", person(bbox=[1, 1, 0, 5]), "has bbox .*, not a box"),
    "people: box of text": ("coco_keypoints", person(bbox="all"), "has bbox 'all', not a list of 4 numbers"),
    "people: box far outside": ("coco_keypoints", person(bbox=[900, 900, 36, 60]), "further out of its image"),
    "people: area of nothing": ("coco_keypoints", person(area=0), "has area 0"),
    "people: id twice": (
        "coco_keypoints",
        changed(PERSONS, lambda found: found["annotations"].append(found["annotations"][0])),
        "has the same id",
    ),
    "people: a name that leads out": (
        "coco_keypoints",
        changed(PERSONS, lambda found: found["images"][0].update(file_name="../x.jpg")),
        "leads out of",
    ),
    "people: picture of another size": ("coco_keypoints", picture(PHOTO, "RGB", (80, 100)), "80x100 .* says 100x80"),
    "people: picture truncated": ("coco_keypoints", cut(PHOTO), "is truncated"),
    "people: nobody": (
        "coco_keypoints",
        changed(TRAIN_PERSONS, lambda found: found["annotations"].clear()),
        "train has nothing that can",
    ),
    "people: one too few": (
        "coco_keypoints",
        changed(TRAIN_PERSONS, lambda found: found["annotations"].pop(1)),
        "train has .* samples, .* expected",
    ),
    "people: splits exchanged": (
        "coco_keypoints",
        swapped(TRAIN_PERSONS, PERSONS),
        "is missing, a person in it is annotated",
    ),
    "found people: detections missing": (
        "coco_keypoints_detected",
        gone(f"{COCO}/{DETECTIONS}"),
        "person.json is missing",
    ),
    "found people: no list": (
        "coco_keypoints_detected",
        content(f"{COCO}/{DETECTIONS}", b"{}"),
        "not a list of detections",
    ),
    "found people: unknown picture": ("coco_keypoints_detected", detection(image_id=7), "detection 2 has image_id 7"),
    "found people: box of no size": ("coco_keypoints_detected", detection(bbox=[1, 1, 0, 0]), "detection 2 has bbox"),
    "found people: score above 1": (
        "coco_keypoints_detected",
        detection(score=1.5),
        "score 1.5, not a number from 0 to 1",
    ),
    "found people: without score": (
        "coco_keypoints_detected",
        changed(f"{COCO}/{DETECTIONS}", lambda found: found[1].pop("score")),
        "has no 'score'",
    ),
}
"""What is wrong -> form of a data set, how it is broken, and what is said of it."""


REMEDIES = (
    "copy it again", "layout", "correct it", "save it", "save labels", "put a copy", "docs/data.md", "unpack the",
    "in its place",
)  # fmt: skip


def test_there_are_many_kinds() -> None:
    assert len(CASES) >= 90
    assert len({said for _, _, said in CASES.values()}) >= 60


@pytest.mark.parametrize("kind", CASES)
def test_damage_is_one_clear_line(kind: str, tmp_path: Path) -> None:
    form, damage, said = CASES[kind]
    root = tmp_path / "root"
    data = MINIATURES[form](root)
    data.check(root)
    assert look(data, root, 0, lambda done, *_: done).problems == []
    damage(root)
    with pytest.raises(DataError) as caught:
        data.check(root)
    found = look(data, root, 0, lambda done, *_: done).problems
    for line in (str(caught.value), *found):
        assert "\n" not in line and len(line) < 1000
        assert any(remedy in line for remedy in REMEDIES), line
    assert any(re.search(said, line) for line in found)
    assert re.search(said, str(caught.value)) or len(found) > 1


@pytest.mark.parametrize(("form", "path"), [("ade20k", ROOM), ("coco_keypoints", PHOTO)])
def test_pictures_turned_by_a_quarter_go_with_labels_of_their_size(form: str, path: str, tmp_path: Path) -> None:
    """As they are stored, which is how the labels of these sets mean them."""
    data = MINIATURES[form](tmp_path)
    turned(path, 6)(tmp_path)
    data.check(tmp_path)
    assert look(data, tmp_path, 0, lambda done, *_: done).problems == []


def test_one_look_finds_everything_that_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("cityscapes", "ade20k"):
        MINIATURES[name](tmp_path)
    for kind in ("streets: picture truncated", "rooms: a label map missing"):
        CASES[kind][1](tmp_path)
    ulm = tmp_path / CITY / "leftImg8bit/train/ulm"
    min(ulm.iterdir()).write_bytes(b"")
    assert main(["--check", str(tmp_path), "--workers", "1"]) == 1
    said = capsys.readouterr().out
    for pattern in (
        r"^cityscapes \(16 train, 4 val\): \d+ problems",
        "aachen_000002_.*leftImg8bit.png is not a readable",
        "ulm_000001_.* is not a readable",
        "ADE_train_00000003.png is missing",
        "cityscapes: train has 16 samples, 2975",
    ):
        assert re.search(pattern, said, re.MULTILINE), pattern


def test_a_root_without_any_set_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", str(tmp_path)]) == 2
    assert "holds none of the sets" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([])
    assert "name a data set that is to be converted, or --check ROOT" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cityscape", "no data set is called 'cityscape': did you mean 'cityscapes'?"),
        ("embedded_streets", "embedded_streets: drawn by a program, without files to check"),
    ],
)
def test_a_set_that_cannot_be_checked_is_refused(
    name: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check", str(tmp_path), "--set", name]) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")
