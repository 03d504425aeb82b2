"""What is said of detectors under a classifier's mask."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tests.quotes.numbers import cells
from tests.quotes.quote import Quote

TABLE, SCENES, WALKERS, THINGS = "or-mask-transfer", "COCO instances", "COCO people", "VOC"
COLUMNS = {SCENES: "box_ap", f"{SCENES}: masks": "mask_ap", WALKERS: "keypoints_ap", THINGS: "voc_ap"}
"""Data set, and what of it where there is more than one thing -> metric."""
PRINTED = {
    SCENES: ("box_ap", "box_ap50", "mask_ap", "mask_ap50"),
    WALKERS: ("keypoints_ap", "keypoints_ap50"),
    THINGS: ("voc_ap",),
}
"""The columns of accuracies that the paper's table prints."""
STEPS = (0, 50, 80, 90)


def score(role: str, metric: str, sparsity: int, printed: bool = False) -> float:
    """The mean under a mask, or of the dense detector, or what the paper prints."""
    given = ("or_mask", role, "ImageNet", sparsity) if sparsity else ("or_dense", role, "", 0)
    cell = cells(TABLE, metric=metric)[given]
    found = cell.printed if printed else cell.mean
    assert found is not None
    return found


def kept(printed: bool) -> list[float]:
    """Percent of the dense detector's score that is left at 90 %, by column."""
    return [
        100 * score(name.partition(":")[0], metric, 90, printed) / score(name.partition(":")[0], metric, 0, printed)
        for name, metric in COLUMNS.items()
    ]


def falls(role: str, metric: str) -> bool:
    """Whether the mean is worse after every step."""
    return all(before > after for before, after in pairwise(score(role, metric, step) for step in STEPS))


def detectors() -> Iterator[Quote]:
    yield Quote(
        "| boxes, AP | masks, AP | joints, AP | things, AP |"
        " |---|---|---|---|---|"
        + "".join(f" | {f'{step} %' if step else 'none'} |" + " {:.1f} |" * 4 for step in STEPS),
        lambda: [score(name.partition(":")[0], metric, step) for step in STEPS for name, metric in COLUMNS.items()],
    )
    yield Quote(
        "the score falls with each of the three steps, in the means of all seven columns of accuracies that the paper "
        "prints.",
        holds=lambda: all(falls(role, metric) for role, metrics in PRINTED.items() for metric in metrics),
    )
    yield Quote(
        "At 90 % they keep {:.0f} % of the dense detector's AP of boxes, {:.0f} % of masks, {:.0f} % of joints and "
        "{:.0f} % of things; the printed ones keep {:.0f}, {:.0f}, {:.0f} and {:.0f} %.",
        lambda: [*kept(printed=False), *kept(printed=True)],
    )
