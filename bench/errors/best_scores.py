"""The scores with which detections would stand in the best order: how similar each is to anybody, the nearest first."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bench.errors.crews import Crews
from bench.errors.entries import Floats
from bench.errors.oks import extent, similarity, squared_distances

WIDTH = 0.5
"""Of the Gaussian by which a detection loses score to a better one beside it."""


def best_scores(given: Crews) -> Floats:
    """`(N,)`: greatest OKS with a person who counts, lowered for everyone beside a better one (soft suppression).

    Two detections are compared by OKS over the mean of the areas around their joints.
    """
    pairs = given.similarities()
    counts = ~given.crowd & given.people.labelled.any(axis=1)
    pairs = pairs.where(counts[pairs.target])
    scores = np.zeros(len(given.ranked))
    np.maximum.at(scores, pairs.detection, pairs.overlap)
    area = extent(given.joints)
    edges = np.flatnonzero(np.diff(given.ranked.image, prepend=-1, append=-1))
    for start, end in pairwise(edges):
        kept = _beside(given.joints[start:end], area[start:end], given.people.sigmas)
        own = scores[start:end]
        left = list(range(end - start))
        while left:
            best = max(left, key=own.__getitem__)
            left.remove(best)
            own[left] *= kept[best, left]
    return scores


def _beside(joints: Floats, area: Floats, sigmas: Floats) -> Floats:
    """`(N, N)`: share of its score that each detection keeps beside each other one."""
    one, other = np.divmod(np.arange(len(joints) ** 2), max(len(joints), 1))
    alike = similarity(squared_distances(joints[one], joints[other]), (area[one] + area[other]) / 2, sigmas)
    return np.exp(-(alike.mean(axis=1) ** 2) / WIDTH).reshape(len(joints), len(joints))
