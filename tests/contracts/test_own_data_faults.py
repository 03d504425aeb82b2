"""Folders as people have them, damaged: each fault is one line with its remedy, and all are told at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from supertickets.data.errors import DataError
from supertickets.data.own import open_data
from supertickets.data.own_layouts import TaskName
from tests.damage import NO_FILES
from tests.own_data import WRITERS, class_folders, in_json, mask_folders

pytestmark = pytest.mark.fast


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def resize(path: Path) -> None:
    Image.open(path).resize((8, 8)).save(path)


def store(value: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        ids = np.asarray(Image.open(path)).copy()
        ids[0, 0] = value
        Image.fromarray(ids).save(path)

    return change


def behind_a_link(path: Path) -> None:
    """One picture in a folder beside the data, to which a link among the pictures leads."""
    root = path.parents[1]
    other = root.with_name("elsewhere")
    other.mkdir()
    path.rename(other / path.name)
    (path.parent / "sub").symlink_to(other)
    in_json(lambda given: given["images"][2].update(file_name="sub/3.png"))(root / "annotations.json")


def copied_as(name: str) -> Callable[[Path], object]:
    """The same picture again, under another name beside it."""
    return lambda path: (path.parent / name).write_bytes(path.read_bytes())


def as_jpeg_named_otherwise(path: Path) -> None:
    Image.open(path).save(path.with_suffix(".jpg"))


def in_a_folder(path: Path) -> None:
    (path.parent / "more").mkdir()
    path.rename(path.parent / "more" / path.name)


def in_person(**fields: object) -> Callable[[Path], None]:
    return in_json(lambda given: given["annotations"][3].update(fields))


def without(kind: str, field: str) -> Callable[[Path], None]:
    return in_json(lambda given: given[kind][3].pop(field))


def as_pixels(mode: str, colour: object) -> Callable[[Path], None]:
    return lambda path: Image.new(mode, (32, 32), colour).save(path, "PNG")  # type: ignore[arg-type]


def below(name: str) -> Callable[[Path], None]:
    """All of the data in a folder of that name."""

    def move(root: Path) -> None:
        outside = root.with_name("outside")
        root.rename(outside)
        root.mkdir()
        outside.rename(root / name)

    return move


def only(name: str, count: int) -> Callable[[Path], None]:
    """The first so many files or folders that are called so alone."""

    def remove(root: Path) -> None:
        for path in sorted(root.glob(name))[count:]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return remove


def of_one_class_more(root: Path) -> None:
    for split in ("train", "val"):
        class_folders(root / split, 2)
    shutil.copytree(root / "val" / "red", root / "val" / "violet")


def of_fewer_masks(root: Path) -> None:
    for kind in ("images", "masks"):
        only(f"{kind}/*", 4)(root)


def of_one_id(root: Path) -> None:
    (root / "classes.txt").unlink()
    for path in (root / "masks").iterdir():
        as_pixels("L", 3)(path)


def of_no_class(root: Path) -> None:
    (root / "classes.txt").write_text("-\na\nb\n")
    for path in (root / "masks").iterdir():
        as_pixels("L", 0)(path)


def of_coloured_jpegs(root: Path) -> None:
    (root / "classes.txt").write_text("a 1 2 3\nb 4 5 6\n")
    Image.new("RGB", (32, 32)).save(root / "masks" / "04.png", "JPEG")


def in_two_files(root: Path) -> None:
    for name in ("train.json", "other.json"):
        shutil.copy(root / "annotations.json", root / name)
    (root / "annotations.json").unlink()


def without_labelled_joints(given: dict[str, Any]) -> None:
    for person in given["annotations"]:
        person.update(keypoints=[0] * 9, num_keypoints=0)


def with_joints(*names: object) -> Callable[[Path], None]:
    return in_json(lambda given: given["categories"][0].update(keypoints=list(names)))


FAULTS: dict[str, tuple[TaskName, str, Callable[[Path], object], str]] = {
    "cut picture": ("classification", "red/03.png", cut, r"03.png is not a readable image.*copy it again"),
    "text as picture": ("classification", "red/03.png", lambda path: path.write_text("x"), r"03.png .*it holds text"),
    "empty class": ("classification", "red", empty, r"red has 0 pictures.*add some, or remove the class"),
    "kind that is not decoded": ("classification", "red/03.png", copied_as("04.webp"), r"04.webp is of a kind that"),
    "folder in a class": ("classification", "red/03.png", in_a_folder, r"red/more is a folder within red.*move"),
    "transparent in parts": (
        "classification", "red/03.png", as_pixels("RGBA", (9, 9, 9, 99)), r"03.png is transparent in parts: save it on"
    ),
    "pipe": ("classification", "red/03.png", NO_FILES["pipe"], r"03.png is a device or pipe, not a file"),
    "endless device": ("classification", "red/03.png", NO_FILES["endless device"], r"03.png is a link out of its"),
    "dangling link": ("classification", "red/03.png", NO_FILES["nowhere"], r"03.png is a link that leads nowhere"),
    "folder for a picture": ("classification", "red/03.png", NO_FILES["folder"], r"03.png is a folder within red"),
    "link out": ("classification", "red/03.png", NO_FILES["out of its folder"], r"03.png is a link out of its folder"),
    "picture twice": ("segmentation", "images/04.png", as_jpeg_named_otherwise, r"differ in their endings alone: rem"),
    "mask twice": ("segmentation", "masks/04.png", copied_as("04.bmp"), r"differ in their endings alone: remove"),
    "masks in a folder": ("segmentation", "masks/04.png", copied_as("04.tif"), r"04.tif is of a kind that is not dec"),
    "16-bit id": ("segmentation", "masks/04.png", as_pixels("I;16", 300), r"04.png has label id 300.*name the id"),
    "mask of colours": ("segmentation", "masks/04.png", as_pixels("RGB", (1, 1, 1)), r"has mode RGB, not one class"),
    "no text": ("segmentation", "classes.txt", lambda path: path.write_bytes(b"\xff\xfe"), r"is no UTF-8 text: save"),
    **{
        f"person without {field}": ("pose", "annotations.json", without("annotations", field), f"has no '{field}'")
        for field in ("id", "image_id", "category_id", "iscrowd", "bbox", "area", "keypoints", "num_keypoints")
    },
    **{
        f"image without {field}": ("pose", "annotations.json", without("images", field), f"has no '{field}'")
        for field in ("id", "width", "height", "file_name")
    },
    **{
        f"coordinate {value}": (
            "pose", "annotations.json", in_person(keypoints=[value, 1, 2] * 3), "annotation 4 .* not a list of 9"
        )
        for value in (None, "1", float("nan"), float("inf"), 1e308)
    },
    "no area": ("pose", "annotations.json", in_person(area=float("nan")), "annotation 4 .* has area nan, not a number"),
    "huge box": ("pose", "annotations.json", in_person(bbox=[0, 0, 1e7, 1e7]), "annotation 4 .*out of its image"),
    "fraction as id": ("pose", "annotations.json", in_person(id=1.5), r"annotation 4 .* has id 1.5, not a whole"),
    "id twice": ("pose", "annotations.json", in_person(id=1), "annotation 4 .* has the same id as annotation 1"),
    "other category": ("pose", "annotations.json", in_person(category_id=7), "has category_id 7, not the listed"),
    "no folder": ("classification", "", lambda root: root.rename(root.with_name("gone")), "is not a folder: give"),
    "mask of another size": ("segmentation", "masks/04.png", resize, r"04.png is 8x8.*its picture 32x32: give both"),
    "mask missing": ("segmentation", "masks/04.png", Path.unlink, r"images/04.png has none of its name in .*masks"),
    "unknown id": ("segmentation", "masks/04.png", store(7), r"04.png has label id 7.*name the id in classes.txt"),
    "mask as JPEG": (
        "segmentation", "masks/04.png", lambda path: Image.open(path).save(path, "JPEG"), "save labels as PNG"
    ),
    "a class twice": ("segmentation", "classes.txt", lambda path: path.write_text("a\na\n"), "and none twice"),
    "colours of some": (
        "segmentation", "classes.txt", lambda path: path.write_text("a 1 2 3\nb\n"), "'b' has no colour as the others"
    ),
    "joints beyond": (
        "pose", "annotations.json", in_json(lambda given: given["annotations"][0]["keypoints"].append(1)), "9 numbers"
    ),
    "no joints named": (
        "pose", "annotations.json", in_json(lambda given: given["categories"][0].pop("keypoints")), "list of keypoints"
    ),
    "picture missing": ("pose", "images/3.png", Path.unlink, r"3.png is missing: copy it again"),
    "picture resized": ("pose", "images/3.png", resize, r"3.png is 8x8 .*its annotation says 64x64"),
    "train alone": ("classification", "", below("train"), "has a folder train and none of the name val: make one"),
    "masks of train alone": ("segmentation", "", below("train"), "has a folder train and none of the name val: make"),
    "joints of train alone": ("pose", "", in_two_files, "has 2 annotation files and none for val; layout: "),
    "one class": ("classification", "", only("*", 1), "data needs a folder per class, at least two; layout: "),
    "class of val alone": ("classification", "", of_one_class_more, "violet is no class of train: add it there"),
    "no masks": ("segmentation", "", only("masks", 0), "data has no folder masks; layout: "),
    "no pictures": ("segmentation", "", only("images", 0), "data has no folder images; layout: "),
    "four masks": ("segmentation", "", of_fewer_masks, "data has 4 pictures with masks, which are too few: add some"),
    "one id": ("segmentation", "", of_one_id, "hold 1 ids, where 2 to 255 are needed: write classes.txt with a class"),
    "one name": ("segmentation", "classes.txt", lambda path: path.write_text("a\n"), "has to name 2 to 255 classes, a"),
    "no class in any mask": ("segmentation", "", of_no_class, "no pixel of any mask of .* is of a class of cl"),
    "coloured JPEG": ("segmentation", "", of_coloured_jpegs, "04.png is a JPEG file, which does not keep colours ex"),
    "a colour twice": (
        "segmentation", "classes.txt", lambda path: path.write_text("a 1 2 3\nb 1 2 3\n"), "has a colour twice: give"
    ),
    "a joint twice": ("pose", "annotations.json", with_joints("a", "b", "a"), "have to be names, none twice: correct"),
    "no joint": ("pose", "annotations.json", with_joints(), "have to be names, none twice: correct"),
    "a joint without name": ("pose", "annotations.json", with_joints("a", "", "c"), "have to be names, none twice: c"),
    "a number as joint": ("pose", "annotations.json", with_joints("a", 2, "c"), "have to be names, none twice: corr"),
    "no image": (
        "pose", "annotations.json", in_json(lambda given: given.update(images=[], annotations=[])), "lists no image: c"
    ),
    "nobody": ("pose", "annotations.json", in_json(without_labelled_joints), "annotates nobody with a labelled joint"),
    "pictures elsewhere": ("pose", "images", empty, r"lists 1.png, which is not in .*images: copy the pictures there"),
    "link out of the folder": ("pose", "images/3.png", behind_a_link, "leads out of .* by a link"),
    "path out of the folder": (
        "pose", "annotations.json", in_json(lambda given: given["images"][1].update(file_name="../x")), "leads out of"
    ),
}  # fmt: skip
"""What is wrong -> task, file, damage, and what is said."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_names_file_and_remedy(fault: str, tmp_path: Path) -> None:
    task, where, damage, said = FAULTS[fault]
    root = WRITERS[task](tmp_path / "data")
    damage(root / where if where else root)
    with pytest.raises(DataError) as raised:
        open_data(root, task).check()
    assert re.search(said, str(raised.value)) and len(str(raised.value).splitlines()) == 1


