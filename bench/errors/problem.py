"""Ground truth and detections side by side, checked, as arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.errors.entries import AnalysisError, Entries, Floats
from supertickets.documents.trees import once
from supertickets.reading import DamagedError, read_file

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

Truth = Path | str | Mapping[str, Any]
"""A file in COCO's layout, or what it holds."""
Found = Path | str | Sequence[Mapping[str, Any]]
"""A file of COCO results, or what it holds."""


@dataclass(frozen=True)
class Problem:
    """G annotations and D detections of the same images.

    Attributes:
        images, categories, annotations, detections: as given; images and categories by rising id.
        image_of_object, class_of_object: `(G,)`, positions in `images` and `categories`.
        crowd: `(G,)`, regions in which detections do not count.
        image_of_detection, class_of_detection: `(D,)`, as those of objects.
        scores: `(D,)`, finite.
        notes: what was taken for granted.
    """

    images: Entries
    categories: Entries
    annotations: Entries
    detections: Entries
    image_of_object: Ints
    class_of_object: Ints
    crowd: Bools
    image_of_detection: Ints
    class_of_detection: Ints
    scores: Floats
    notes: tuple[str, ...]

    def image_sizes(self, images: Ints) -> list[tuple[int, int] | None]:
        """(height, width) of images by position; None where the file does not say."""
        sizes = [(image.get("height"), image.get("width")) for image in self.images.items]
        whole = [
            (height, width) if isinstance(height, int) and isinstance(width, int) else None for height, width in sizes
        ]
        return [whole[image] for image in images.tolist()]


def read(truth: Truth, detections: Found) -> Problem:
    """Read and check everything but boxes, masks and joints.

    Raises:
        AnalysisError: naming file, entry and remedy.
    """
    file, content = _content(truth, "the ground truth")
    if not isinstance(content, Mapping):
        raise AnalysisError(f"{file}: holds {_kind(content)}; COCO's layout is an object of images, annotations, "
                            "categories: are ground truth and detections exchanged?")  # fmt: skip
    images, categories, annotations = (_part(file, content, part) for part in ("images", "categories", "annotations"))
    file, found = _content(detections, "the detections")
    if not isinstance(found, Sequence) or isinstance(found, str):
        raise AnalysisError(f"{file}: holds {_kind(found)}; COCO results are a list of detections: are ground truth "
                            "and detections exchanged?")  # fmt: skip
    results = Entries(file, "detections", found)
    results.check()
    image_at, class_at = _positions(images), _positions(categories)
    annotations.unique("id")
    crowd, notes = _crowd(annotations)
    return Problem(
        images=_by_id(images), categories=_by_id(categories), annotations=annotations, detections=results,
        image_of_object=annotations.positions("image_id", image_at, "the images"),
        class_of_object=annotations.positions("category_id", class_at, "the categories"),
        crowd=crowd,
        image_of_detection=results.positions("image_id", image_at, "the ground truth's images"),
        class_of_detection=results.positions("category_id", class_at, "the ground truth's categories"),
        scores=results.numbers("score", "give every detection its confidence, a number"),
        notes=notes,
    )  # fmt: skip


def _content(given: Any, what: str) -> tuple[str, Any]:
    """Name and content of a file, or of what is given instead of one."""
    if not isinstance(given, str | Path):
        return what, given
    try:
        return str(given), json.loads(read_file(Path(given).resolve()), object_pairs_hook=once)
    except (OSError, RuntimeError, DamagedError) as error:  # RuntimeError: a circle of links, before Python 3.13
        if isinstance(error, RecursionError):
            raise AnalysisError(f"{given}: is nested too deeply: write {what} again") from error
        reason = error.strerror if isinstance(error, OSError) else error
        raise AnalysisError(f"{given}: cannot be read ({reason}): check the path of {what}") from error
    except ValueError as error:
        raise AnalysisError(f"{given}: is not valid JSON ({error}): write {what} again") from error


def _part(file: str, content: Mapping[str, Any], part: str) -> Entries:
    if not isinstance(content.get(part), Sequence) or isinstance(content[part], str):
        raise AnalysisError(f"{file}: has no list {part!r}; COCO's layout needs images, annotations and categories")
    entries = Entries(file, part, content[part])
    entries.check()
    return entries


def _positions(entries: Entries) -> dict[Any, int]:
    """Id -> position among all by rising id."""
    return {value: position for position, value in enumerate(_sorted(entries.unique("id"), entries))}


def _by_id(entries: Entries) -> Entries:
    return Entries(entries.file, entries.part, sorted(entries.items, key=lambda item: item["id"]))


def _sorted(ids: list[Any], entries: Entries) -> list[Any]:
    try:
        return sorted(ids)
    except TypeError as error:
        raise AnalysisError(f"{entries.file}: ids of {entries.part} are numbers and texts; use one kind") from error


def _crowd(annotations: Entries) -> tuple[Bools, tuple[str, ...]]:
    flags = [item.get("iscrowd", 0) for item in annotations.items]
    for index, flag in enumerate(flags):
        if flag not in (0, 1):
            raise annotations.error(index, f"has iscrowd {flag!r}", "write 1 for a crowd region and 0 for one object")
    lacking = sum("iscrowd" not in item for item in annotations.items)
    note = f"{annotations.file}: {lacking} of {len(flags)} annotations have no 'iscrowd': taken as 0, single objects"
    return np.array(flags, dtype=bool), (note,) if lacking else ()


def _kind(content: object) -> str:
    return {dict: "an object", list: "a list", type(None): "nothing"}.get(type(content), f"a {type(content).__name__}")
