"""Hypothesis strategies of annotated and detected pictures, in COCO's layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

SIDE = 24
CATEGORIES = (2, 3, 7, 90)
"""Ids with gaps, out of which scenes take some."""


@dataclass(frozen=True)
class Scene:
    """Ground truth and detections."""

    truth: dict[str, Any]
    detections: list[dict[str, Any]]


def rectangle(box: list[int]) -> dict[str, Any]:
    """A box of whole pixels as a mask: uncompressed run lengths, column by column."""
    left, top, width, height = box
    rows = [top, height] if not width else [left * SIDE + top, height, *[SIDE - height, height] * (width - 1)]
    rows = [SIDE * SIDE] if 0 in (width, height) else [*rows, SIDE * SIDE - sum(rows)]
    return {"size": [SIDE, SIDE], "counts": rows}


@st.composite
def boxes(draw: st.DrawFn, smallest: int = 1) -> list[int]:
    """Left, top, width, height within a picture; few values, so that overlaps are often equal, and often a half."""
    left, top = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    width, height = (draw(st.sampled_from([n for n in (0, 2, 4, 8, 12, 16) if n >= smallest])) for _ in "wh")
    return [4 * left, 4 * top, min(width, SIDE - 4 * left), min(height, SIDE - 4 * top)]


@st.composite
def scenes(draw: st.DrawFn, distinct_scores: bool = False) -> Scene:
    """Up to four pictures, some empty, some with crowd regions, detections without area, and equal scores."""
    images = draw(st.lists(st.integers(0, 99), max_size=4, unique=True))
    categories = draw(st.lists(st.sampled_from(CATEGORIES), min_size=1, unique=True))
    entry = st.tuples(st.sampled_from(images or [0]), st.sampled_from(categories))
    annotations = [
        {"id": number, "image_id": image, "category_id": category, "bbox": box, "area": box[2] * box[3],
         "iscrowd": int(crowd), "segmentation": rectangle(box)}
        for number, ((image, category), box, crowd) in enumerate(
            draw(st.lists(st.tuples(entry, boxes(), st.sampled_from((False, False, False, True))),
                          max_size=10 * bool(images)))
        )
    ]  # fmt: skip
    found = draw(st.lists(st.tuples(entry, boxes(0)), max_size=14 * bool(images)))
    few = st.sampled_from((0.1, 0.5, 0.9))
    scores = draw(st.permutations(range(len(found)))) if distinct_scores else [draw(few) for _ in found]
    detections = [
        {"image_id": image, "category_id": category, "bbox": box, "score": score, "segmentation": rectangle(box)}
        for ((image, category), box), score in zip(found, scores, strict=True)
    ]
    truth = {
        "images": [{"id": image, "height": SIDE, "width": SIDE} for image in images],
        "categories": [{"id": category, "name": f"class {category}"} for category in categories],
        "annotations": annotations,
    }
    return Scene(truth, detections)


CELL = 40
OFFSETS = {"TP": 2, "Cls": 2, "Loc": 10, "Both": 10, "Dupe": 0, "Bkg": 0, "Miss": 0}
"""What happens to an object of 20x20 in a cell of its own -> how far the detection is beside it: IoU 0.82 or 1/3."""


@st.composite
def fates(draw: st.DrawFn) -> tuple[Scene, list[str], int]:
    """A scene in which every detection is an error of a known kind, or right; labels; number of missed objects."""
    drawn = draw(st.lists(st.sampled_from(list(OFFSETS)), min_size=1, max_size=12))
    annotations, detections, labels = [], [], []
    scores = iter(draw(st.permutations(range(2 * len(drawn)))))
    for number, fate in enumerate(drawn):
        category, box = draw(st.sampled_from((1, 2))), [CELL * number, 0, 20, 20]
        annotations.append({"id": number, "image_id": 5, "category_id": category, "bbox": box})

        def detect(category: int, shift: int, label: str, score: int | None = None) -> None:
            moved = [box[0] + shift, *box[1:]]  # noqa: B023 - called within the turn
            score = next(scores) if score is None else score
            detections.append({"image_id": 5, "category_id": category, "bbox": moved, "score": score})
            labels.append(label)

        if fate == "Dupe":
            # the copy is less sure, whatever else is drawn
            detect(category, 0, "TP", 100 + number)
            detect(category, 1, "Dupe")
        elif fate == "Bkg":
            detections.append({"image_id": 5, "category_id": category, "bbox": [box[0], 100, 20, 20],
                               "score": next(scores)})  # fmt: skip
            labels.append("Bkg")
        elif fate != "Miss":
            detect(3 - category if fate in ("Cls", "Both") else category, OFFSETS[fate], fate)
    truth = {"images": [{"id": 5}], "categories": [{"id": 1}, {"id": 2}], "annotations": annotations}
    return Scene(truth, detections), labels, sum(fate in ("Both", "Bkg", "Miss") for fate in drawn)
