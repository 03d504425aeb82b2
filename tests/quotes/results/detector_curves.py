"""What is said of tickets found on the task and on a classifier, at many sparsities, and of what they cost."""

from __future__ import annotations

from collections.abc import Iterator

from tests.quotes.numbers import mean
from tests.quotes.quote import Quote
from tests.quotes.results.detectors import SCENES, WALKERS

TABLE = "or-sparsity-curves"
PLACES = ((SCENES, "box_ap"), (SCENES, "mask_ap"), (WALKERS, "keypoints_ap"))
STEPS = (50, 80, 90)
ROWS = {
    "own ticket with as many zeros": "or_direct_equal",
    "transfer ticket": "or_ticket",
    "mask transfer": "or_mask",
}


def score(row: str, role: str, metric: str, sparsity: int) -> float:
    """The mean of a row at a sparsity: of a classifier's backbone where the ticket is a classifier's."""
    return mean(TABLE, row, role, sparsity, "ImageNet" if row in ("or_ticket", "or_mask") else "", metric=metric)


def ahead(row: str, other: str) -> list[float]:
    """How far one is ahead of the other, by place and step."""
    return [score(row, *place, step) - score(other, *place, step) for place in PLACES for step in STEPS]


def kept(metric: str, role: str) -> list[float]:
    """Percent of the dense detector's that own tickets have at 80 and 90 %."""
    return [100 * score("or_direct", role, metric, step) / score("or_dense", role, metric, 0) for step in (80, 90)]


def detector_curves() -> Iterator[Quote]:
    yield Quote(
        "| | boxes, AP | | | joints, AP | | | |---|---|---|---|---|---|---| | backbone of transferred ones | 50 % |"
        " 80 % | 90 % | 50 % | 80 % | 90 % |" + "".join(f" | {words} |" + " {:.1f} |" * 6 for words in ROWS),
        lambda: [score(row, *place, step) for row in ROWS.values() for place in PLACES[::2] for step in STEPS],
    )
    yield Quote(
        "The own ticket is ahead of both in the means of all nine places, and the more so the more zeros there are: of "
        "transfer tickets by {:.1f}, {:.1f} and {:.1f} AP of boxes.",
        lambda: ahead("or_direct_equal", "or_ticket")[:3],
        lambda: (
            min(ahead("or_direct_equal", "or_ticket") + ahead("or_direct_equal", "or_mask")) > 0
            and all(
                sorted(one) == one
                for found in (ahead("or_direct_equal", "or_ticket"), ahead("or_direct_equal", "or_mask"))
                for one in (found[:3], found[3:6], found[6:])
            )
        ),
    )
    yield Quote(
        "The mask alone is behind the classifier's own ticket, by {:.1f} to {:.1f} AP of boxes, {:.1f} to {:.1f} of "
        "joints and {:.1f} to {:.1f} of masks.",
        lambda: [
            pick(ahead("or_ticket", "or_mask")[3 * place : 3 * place + 3]) for place in (0, 2, 1) for pick in (min, max)
        ],
        lambda: min(ahead("or_ticket", "or_mask")) > 0,
    )
    yield Quote(
        "Own tickets with 50 and 80 % zeros are ahead of the dense detector everywhere.",
        holds=lambda: all(
            score("or_direct", *place, step) > score("or_dense", *place, 0) for place in PLACES for step in STEPS[:2]
        ),
    )
    yield Quote(
        "More than half of it is the training: the dense detector, rewound to its first epoch and trained once more "
        "as tickets are, has {:.1f} AP of boxes, {:.1f} of masks and {:.1f} of joints, where the ticket with 80 % "
        "zeros has {:.1f}, {:.1f} and {:.1f} and the dense detector as it is has {:.1f}, {:.1f} and {:.1f}.",
        lambda: [
            score(row, *place, step)
            for row, step in (("or_dense_again", 0), ("or_direct", 80), ("or_dense", 0))
            for place in PLACES
        ],
        lambda: all(
            2 * score("or_dense_again", *place, 0) > score("or_dense", *place, 0) + score("or_direct", *place, 80)
            for place in PLACES
        ),
    )
    yield Quote(
        "Own tickets of boxes and masks take {:.0f} and {:.0f} % of the dense detector's file at 80 and 90 % zeros and "
        "{:.0f} and {:.0f} % of its multiply-accumulates; those of joints {:.0f} and {:.0f} % of the file and {:.0f} "
        "and {:.0f} % of the multiply-accumulates.",
        lambda: [
            share
            for role in (SCENES, WALKERS)
            for metric in ("disk_size", "macs_nonzero")
            for share in kept(metric, role)
        ],
    )
