"""People and the joints found on them, checked, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.errors.entries import AnalysisError, Entries, Floats
from bench.errors.problem import Bools, Ints, Problem

COCO_SIGMAS = (
    0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089,
    0.089,
)  # fmt: skip
"""OKS tolerances of COCO's 17 joints."""

LARGEST = 1e10
"""Area up to which a person counts."""


@dataclass(frozen=True)
class People:
    """G annotated people and D detected ones, with J joints each.

    Attributes:
        joints: `(G, J, 2)`, x and y in pixels.
        labelled: `(G, J)`.
        area: `(G,)`, of the segment, in square pixels.
        boxes: `(G, 4)`, left, top, width, height.
        found: `(D, J, 2)`, in the order of the file.
        partner: `(J,)`, the joint of the other side, or the joint itself.
        sigmas: `(J,)`, OKS tolerances.
    """

    joints: Floats
    labelled: Bools
    area: Floats
    boxes: Floats
    found: Floats
    partner: Ints
    sigmas: Floats

    def ignored(self, crowd: Bools, smallest: float) -> Bools:
        """`(G,)`: who neither has to be found nor makes a detection wrong."""
        return crowd | ~self.labelled.any(axis=1) | (self.area < smallest) | (self.area > LARGEST)


def people(problem: Problem, sigmas: Sequence[float] | None) -> People:
    """Take joints, areas and boxes from a problem.

    Args:
        problem: of one category with joints.
        sigmas: tolerance of each joint; None: COCO's.

    Raises:
        AnalysisError: naming the entry that lacks something or does not fit.
    """
    names = _joint_names(problem)
    truth, found = problem.annotations, problem.detections
    width = 3 * len(names)
    remedy = f"write (x, y, v) of the category's {len(names)} joints"
    given = truth.numbers("keypoints", remedy, width).reshape(-1, len(names), 3)
    _check_flags(truth, given)
    area = truth.numbers("area", "OKS needs the area of every person's segment, in square pixels")
    if (area < 0).any():
        index = int((area < 0).argmax())
        raise truth.error(index, f"has area {area[index]:g}", "write the segment's area in square pixels")
    return People(
        joints=given[..., :2],
        labelled=given[..., 2] > 0,
        area=area,
        boxes=truth.numbers("bbox", "write its box as [left, top, width, height]", 4),
        found=found.numbers("keypoints", remedy, width).reshape(-1, len(names), 3)[..., :2],
        partner=_partners(names),
        sigmas=_sigmas(sigmas, len(names)),
    )


def _joint_names(problem: Problem) -> list[str]:
    """Joints of the one category that has any.

    Raises:
        AnalysisError: when there is none, or another category is annotated or detected, too.
    """
    categories = problem.categories
    having = [i for i, category in enumerate(categories.items) if category.get("keypoints")]
    if len(having) != 1:
        raise AnalysisError(
            f"{categories.file}: {len(having)} categories have 'keypoints'; --kind keypoints needs one, "
            "with its joints' names"
        )
    for entries, classes in (
        (problem.annotations, problem.class_of_object),
        (problem.detections, problem.class_of_detection),
    ):
        if (strange := classes != having[0]).any():
            index = int(strange.argmax())
            category = entries.items[index]["category_id"]
            raise entries.error(index, f"is of category {category!r}, which has no joints", "leave it out")
    names = categories.items[having[0]]["keypoints"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise categories.error(having[0], "has keypoints that are no list of names", "write one name per joint")
    return names


def _check_flags(truth: Entries, given: Floats) -> None:
    for index, flags in enumerate(given[..., 2].tolist()):
        if not set(flags) <= {0, 1, 2}:
            raise truth.error(index, "has a joint whose v is not 0, 1 or 2", "write (x, y, v) of each joint")
        said, labelled = truth.items[index].get("num_keypoints"), len(flags) - flags.count(0)
        if said is not None and said != labelled:
            raise truth.error(index, f"has num_keypoints {said!r}, but {labelled} joints with v > 0", "correct either")


def _partners(names: list[str]) -> Ints:
    """The joint of the other side by its name: `left` for `right` and the other way round."""
    place = {name: number for number, name in enumerate(names)}
    other = [name.replace("left", "\0").replace("right", "left").replace("\0", "right") for name in names]
    return np.array([place.get(name, number) for number, name in enumerate(other)], dtype=np.int64)


def _sigmas(given: Sequence[float] | None, joints: int) -> Floats:
    sigmas = np.array(COCO_SIGMAS if given is None else given, dtype=np.float64)
    if len(sigmas) != joints or not (np.isfinite(sigmas) & (sigmas > 0)).all():
        known = f"{len(sigmas)} tolerances of joints are COCO's" if given is None else f"sigmas are {list(given)}"
        raise AnalysisError(f"{known}, but there are {joints} joints: give --sigmas, one above 0 for each")
    return sigmas