def test_several_faults_are_told_at_once(tmp_path: Path) -> None:
    root = class_folders(tmp_path / "data")
    cut(root / "red" / "01.png")
    cut(root / "blue" / "02.png")
    with pytest.raises(DataError) as raised:
        open_data(root, "classification").check()
    first, second = str(raised.value).splitlines()
    assert "02.png" in first and "01.png" in second


BROKEN: dict[TaskName, tuple[str, ...]] = {
    "classification": ("blue/02.png", "red/01.png", "red/03.png"),
    "segmentation": ("images/01.png", "masks/01.png", "masks/03.png", "images/07.png"),
    "pose": ("images/2.png", "images/3.png", "images/8.png"),
}


def told_of(root: Path, asked: Callable[[], object]) -> list[str]:
    """Names of the files of which something is said, a line each."""
    with pytest.raises(DataError) as raised:
        asked()
    return sorted(str(Path(line.partition(" ")[0]).relative_to(root)) for line in str(raised.value).splitlines())


@pytest.mark.parametrize(
    ("task", "first"),
    [(task, "check") for task in BROKEN] + [("classification", "picture_size"), ("segmentation", "picture_size")],
)
def test_files_that_are_no_pictures_are_told_at_once_whatever_looks_first(
    task: TaskName, first: str, tmp_path: Path
) -> None:
    """Trainings look at the sizes of pictures before they look at everything."""
    root = WRITERS[task](tmp_path / "data")
    for name, raw in zip(BROKEN[task], (b"", b"a note", b"GIF89a", b"\xff\xd8\xff"), strict=False):
        (root / name).write_bytes(raw)
    assert told_of(root, getattr(open_data(root, task), first)) == sorted(BROKEN[task])


