"""Average precision: the mean of 101 precisions over rising recall, and over classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.errors.entries import Floats
from bench.errors.problem import Bools, Ints
from bench.errors.rules import Rules


@dataclass(frozen=True)
class Tally:
    """What average precision is counted from.

    Attributes:
        scores, hits, classes: `(N,)`, score, right or wrong, and class of each detection that counts.
        objects: `(C,)`, how many there are to be found, by class.
    """

    scores: Floats
    hits: Bools
    classes: Ints
    objects: Ints


def precisions(scores: Floats, hits: Bools, objects: int, recalls: Floats) -> Floats:
    """`(R,)`: the highest precision at each recall or beyond, 0 where no threshold reaches it.

    Args:
        scores: `(N,)`, in any order; of equal scores the first counts first.
        hits: `(N,)`, True for right ones.
        objects: how many there are to be found; without any nothing is ever precise.
        recalls: `(R,)`.
    """
    found = np.cumsum(hits[np.argsort(-scores, kind="stable")])
    precision = np.maximum.accumulate((found / np.arange(1, len(found) + 1))[::-1])[::-1]
    place = np.searchsorted(found / max(objects, 1), recalls)
    return np.append(precision, 0.0)[place] if objects else np.zeros(len(recalls))


def curves(tally: Tally, rules: Rules) -> dict[int, Floats]:
    """Class -> its precisions, of the classes that count."""
    return dict(_curves(tally, rules))


def mean_curve(tally: Tally, rules: Rules) -> Floats | None:
    """Precisions averaged over the classes that count; None without any."""
    found = curves(tally, rules)
    return np.mean(list(found.values()), axis=0) if found else None


def average_precision(tally: Tally, rules: Rules) -> float | None:
    """0..100; None when no class counts."""
    curve = mean_curve(tally, rules)
    return None if curve is None else 100 * float(curve.mean())


def _curves(tally: Tally, rules: Rules) -> Iterator[tuple[int, Floats]]:
    recalls = rules.recalls()
    order = np.argsort(tally.classes, kind="stable")
    scores, hits = tally.scores[order], tally.hits[order]
    ends = np.searchsorted(tally.classes[order], np.arange(len(tally.objects) + 1))
    for number, objects in enumerate(tally.objects.tolist()):
        own = slice(ends[number], ends[number + 1])
        if objects or (ends[number] < ends[number + 1] and rules.classes_without_objects):
            yield number, precisions(scores[own], hits[own], objects, recalls)
