"""Faults that users of detection data sets in COCO's and VOC's layout have reported, each shown not to be here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from bench.data import DataError, DataSet
from bench.data.instance_checks import check_instances
from bench.data.xml_files import read_xml
from supertickets.tasks.annotated import AnnotatedImages
from tests.contracts.trees import TREES

pytestmark = pytest.mark.fast
SIZE = (60, 80)
VAL = "coco/annotations/instances_val2017.json"


def whole(data: DataSet, root: Path, split: str, size: tuple[int, int], cache: Path) -> AnnotatedImages:
    """All samples of a split."""
    samples: Any = data.load(root, split, size, cache)
    found: AnnotatedImages = samples.take(torch.arange(len(samples)))
    return found


def changed(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> AnnotatedImages:
    """The val split of a small tree in COCO's layout, at its own size, after a change of its annotation file."""
    data = TREES["coco"](tmp_path)
    path = tmp_path / VAL
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    data.check(tmp_path)
    return whole(data, tmp_path, "val", SIZE, tmp_path / "cache")


def unchanged(tmp_path: Path) -> AnnotatedImages:
    return changed(tmp_path, len)


def test_categories_with_gaps_are_classes_without(tmp_path: Path) -> None:
    """github.com/cocodataset/cocoapi/issues/143, facebookresearch/detr/issues/23: 90 numbers for 80 classes."""

    def renumber(content: dict[str, Any]) -> None:
        moved = {category["id"]: 90 - 40 * place for place, category in enumerate(content["categories"])}
        for one in content["annotations"]:
            one["category_id"] = moved[one["category_id"]]
        for category in content["categories"]:
            category["id"] = moved[category["id"]]
        content["categories"].reverse()

    before, after = unchanged(tmp_path / "a"), changed(tmp_path / "b", renumber)
    assert before.class_names == after.class_names == ("ant", "bee")
    assert set(before.labels.tolist()) == {1, 2} and torch.equal(before.labels, after.labels)


def test_number_0_is_a_category_and_not_the_background(tmp_path: Path) -> None:
    """github.com/facebookresearch/detectron2/issues/1731: whether classes are counted from 0 or from 1."""
    content: dict[str, Any] = {}
    split = changed(tmp_path, content.update)
    assert {category["id"] for category in content["categories"]} == {0, 3} and split.labels.min() == 1


def test_pictures_without_objects_stay(tmp_path: Path) -> None:
    """github.com/pytorch/vision/issues/1598: what is background alone could not be trained on."""
    split = unchanged(tmp_path)
    assert (split.counts == 0).any() and len(split) == 4
    empty = split.take(torch.nonzero(split.counts == 0)[:, 0])
    assert empty.boxes.shape == (0, 4) and empty.labels.shape == (0,)


@pytest.mark.parametrize("box", [[10, 10, 0, 5], [10, 10, 5, 0], [10, 10, 0.01, 5], [80, 10, 9, 9], [-9, 10, 9, 9]])
def test_boxes_without_area_are_left_out(box: list[float], tmp_path: Path) -> None:
    """github.com/pytorch/vision/issues/2740, /8376 and pull/2258: an error in the middle of the training."""

    def flatten(content: dict[str, Any]) -> None:
        content["annotations"][0]["bbox"] = box

    before, after = unchanged(tmp_path / "a"), changed(tmp_path / "b", flatten)
    assert len(after.boxes) == len(before.boxes) - 1 and len(after) == len(before)


def test_boxes_end_where_their_picture_does(tmp_path: Path) -> None:
    """github.com/umautobots/vod-converter/issues/26: boxes that began before the first pixel."""

    def enlarge(content: dict[str, Any]) -> None:
        content["annotations"][0]["bbox"] = [-5.5, -0.25, 90, 61]

    assert changed(tmp_path, enlarge).boxes[0].tolist() == [0, 0, 80, 60]


def test_a_crowd_is_ignored_whatever_form_its_mask_has(tmp_path: Path) -> None:
    split = unchanged(tmp_path)
    assert split.masks is not None and split.ignored.tolist().count(True) == 1
    crowd = split.masks[split.ignored][0]
    # runs of 20 columns pixels from row 10 on
    assert torch.equal(crowd.any(1).nonzero()[:, 0], torch.arange(10, 30)) and crowd.sum() == 1600


@pytest.mark.parametrize(
    "polygon",
    [[10, 10, 20, 20], [10, 10, 20, 20, 30], [1e308] * 6, [float("nan")] * 6, [10**30] * 6, ["1"] * 6, [[1, 2]] * 6],
)
def test_polygons_that_are_none_are_refused(polygon: list[Any], tmp_path: Path) -> None:
    """github.com/cocodataset/cocoapi/issues/369 and /380: two points made a box, far ones a crash."""
    with pytest.raises(DataError, match=r"instances_val2017.json: annotations\[0\] .* no list of polygons of three"):
        changed(tmp_path, lambda content: content["annotations"][0].update(segmentation=[polygon]))


