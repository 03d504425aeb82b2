"""Hypothesis strategies of annotated and detected people, in COCO's layout."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.detection_strategies import Scene

NAMES = ("nose", "left_eye", "right_eye", "left_hand", "right_hand", "left_foot", "right_foot", "tail")
SIGMAS = (0.05,) * len(NAMES)
AREA = 10000.0
BODY = 12.0 * np.array([(0, 0), (2, -3), (-2, -3), (8, 6), (-8, 6), (3, 14), (-3, 14), (0, 10)], dtype=float)
"""Joints so far apart that none is similar to another: 36 pixels and more, where similarity halves at 12."""


def at(x: float, y: float = 0.0) -> NDArray[np.float64]:
    """The body there."""
    return BODY + np.array([x, y])


FATES = ("good", "jitter", "inversion", "swap", "miss")
FAR = 400.0
"""From person to person."""


def person(number: int, image: int, joints: NDArray[np.float64], labelled: NDArray[np.bool_], **more: Any) -> Any:
    """An annotation."""
    flags = 2 * labelled
    triplets = np.column_stack([np.where(labelled[:, None], joints, 0), flags])
    low, size = joints.min(axis=0), np.ptp(joints, axis=0)
    return {
        "id": number, "image_id": image, "category_id": 1, "keypoints": triplets.ravel().tolist(), "iscrowd": 0,
        "num_keypoints": int(labelled.sum()), "area": AREA, "bbox": [*low.tolist(), *size.tolist()], **more,
    }  # fmt: skip


def found(image: int, joints: NDArray[np.float64], score: float) -> dict[str, Any]:
    """A detection."""
    triplets = np.column_stack([joints, np.ones(len(joints))])
    return {"image_id": image, "category_id": 1, "keypoints": triplets.ravel().tolist(), "score": score}


def truth(images: list[int], annotations: list[Any]) -> dict[str, Any]:
    """A file of people."""
    category = {"id": 1, "name": "animal", "keypoints": list(NAMES)}
    return {"images": [{"id": image} for image in images], "categories": [category], "annotations": annotations}


@st.composite
def crowds(draw: st.DrawFn) -> Scene:
    """Pictures of people of whom some are crowds, small, or without joints; detections near to some or to none."""
    images = draw(st.lists(st.integers(0, 9), max_size=3, unique=True))
    place = st.tuples(st.sampled_from(images or [0]), st.integers(0, 2), st.integers(0, 2))
    seed = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    annotations = []
    for number, (image, x, y) in enumerate(draw(st.lists(place, max_size=6 * bool(images)))):
        labelled = np.array(draw(st.sampled_from([(1,) * 8, (0,) * 8, (1, 0) * 4, (0, 1, 1, 1) * 2])), dtype=bool)
        more = {"iscrowd": draw(st.sampled_from((0, 0, 0, 1))), "area": draw(st.sampled_from((AREA, AREA, 500.0)))}
        annotations.append(person(number, image, at(100.0 * x, 100.0 * y), labelled, **more))
    detections = [
        found(image, at(100.0 * x, 100.0 * y) + seed.normal(0, noise, BODY.shape), score)
        for (image, x, y), noise, score in draw(
            st.lists(st.tuples(place, st.sampled_from((0.0, 8.0, 20.0)), st.sampled_from((0.2, 0.5, 0.9))),
                     max_size=8 * bool(images))
        )
    ]  # fmt: skip
    return Scene(truth(images, annotations), detections)


@st.composite
def wrong_joints(draw: st.DrawFn) -> tuple[Scene, list[list[str]]]:
    """Two people, each detected with up to four joints wrong in a known way; labels of their joints."""
    bodies = [BODY, at(FAR)]
    partner = [NAMES.index(n.replace("left", "*").replace("right", "left").replace("*", "right")) for n in NAMES]
    detections, labels = [], []
    for own, other in (bodies, bodies[::-1]):
        kinds = ["good"] * len(NAMES)
        for joint in draw(st.sets(st.integers(0, 7), max_size=4)):
            kinds[joint] = draw(st.sampled_from(FATES[:2] + FATES[3:] + FATES[2:3] * (partner[joint] != joint)))
        moved = {
            "good": own, "jitter": own + np.array([9.0, 0.0]), "inversion": own[partner] + np.array([2.0, 0.0]),
            "swap": other + np.array([0.0, 2.0]),
            "miss": own + np.array([0.0, -1000.0]),
        }  # fmt: skip
        joints = np.array([moved[kind][joint] for joint, kind in enumerate(kinds)])
        detections.append(found(0, joints, draw(st.floats(0, 1))))
        labels.append(kinds)
    annotations = [person(7 + n, 0, body, np.ones(8, dtype=bool)) for n, body in enumerate(bodies)]
    return Scene(truth([0], annotations), detections), labels
