"""Faults that users of COCO's keypoint files and of pycocotools have reported, each shown not to be here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bench.data import DataError
from supertickets.data.keypoint_checks import check_annotations
from supertickets.data.persons import scored_persons
from supertickets.tasks import PersonCrops
from supertickets.tasks.keypoint_ap import keypoint_metrics
from tests.contracts.trees import lsp_tree

pytestmark = pytest.mark.fast
JOINTS = ("nose", "tail")


def person(number: int, image: int = 1, **fields: Any) -> dict[str, Any]:
    """Two joints in a box of 100 pixels; fields as given."""
    whole = {
        "id": number, "image_id": image, "category_id": 1, "iscrowd": 0, "num_keypoints": 2,
        "keypoints": [10.0, 10, 2, 60, 80, 2], "bbox": [0, 0, 100, 100], "area": 8000.0,
    }  # fmt: skip
    return {**whole, **fields}


def keypoint_file(*persons: dict[str, Any]) -> dict[str, Any]:
    images = [
        {"id": number, "file_name": f"{number}.jpg", "width": 120, "height": 120}
        for number in sorted({one["image_id"] for one in persons})
    ]
    return {"images": images, "annotations": list(persons), "categories": [{"id": 1, "keypoints": list(JOINTS)}]}


def truth_against_itself(source: dict[str, Any]) -> dict[str, float]:
    scored = scored_persons(source)
    joints = np.array([one["keypoints"] for one in scored["annotations"]], float).reshape(-1, 2, 3)
    ids = torch.tensor([one["id"] for one in scored["annotations"]])
    nothing = torch.zeros(len(ids))
    split = PersonCrops(nothing, nothing, nothing, nothing, ids, scored, JOINTS, (), (0.1, 0.1), ())
    return keypoint_metrics(split, ids, joints[..., :2], np.ones((len(ids), 2), np.float32))


@pytest.mark.parametrize("ids", [(0,), (0, 1), (1, 0), (-1, 0, 1)])
def test_number_0_is_an_id(ids: tuple[int, ...]) -> None:
    """github.com/cocodataset/cocoapi/issues/664, pytorch/vision/issues/1530, MiXaiLL76/faster_coco_eval/issues/77.

    0 stands for "no match", so the truth of annotation 0 was a false positive.
    """
    joints = [[10.0 + 30 * image, 10, 2, 60, 80 - 30.0 * image, 2] for image in range(len(ids))]
    source = keypoint_file(*(person(number, image, keypoints=joints[image]) for image, number in enumerate(ids)))
    check_annotations(source, JOINTS, Path("images"))
    assert truth_against_itself(source) == pytest.approx({"ap": 100.0, "ap_m": 100.0, "ar": 100.0})


@pytest.mark.parametrize("field", ["iscrowd", "area", "id", "image_id", "category_id", "num_keypoints", "bbox"])
def test_a_missing_field_is_named(field: str) -> None:
    """github.com/cocodataset/cocoapi/issues/374, matterport/Mask_RCNN/issues/1439: KeyError in the middle."""
    source = keypoint_file(person(5), person(7))
    del source["annotations"][1][field]
    with pytest.raises(ValueError, match=rf"annotation 2 \(id (7|missing)\) has no '{field}'"):
        check_annotations(source, JOINTS, Path("images"))


@pytest.mark.parametrize(
    ("records", "field", "value"),
    [("annotations", "image_id", "1"), ("annotations", "id", "a"), ("images", "id", "0001"), ("images", "id", 1.5)],
)
def test_ids_of_several_kinds_are_refused(records: str, field: str, value: object) -> None:
    """github.com/cocodataset/cocoapi/issues/373, ppwwyyxx/cocoapi/pull/21: texts are taken for lists, or not sorted."""
    source = keypoint_file(person(5), person(7))
    source[records][0][field] = value
    with pytest.raises(ValueError, match=rf"{records[:-1]} 1 .* has {field} .*, not a whole number"):
        check_annotations(source, JOINTS, Path("images"))


def test_persons_without_joints_are_not_scored() -> None:
    """github.com/jin-s13/COCO-WholeBody/issues/15: given as detections, they made the truth score below 100."""
    nobody = person(8, num_keypoints=0, keypoints=[0, 0, 0, 0, 0, 0], bbox=[0, 0, 0, 0], area=0)
    source = keypoint_file(person(5), nobody, person(9, 2))
    check_annotations(source, JOINTS, Path("images"))
    assert [one["id"] for one in scored_persons(source)["annotations"]] == [5, 9]
    assert truth_against_itself(source)["ap"] == pytest.approx(100)


def test_crowds_are_not_scored_whatever_they_are_told_to_be() -> None:
    """github.com/cocodataset/cocoapi/issues/466: `ignore` is overwritten by `iscrowd`."""
    source = keypoint_file(person(5), person(6, iscrowd=1, area=1.0), person(9, 2))
    source["annotations"][0]["ignore"] = 1
    check_annotations(source, JOINTS, Path("images"))
    scored = scored_persons(source)
    assert [one["id"] for one in scored["annotations"]] == [5, 9]
    assert truth_against_itself(source)["ap"] == pytest.approx(100)


def test_a_file_of_other_joints_is_refused() -> None:
    """github.com/open-mmlab/mmpose/issues/2248: 20 sigmas for 21 joints, AP 0."""
    with pytest.raises(ValueError, match=r"category 1 .* has keypoints \['nose', 'tail'\], not the joints \['nose'\]"):
        check_annotations(keypoint_file(person(5)), JOINTS[:1], Path("images"))


def test_a_category_that_is_not_listed_is_refused() -> None:
    """github.com/facebookresearch/detectron2/issues/3485: ids are mapped quietly, and the score is 0."""
    with pytest.raises(ValueError, match=r"annotation 2 \(id 7\) has category_id 3, not the listed category 1"):
        check_annotations(keypoint_file(person(5), person(7, category_id=3)), JOINTS, Path("images"))


@pytest.mark.parametrize("turned", [3, 6])
def test_a_turned_photograph_does_not_lose_its_joints(turned: int, tmp_path: Path) -> None:
    """github.com/wkentaro/labelme/issues/1529, open-edge-platform/datumaro/issues/1756: labels of the other way up."""
    from PIL import Image

    data = lsp_tree(tmp_path)
    path = min((tmp_path / "lsp_pose" / "images").iterdir())
    exif = Image.Exif()
    exif[0x0112] = turned
    Image.open(path).save(path, exif=exif)
    with pytest.raises(DataError, match=rf"{path.name} is stored turned \(EXIF orientation {turned}\)"):
        data.check(tmp_path)


def test_a_picture_outside_is_not_read(tmp_path: Path) -> None:
    """CWE-22, cwe.mitre.org/data/definitions/22.html: a name in a file leads out of the folder it is meant for."""
    data = lsp_tree(tmp_path)
    folder = tmp_path / "lsp_pose"
    (folder / "images" / "elsewhere").symlink_to(tmp_path)
    (tmp_path / "secret.jpg").write_bytes(min((folder / "images").glob("*.jpg")).read_bytes())
    path = folder / "annotations" / "person_keypoints_val.json"
    content = json.loads(path.read_text())
    for name in ("../../secret.jpg", str(tmp_path / "secret.jpg"), "elsewhere/secret.jpg", "a/../../../secret.jpg"):
        content["images"][0]["file_name"] = name
        path.write_text(json.dumps(content))
        with pytest.raises(
            DataError, match=r"person_keypoints_val.json: image 1 \(id 1001\): file_name .* leads out of"
        ):
            data.check(tmp_path)


def test_a_key_twice_is_refused(tmp_path: Path) -> None:
    """RFC 8259, section 4: readers differ in which of two equal names they take."""
    data = lsp_tree(tmp_path)
    path = tmp_path / "lsp_pose" / "annotations" / "person_keypoints_val.json"
    path.write_text(path.read_text().replace('"iscrowd": 0', '"iscrowd": 1, "iscrowd": 0', 1))
    with pytest.raises(
        DataError, match=r"person_keypoints_val.json is not valid JSON \('iscrowd' occurs twice in an object\)"
    ):
        data.check(tmp_path)


@pytest.mark.parametrize(("count", "recall"), [(20, 100.0), (30, 200 / 3)])
def test_an_image_has_the_twenty_persons_of_coco(count: int, recall: float) -> None:
    """github.com/cocodataset/cocoapi/issues/565, jin-s13/xtcocoapi/issues/15: others than the best 20 do not count.

    That is COCO's protocol, under which results are compared, so it is kept.
    """
    crowd = [person(number, keypoints=[10.0 + number, 10, 2, 60.0 + number, 80, 2]) for number in range(1, count + 1)]
    assert truth_against_itself(keypoint_file(*crowd))["ar"] == pytest.approx(recall)


@pytest.mark.parametrize(
    ("area", "sizes"), [(31.9**2, set()), (32.1**2, {"ap_m"}), (95.9**2, {"ap_m"}), (96.1**2, {"ap_l"})]
)
def test_a_size_without_persons_has_no_score(area: float, sizes: set[str]) -> None:
    """github.com/jin-s13/COCO-WholeBody/issues/15 and others: pycocotools gives -1 for sizes that do not occur."""
    found = truth_against_itself(keypoint_file(person(1, area=area)))
    assert set(found) - {"ap", "ar"} == sizes and all(value == pytest.approx(100) for value in found.values())
