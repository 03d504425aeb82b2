"""pycocotools' own numbers on the same annotations and detections."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from pycocotools import mask as masks

from bench.errors.oks import extent
from bench.errors.people import People
from bench.errors.problem import Problem
from bench.errors.shapes import Shapes

TYPES = {"box": "bbox", "mask": "segm", "keypoints": "keypoints"}


def of_shapes(problem: Problem, kind: str, objects: Shapes, detections: Shapes) -> list[float]:
    """The 12 numbers of boxes or masks, 0..1; -1 where pycocotools calls one undefined.

    Areas are those of the annotations where all of them have one, and else measured.
    """
    key = {"box": "bbox", "mask": "segmentation"}[kind]
    area = _given_areas(problem)
    if area is None:
        area = _areas(objects)
    return _numbers(
        problem,
        TYPES[kind],
        ({key: shape, "area": size} for shape, size in zip(_values(objects), area, strict=True)),
        (
            {key: shape, "area": size}
            for shape, size in zip(_values(detections), _found_areas(problem, _areas(detections)), strict=True)
        ),
        None,
    )


def of_people(problem: Problem, people: People) -> list[float]:
    """The 10 numbers of keypoints, 0..1; -1 where pycocotools calls one undefined."""
    joints = np.concatenate([people.joints, 2.0 * people.labelled[..., None]], axis=2)
    found = np.concatenate([people.found, np.ones_like(people.found[..., :1])], axis=2)
    return _numbers(
        problem,
        TYPES["keypoints"],
        (
            {"keypoints": person.ravel().tolist(), "num_keypoints": int(count), "area": area, "bbox": box}
            for person, count, area, box in zip(
                joints, people.labelled.sum(axis=1), people.area.tolist(), people.boxes.tolist(), strict=True
            )
        ),
        (
            {"keypoints": person.ravel().tolist(), "area": area}
            for person, area in zip(found, _found_areas(problem, extent(people.found).tolist()), strict=True)
        ),
        people.sigmas,
    )


def _numbers(
    problem: Problem, kind: str, objects: Iterator[dict[str, Any]], found: Iterator[dict[str, Any]], sigmas: Any
) -> list[float]:
    """Evaluate with ids counted from 1: pycocotools takes an annotation of id 0 for no match."""
    from pycocotools.cocoeval import COCOeval

    images = [image["id"] for image in problem.images.items]
    categories = [category["id"] for category in problem.categories.items]
    truth = [
        {"id": number, "image_id": images[image], "category_id": categories[number_of], "iscrowd": int(crowd), **shape}
        for number, (image, number_of, crowd, shape) in enumerate(
            zip(problem.image_of_object, problem.class_of_object, problem.crowd, objects, strict=True), 1
        )
    ]
    results = [
        {"id": number, "image_id": images[image], "category_id": categories[number_of], "score": float(score),
         "iscrowd": 0, **shape}
        for number, (image, number_of, score, shape) in enumerate(
            zip(problem.image_of_detection, problem.class_of_detection, problem.scores, found, strict=True), 1
        )
    ]  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(_indexed(problem, truth), _indexed(problem, results), kind)
        if sigmas is not None:
            evaluation.params.kpt_oks_sigmas = sigmas
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(number) for number in evaluation.stats]


def _indexed(problem: Problem, annotations: list[dict[str, Any]]) -> Any:
    from pycocotools.coco import COCO

    coco = COCO()
    # masks are compressed already: it asks for sizes of images and does not use them
    images = [{"height": 0, "width": 0, **image} for image in problem.images.items]
    coco.dataset = {"images": images, "categories": list(problem.categories.items), "annotations": annotations}
    coco.createIndex()
    return coco


def _given_areas(problem: Problem) -> list[float] | None:
    if not all("area" in annotation for annotation in problem.annotations.items):
        return None
    return problem.annotations.numbers("area", "write it in square pixels, or leave it out everywhere").tolist()


def _found_areas(problem: Problem, measured: list[float]) -> list[float]:
    """Areas of detections: those of their boxes where all have one, whatever is compared; so does `COCO.loadRes`."""
    if not all(detection.get("bbox") for detection in problem.detections.items):
        return measured
    return _areas(problem.detections.numbers("bbox", "write it as [left, top, width, height], or leave it out", 4))


def _areas(shapes: Shapes) -> list[float]:
    if isinstance(shapes, np.ndarray):
        return (shapes[:, 2] * shapes[:, 3]).tolist()
    # one by one: pycocotools refuses lists of more than 255
    return [float(masks.area(mask)) for mask in shapes]


def _values(shapes: Shapes) -> list[Any]:
    return shapes.tolist() if isinstance(shapes, np.ndarray) else shapes
