"""Average precision of boxes, masks and joints by pycocotools, as COCO defines it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from torch import Tensor

from supertickets.tasks.annotated import Annotated
from supertickets.tasks.detected import Detected, matched_pictures

Kind = Literal["box", "mask", "keypoints"]
"""What is compared."""

_COMPARED = {"box": "bbox", "mask": "segm", "keypoints": "keypoints"}
ALL_SIZES = {"all": (0.0, 1e10)}
"""Name -> smallest and largest area of the objects that count, square pixels."""


def coco_metrics(truth: Annotated, found: Iterable[Detected], kind: Kind) -> dict[str, float]:
    """`<kind>_ap`, over thresholds .50 to .95, and `<kind>_ap50`, in percent; nothing where no object is to be found.

    Objects of all sizes count. For each class, a picture's 100 detections of the highest scores count, for joints 20.
    Classes without objects are left out, whatever was detected. Masks and boxes are compared at the resolution of the
    split.

    Args:
        truth: a split with masks or joints, if they are to be compared.
        found: one entry per picture, in the split's order.

    Raises:
        ValueError: the split or a detection lacks masks or joints, or does not fit the other.
    """
    content, results = as_coco(truth), as_results(truth, matched_pictures(truth, found), kind)
    stats = evaluated(content, results, kind, truth.sigmas if kind == "keypoints" else None, ALL_SIZES)
    named = {f"{kind}_ap": stats[0], f"{kind}_ap50": stats[1]}
    return {name: 100 * value for name, value in named.items() if value >= 0}


def as_coco(truth: Annotated) -> dict[str, Any]:
    """A split in COCO's layout; pictures and objects are numbered from 1 in the split's order.

    The number 0 means "no match" to pycocotools, and equal scores are ranked by the number of the picture.
    """
    pictures = np.repeat(np.arange(1, len(truth) + 1), truth.counts.numpy()).tolist()
    annotations: list[dict[str, Any]] = [
        {"id": number, "image_id": picture, "category_id": label, "bbox": box, "area": area, "iscrowd": int(ignored)}
        for number, (picture, label, box, area, ignored) in enumerate(
            zip(
                pictures, truth.labels.tolist(), _left_top_width_height(truth.boxes), truth.areas.tolist(),
                truth.ignored.tolist(), strict=True,
            ),
            start=1,
        )
    ]  # fmt: skip
    if (masks := truth.run_lengths) is not None:
        for annotation, mask in zip(annotations, masks, strict=True):
            annotation["segmentation"] = mask
    if truth.joints is not None:
        for annotation, joints in zip(annotations, truth.joints.double(), strict=True):
            annotation["keypoints"] = joints.reshape(-1).tolist()
            annotation["num_keypoints"] = int((joints[:, 2] > 0).sum())
    with_joints = {"keypoints": list(truth.joint_names)} if truth.joint_names else {}
    return {
        "images": [
            {"id": number, "height": height, "width": width}
            for number, (height, width) in enumerate(truth.sizes.tolist(), start=1)
        ],
        "categories": [
            {"id": number, "name": name, **with_joints} for number, name in enumerate(truth.class_names, start=1)
        ],
        "annotations": annotations,
    }


def as_results(truth: Annotated, found: Sequence[Detected], kind: Kind) -> list[dict[str, Any]]:
    """Detections as COCO results, numbered as `as_coco` numbers the pictures.

    Raises:
        ValueError: the split or a detection lacks masks or joints, or has them in another number or size.
    """
    if (kind == "mask" and truth.run_lengths is None) or (kind == "keypoints" and truth.joints is None):
        raise ValueError(f"the data have no {_field(kind)}: compare boxes")
    results = []
    for number, (one, size) in enumerate(zip(found, truth.sizes.tolist(), strict=True), start=1):
        compared = _compared(one, kind, size, len(truth.joint_names))
        results += [
            {"image_id": number, "category_id": label, "score": score, **fields}
            for label, score, fields in zip(one.labels.tolist(), one.scores.tolist(), compared, strict=True)
        ]
    return results


def evaluated(
    truth: dict[str, Any],
    results: list[dict[str, Any]],
    kind: Kind,
    sigmas: Sequence[float] | None,
    sizes: dict[str, tuple[float, float]] | None,
) -> list[float]:
    """The numbers of pycocotools, 0..1, -1 where one is undefined; all ids count from 1.

    Args:
        truth: annotations in COCO's layout.
        results: detections; there may be none.
        kind: what they are compared by.
        sigmas: OKS constants of joints.
        sizes: classes of areas, COCO's own if None.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        reference, found = COCO(), COCO()
        reference.dataset = truth
        reference.createIndex()
        if results:
            found = reference.loadRes(results)
        else:  # of which it cannot tell the kind
            found.dataset = {**truth, "annotations": []}
            found.createIndex()
        evaluation = COCOeval(reference, found, _COMPARED[kind])
        if sigmas is not None:
            evaluation.params.kpt_oks_sigmas = np.array(sigmas)
        if sizes is not None:
            evaluation.params.areaRngLbl, evaluation.params.areaRng = list(sizes), list(sizes.values())
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(number) for number in evaluation.stats]


def _field(kind: Kind) -> str:
    return {"mask": "masks", "keypoints": "joints"}[kind]


def _compared(one: Detected, kind: Kind, size: list[int], joints: int) -> list[dict[str, Any]]:
    if kind == "box":
        return [{"bbox": box} for box in _left_top_width_height(one.boxes)]
    if getattr(one, field := _field(kind)) is None:
        raise ValueError(f"detections without {field} cannot be compared by them: give {field}")
    if kind == "mask":
        assert one.masks is not None
        if strange := [mask["size"] for mask in one.masks if list(mask["size"]) != size]:
            raise ValueError(f"a detected mask is {strange[0]}, its picture {size} (height, width): cut it out of it")
        return [{"segmentation": dict(mask)} for mask in one.masks]
    assert one.joints is not None
    if one.joints.shape[1] != joints:
        raise ValueError(f"{one.joints.shape[1]} joints detected, the data have {joints}: give the net {joints}")
    return [{"keypoints": person.reshape(-1).tolist()} for person in one.joints.double()]


def _left_top_width_height(boxes: Tensor) -> list[list[float]]:
    exact = boxes.double()
    exact[:, 2:] -= exact[:, :2]
    return exact.tolist()