@pytest.mark.parametrize(
    "counts", [[4801, -1], [-1, 4801], [2**40], "0123", "\ud800", [1.5, 4798.5], ["4800"], {"a": 1}, 4800]
)
def test_run_lengths_that_are_none_are_refused(counts: Any, tmp_path: Path) -> None:
    mask = {"size": [60, 80], "counts": counts}
    with pytest.raises(DataError, match=r"instances_val2017.json: annotations\[0\] .* run lengths"):
        changed(tmp_path, lambda content: content["annotations"][0].update(segmentation=mask))


def test_a_person_without_joints_is_a_person_all_the_same(tmp_path: Path) -> None:
    """They have a box, and nothing is said about their joints."""
    data = TREES["coco_people"](tmp_path)
    split = whole(data, tmp_path, "train", SIZE, tmp_path / "cache")
    assert split.joints is not None
    labelled = (split.joints[..., 2] > 0).any(1)
    assert (~labelled & ~split.ignored).any() and labelled.any()
    assert not split.joints[~labelled].any()


def test_joints_lie_in_the_middle_of_their_pixels(tmp_path: Path) -> None:
    """github.com/facebookresearch/detectron2/issues/2401 and /1373: half a pixel between joints and boxes."""
    data = TREES["coco_people"](tmp_path)
    content = json.loads((tmp_path / "coco/annotations/person_keypoints_train2017.json").read_text())
    split = whole(data, tmp_path, "train", (120, 160), tmp_path / "cache")
    first = next(one for one in content["annotations"] if one["num_keypoints"])
    row = [one["id"] for one in content["annotations"]].index(first["id"])
    assert split.joints is not None
    x, y = first["keypoints"][:2]
    assert split.joints[row, 0].tolist() == pytest.approx([2 * x + 1, 2 * y + 1, first["keypoints"][2]])
    left, top, width, height = first["bbox"]
    assert split.boxes[row].tolist() == pytest.approx([2 * left, 2 * top, 2 * (left + width), 2 * (top + height)])


def test_one_class_is_enough() -> None:
    source = {"images": [], "annotations": [], "categories": [{"id": 7, "name": "cell"}]}
    check_instances(source, "name", ("cell",), (), Path("images"))


BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<annotation><object><name>&c;</name></object></annotation>"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "it declares a document type"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation>&x;</annotation>', "a document type"),
        ('<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><annotation/>', "it declares a document type"),
        ("<annotation>&x;</annotation>", "undefined entity"),
        ("<a>" * 100 + "</a>" * 100, "more than 16 elements lie within each other"),
        ("<annotation/><annotation/>", "junk after document element"),
        ('<?xml version="1.0" encoding="klingon"?><annotation/>', "unknown encoding"),
        ("<annotation>" + " " * 2**20 + "</annotation>", "at most 1048576 are read"),
    ],
)
def test_xml_that_asks_for_more_than_itself_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """CWE-776 and CWE-611, cwe.mitre.org: entities that multiply, and such as stand for other files."""
    path = tmp_path / "bomb.xml"
    path.write_text(text)
    with pytest.raises(DataError, match=rf"bomb.xml .*{message}"):
        read_xml(path)


def test_the_first_pixel_of_voc_is_number_1(tmp_path: Path) -> None:
    """github.com/facebookresearch/maskrcnn-benchmark/issues/210: boxes were one pixel off."""
    data = TREES["voc2007"](tmp_path)
    path = tmp_path / "voc2007" / "Annotations" / "000001.xml"
    text = path.read_text()
    for tag, value in {"xmin": 1, "ymin": 1, "xmax": 80, "ymax": 60}.items():
        text = re.sub(rf"<{tag}>\d+<", f"<{tag}>{value}<", text)
    path.write_text(text)
    split = whole(data, tmp_path, "train", SIZE, tmp_path / "cache")
    assert split.boxes[split.rows(1)].tolist() == [[0, 0, 80, 60]]


def test_difficult_objects_are_ignored_and_the_flag_may_be_missing(tmp_path: Path) -> None:
    """github.com/rafaelpadilla/review_object_detection_metrics/issues/48: they were objects like others."""
    data = TREES["voc2007"](tmp_path)
    assert whole(data, tmp_path, "train", SIZE, tmp_path / "a").ignored.tolist()[:3] == [False, False, True]
    path = tmp_path / "voc2007" / "Annotations" / "000002.xml"
    path.write_text(re.sub("<difficult>.</difficult>", "", path.read_text()))
    assert whole(data, tmp_path, "train", SIZE, tmp_path / "b").ignored.tolist()[:3] == [False, False, False]