def test_pictures_are_told_with_the_masks_that_would_name_the_classes(tmp_path: Path) -> None:
    root = mask_folders(tmp_path / "data", names=None)
    for name in BROKEN["segmentation"]:
        (root / name).write_bytes(b"a note")
    assert told_of(root, lambda: open_data(root, "segmentation")) == sorted(BROKEN["segmentation"])


@pytest.mark.parametrize("task", ["segmentation", "pose"])
def test_missing_files_are_told_at_once(task: TaskName, tmp_path: Path) -> None:
    """As when somebody moves them after the folder was listed."""
    root = WRITERS[task](tmp_path / "data")
    data = open_data(root, task)
    for name in BROKEN[task]:
        (root / name).unlink()
    assert told_of(root, data.identity) == sorted(BROKEN[task])


def test_of_many_faults_twenty_are_told_and_the_others_counted(tmp_path: Path) -> None:
    root = class_folders(tmp_path / "data", 8)
    for count, path in enumerate(sorted(root.rglob("*.png")), 1):
        cut(path)
        with pytest.raises(DataError) as raised:
            open_data(root, "classification").check()
        *told, last = str(raised.value).splitlines()
        if count <= 20:
            assert len(told) == count - 1 and last.startswith(str(path))
        else:
            assert len(told) == 20 and last == f"{count - 20} more faults, not listed"
