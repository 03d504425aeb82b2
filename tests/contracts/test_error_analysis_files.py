"""Damaged ground truth and detections: one error that names file, entry and remedy; what is not needed may lack."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as masks

from bench.errors import AnalysisError, analyse
from bench.errors.run_lengths import pixels
from tests.damage_strategies import NO_FILES

pytestmark = pytest.mark.fast
FULL = {"size": [8, 8], "counts": [0, 64]}
TRUTH: dict[str, Any] = {
    "images": [{"id": 3, "height": 8, "width": 8}],
    "categories": [{"id": 1, "name": "person", "keypoints": ["head", "left_hand", "right_hand"]}],
    "annotations": [
        {"id": 7, "image_id": 3, "category_id": 1, "bbox": [0, 0, 8, 8], "area": 64.0, "iscrowd": 0,
         "segmentation": FULL, "keypoints": [1, 1, 2, 2, 2, 2, 0, 0, 0], "num_keypoints": 2}
    ],
}  # fmt: skip
FOUND: list[dict[str, Any]] = [
    {"image_id": 3, "category_id": 1, "bbox": [0, 0, 8, 8], "score": 0.5, "segmentation": FULL,
     "keypoints": [1, 1, 1, 2, 2, 1, 3, 3, 1]}
]  # fmt: skip
KINDS = ("box", "mask", "keypoints")
Damage = Callable[[dict[str, Any], list[Any]], object]


def analysed(folder: Path, damage: Damage, kind: str) -> dict[str, Any]:
    truth, found = deepcopy(TRUTH), deepcopy(FOUND)
    damage(truth, found)
    (folder / "gt.json").write_text(json.dumps(truth))
    (folder / "dt.json").write_text(json.dumps(found))
    return analyse(folder / "gt.json", folder / "dt.json", kind, sigmas=(0.1, 0.1, 0.1), smallest=0)


def without(key: str) -> tuple[Damage, Damage]:
    return lambda truth, _found: truth["annotations"][0].pop(key), lambda _truth, found: found[0].pop(key)


def to(part: str, key: str, value: Any) -> Damage:
    def damage(truth: dict[str, Any], found: list[Any]) -> None:
        (found if part == "detections" else truth[part])[0][key] = value

    return damage


@pytest.mark.parametrize("kind", KINDS)
def test_sound_files_are_perfect(kind: str, tmp_path: Path) -> None:
    report = analysed(tmp_path, lambda *_: None, kind)
    assert report["ap" if kind == "keypoints" else "ap50"] == pytest.approx(100) and report["notes"] == []


@pytest.mark.parametrize(
    ("kind", "file", "damage", "message"),
    [
        ("box", "dt", without("score")[1], r"detections\[0\] has no 'score'; give every detection its confidence"),
        ("box", "dt", without("bbox")[1], r"detections\[0\] has no 'bbox'; write its box as \[left, top, width"),
        ("box", "gt", without("bbox")[0], r"annotations\[0\] \(id 7\) has no 'bbox'"),
        ("box", "gt", without("id")[0], r"annotations\[0\] has no 'id'"),
        ("mask", "gt", without("segmentation")[0], r"annotations\[0\] \(id 7\) has no 'segmentation'"),
        ("mask", "dt", without("segmentation")[1], r"detections\[0\] has no 'segmentation'"),
        ("keypoints", "gt", without("area")[0], r"annotations\[0\] \(id 7\) has no 'area'; OKS needs the area"),
        ("keypoints", "gt", without("keypoints")[0], r"annotations\[0\] \(id 7\) has no 'keypoints'"),
        ("keypoints", "dt", without("keypoints")[1], r"detections\[0\] has no 'keypoints'"),
        ("box", "dt", to("detections", "score", None), r"detections\[0\] has score None, not a finite number"),
        ("box", "dt", to("detections", "score", float("nan")), r"has score nan, not a finite number"),
        ("box", "dt", to("detections", "bbox", [0, 0, 8]), r"has bbox \[0, 0, 8\], not 4 finite numbers"),
        ("box", "dt", to("detections", "bbox", ["0", 0, 8, 8]), r"has bbox \['0', 0, 8, 8\], not 4 finite numbers"),
        ("box", "gt", to("annotations", "bbox", [0, 0, -1, 8]), r"\(id 7\) has bbox .* of negative size"),
        ("box", "gt", to("annotations", "iscrowd", 2), r"\(id 7\) has iscrowd 2; write 1 for a crowd region"),
        (
            "box",
            "gt",
            to("annotations", "image_id", 4),
            r"\(id 7\) has image_id 4, which is not among the images \(3\)",
        ),
        ("box", "dt", to("detections", "image_id", 4), r"\[0\] has image_id 4, which is not among the ground truth's"),
        ("box", "dt", to("detections", "image_id", [3]), r"\[0\] has image_id \[3\], which is not among"),
        ("box", "dt", to("detections", "category_id", 0), r"category_id 0, which is not among .*categories \(1\); use"),
        (
            "box",
            "gt",
            lambda t, _: t["annotations"].append(t["annotations"][0]),
            r"\[1\] \(id 7\) has id 7, which an ear",
        ),
        (
            "box",
            "gt",
            lambda t, _: t["images"].append({"id": None}),
            r"images\[1\] \(id None\) has id None, which is no",
        ),
        (
            "box",
            "gt",
            lambda t, _: t["images"].append({"id": "a"}),
            "ids of images are numbers and texts; use one kind",
        ),
        ("box", "dt", to("detections", "score", 10**400), r"\[0\] has score 1000.*, not a finite number"),
        ("box", "dt", to("detections", "score", True), r"\[0\] has score True, not a finite number"),
        ("box", "dt", to("detections", "bbox", [0, 0, 8, True]), r"\[0\] has bbox .*True\], not 4 finite numbers"),
        ("box", "dt", to("detections", "category_id", True), r"category_id True, which is not among"),
        ("box", "gt", to("annotations", "id", True), r"\(id True\) has id True, which is no id"),
        ("box", "gt", lambda t, _: t.pop("categories"), "has no list 'categories'"),
        ("box", "gt", lambda t, _: t["annotations"].append(5), r"annotations\[1\] is 5, no object with fields"),
        ("box", "dt", lambda _, f: f.append(None), r"detections\[1\] is None, no object with fields"),
        ("mask", "dt", to("detections", "segmentation", 5), "has a segmentation that is neither polygons nor run"),
        (
            "mask",
            "dt",
            to("detections", "segmentation", {"size": [4, 4], "counts": [16]}),
            "a mask of 4x4 in an image of",
        ),
        (
            "mask",
            "dt",
            to("detections", "segmentation", {"size": [8, 8], "counts": [60]}),
            "60 pixels for a mask of 8x8",
        ),
        (
            "mask",
            "dt",
            to("detections", "segmentation", {"size": [8, 8], "counts": "P2~"}),
            "lengths of 0 pixels .* 8x8",
        ),
        (
            "mask",
            "dt",
            to("detections", "segmentation", {"size": [8, 8], "counts": [-1]}),
            "counts that are no run length",
        ),
        (
            "mask",
            "gt",
            to("annotations", "segmentation", [[0, 0, 1, 1]]),
            "no list of polygons of three or more points",
        ),
        ("mask", "gt", to("annotations", "segmentation", []), "has a segmentation that is no list of polygons"),
        ("keypoints", "gt", to("annotations", "num_keypoints", 3), r"has num_keypoints 3, but 2 joints with v > 0"),
        ("keypoints", "gt", to("annotations", "keypoints", [1, 1, 3] * 3), "a joint whose v is not 0, 1 or 2"),
        (
            "keypoints",
            "dt",
            to("detections", "keypoints", [1, 1, 1]),
            r"not 9 finite numbers; write \(x, y, v\) of the",
        ),
        ("keypoints", "gt", to("annotations", "area", -1), r"has area -1; write the segment's area in square pixels"),
        ("keypoints", "gt", lambda t, _: t["categories"][0].pop("keypoints"), "0 categories have 'keypoints'"),
        (
            "keypoints",
            "gt",
            lambda t, _: t["categories"][0].update(keypoints="abc"),
            "keypoints that are no list of na",
        ),
    ],
)
def test_damage_is_named(kind: str, file: str, damage: Damage, message: str, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=message) as told:
        analysed(tmp_path, damage, kind)
    assert str(told.value).startswith(f"{tmp_path / file}.json: ") and "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not valid JSON"),
        ("[]", "holds a list; COCO's layout .* exchanged"),
        ("5", "holds a int; COCO's layout"),
    ],
)
def test_a_file_that_is_no_ground_truth(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "gt.json").write_text(text)
    with pytest.raises(AnalysisError, match=message):
        analyse(tmp_path / "gt.json", FOUND, "box")


def test_a_file_that_is_no_detections(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="the detections: holds an object; COCO results are a list"):
        analyse(TRUTH, TRUTH, "box")  # type: ignore[arg-type]
    with pytest.raises(AnalysisError, match=r"none\.json: cannot be read \(none\.json is missing"):
        analyse(TRUTH, tmp_path / "none.json", "box")
    with pytest.raises(AnalysisError, match="kind 'boxes': give one of box, mask, keypoints"):
        analyse(TRUTH, FOUND, "boxes")


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_file_is_refused_at_once(name: str, tmp_path: Path) -> None:
    analysed(tmp_path, lambda *_: None, "box")
    for file, other in (("gt.json", "dt.json"), ("dt.json", "gt.json")):
        place = tmp_path / name.replace("/", "-") / file
        place.parent.mkdir(exist_ok=True)
        NO_FILES[name](place)
        paths = {file: place, other: tmp_path / other}
        with pytest.raises(AnalysisError, match=rf"{file}: cannot be read \(.*\): check the path of the"):
            analyse(paths["gt.json"], paths["dt.json"], "box")


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    analysed(tmp_path, lambda *_: None, "box")
    path = tmp_path / "gt.json"
    path.write_text(path.read_text().replace('"area":', '"area": 1, "area":'))
    with pytest.raises(AnalysisError, match=r"gt.json: is not valid JSON \('area' occurs twice"):
        analyse(path, tmp_path / "dt.json", "box")


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    analysed(tmp_path, lambda *_: None, "box")
    (tmp_path / "link.json").symlink_to("gt.json")
    assert analyse(tmp_path / "link.json", tmp_path / "dt.json", "box")["ap50"] == pytest.approx(100)


def test_tolerances_have_to_fit_the_joints() -> None:
    with pytest.raises(AnalysisError, match="17 tolerances of joints are COCO's, but there are 3 joints: give"):
        analyse(TRUTH, FOUND, "keypoints")
    with pytest.raises(AnalysisError, match=r"sigmas are \[0.1, 0.0, 0.1\]"):
        analyse(TRUTH, FOUND, "keypoints", sigmas=(0.1, 0.0, 0.1))


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("box", ("segmentation", "area", "keypoints")), ("mask", ("area", "bbox")), ("keypoints", ("num_keypoints",))],
)
def test_what_is_not_needed_may_be_absent(kind: str, fields: tuple[str, ...], tmp_path: Path) -> None:
    """Public reports: dbolya/tide issues 20 and 52, boxes without segmentation."""

    def damage(truth: dict[str, Any], found: list[Any]) -> None:
        for field in fields:
            truth["annotations"][0].pop(field, None)
            found[0].pop(field, None)

    report = analysed(tmp_path, damage, kind)
    assert report["ap" if kind == "keypoints" else "ap50"] == pytest.approx(100)


@pytest.mark.parametrize("kind", KINDS)
def test_annotations_without_iscrowd_are_single_objects_and_a_note_says_so(kind: str, tmp_path: Path) -> None:
    report = analysed(tmp_path, without("iscrowd")[0], kind)
    assert report["ap" if kind == "keypoints" else "ap50"] == pytest.approx(100)
    assert report["notes"] == [
        f"{tmp_path / 'gt.json'}: 1 of 1 annotations have no 'iscrowd': taken as 0, single objects"
    ]


COMPRESSED = masks.encode(np.ones((8, 8), np.uint8, order="F"))["counts"].decode()


@pytest.mark.parametrize("mask", [FULL, [[0, 0, 8, 0, 8, 8, 0, 8]], {"size": [8, 8], "counts": COMPRESSED}])
def test_masks_of_every_form_are_the_same(mask: Any, tmp_path: Path) -> None:
    report = analysed(tmp_path, to("annotations", "segmentation", mask), "mask")
    assert report["ap_by_threshold"] == pytest.approx([100] * 10)


def test_run_lengths_are_added_up_without_decoding() -> None:
    """Runs of any size, many masks at once, and a text that is cut off."""
    random = np.random.default_rng(0)
    drawn = [random.random((h, w)) < share for h, w, share in [(1, 1, 1), (40, 30, 0.5), (900, 700, 0.001), (5, 7, 0)]]
    encoded = [masks.encode(np.asfortranarray(mask, dtype=np.uint8))["counts"] for mask in drawn]
    assert pixels(encoded).tolist() == [mask.size for mask in drawn]
    assert pixels([]).tolist() == [] and pixels([b""]).tolist() == [-1]
    assert pixels([encoded[2][:-1], encoded[1]])[0] != drawn[2].size and pixels([b"\x20", b"~~"]).tolist() == [-1, -1]
