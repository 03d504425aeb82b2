"""Boxes and masks of annotations and detections, as pycocotools compares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pycocotools import mask as masks

from bench.errors.entries import AnalysisError, Entries, Floats
from bench.errors.problem import Problem
from bench.errors.run_lengths import pixels

Shapes = Floats | list[dict[str, Any]]
"""Boxes `(N, 4)` of left, top, width and height, or N compressed masks."""


def boxes(problem: Problem) -> tuple[Floats, Floats]:
    """`(G, 4)` and `(D, 4)`: left, top, width, height of annotations and detections; empty boxes are allowed.

    Raises:
        AnalysisError: for a missing box, one that is no four numbers, or of negative size.
    """
    return _boxes(problem.annotations), _boxes(problem.detections)


def run_length_masks(problem: Problem) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Compressed masks of annotations and detections, from polygons and run lengths of either kind.

    Raises:
        AnalysisError: for a missing mask, one in no known form, or of another size than its image.
    """
    return (
        compressed_masks(problem.annotations, problem.image_sizes(problem.image_of_object)),
        compressed_masks(problem.detections, problem.image_sizes(problem.image_of_detection)),
    )


FARTHEST = 2**16
"""Pixels from the corner of an image to a point of a polygon, whose edges are drawn point by point."""

SHAPES: Mapping[str, Callable[[Problem], tuple[Shapes, Shapes]]] = {"box": boxes, "mask": run_length_masks}


def _boxes(entries: Entries) -> Floats:
    found = entries.numbers("bbox", "write its box as [left, top, width, height]", 4)
    negative = (found[:, 2:] < 0).any(axis=1)
    if negative.any():
        index = int(negative.argmax())
        raise entries.error(
            index, f"has bbox {found[index].tolist()} of negative size", "write it as [left, top, width, height]"
        )
    return found


def compressed_masks(entries: Entries, sizes: Sequence[tuple[int, int] | None]) -> list[dict[str, Any]]:
    """Run lengths of every entry's mask, as pycocotools compresses them.

    Args:
        entries: with a `segmentation` each, polygons or run lengths of either kind.
        sizes: `(H, W)` of the image of each, None where nobody knows.

    Raises:
        AnalysisError: for a missing mask, one in no known form, or of another size than its image.
    """
    given = entries.field("segmentation", "masks need one: polygons, or run lengths with their size")
    found = [_compressed(entries, i, mask, sizes[i]) for i, mask in enumerate(given)]
    for index, total in enumerate(pixels([mask["counts"] for mask in found]).tolist()):
        height, width = found[index]["size"]
        if total != height * width:
            raise _damaged(entries, index, max(total, 0), height, width)
    return found


def _compressed(entries: Entries, index: int, mask: Any, size: tuple[int, int] | None) -> dict[str, Any]:
    if isinstance(mask, list):
        return _from_polygons(entries, index, mask, size)
    given, counts = (mask.get("size"), mask.get("counts")) if isinstance(mask, dict) else (None, None)
    if not (isinstance(given, list) and len(given) == 2 and all(isinstance(n, int) and n > 0 for n in given)):
        raise entries.error(
            index, "has a segmentation that is neither polygons nor run lengths with a size",
            'write {"size": [height, width], "counts": ...}',
        )  # fmt: skip
    if size is not None and tuple(given) != size:
        raise entries.error(
            index, f"has a mask of {given[0]}x{given[1]} in an image of {size[0]}x{size[1]} (height x width)",
            "write it at the size of its image",
        )  # fmt: skip
    if isinstance(counts, str | bytes):
        text = counts.encode("ascii", "replace") if isinstance(counts, str) else counts
        return {"size": given, "counts": text}
    if isinstance(counts, list) and all(isinstance(run, int) and run >= 0 for run in counts):
        if (total := sum(counts)) != given[0] * given[1]:
            raise _damaged(entries, index, total, *given)
        return dict(masks.frPyObjects({"size": given, "counts": counts}, *given))
    raise entries.error(index, "has counts that are no run lengths", "write a text or a list of whole numbers")


def _damaged(entries: Entries, index: int, total: int, height: int, width: int) -> AnalysisError:
    return entries.error(
        index, f"has run lengths of {total} pixels for a mask of {height}x{width}",
        "they are damaged: write the mask again",
    )  # fmt: skip


def _from_polygons(entries: Entries, index: int, polygons: list[Any], size: tuple[int, int] | None) -> dict[str, Any]:
    if size is None:
        raise entries.error(index, "has polygons in an image without height and width", "add both to the image")
    sound = all(
        isinstance(polygon, list)
        and len(polygon) >= 6
        and len(polygon) % 2 == 0
        and all(isinstance(value, int | float) and abs(value) <= FARTHEST for value in polygon)
        for polygon in polygons
    )
    if not polygons or not sound:
        raise entries.error(
            index, "has a segmentation that is no list of polygons of three or more points near its image",
            "write [[x, y, x, y, x, y, ...], ...]",
        )  # fmt: skip
    return dict(masks.merge(masks.frPyObjects(polygons, *size)))
