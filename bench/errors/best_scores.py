"""The scores with which detections would stand in the best order: how similar each is to anybody, the nearest first."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bench.errors.crews import Crews
from bench.errors.entries import Floats
from bench.errors.oks import extent, similarity

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
        joints, size = given.joints[start:end], area[start:end]
        left = np.ones(end - start, dtype=bool)
        own = scores[start:end]
        while left.any():
            best = np.flatnonzero(left)[own[left].argmax()]
            left[best] = False
            squared = ((joints[left] - joints[best]) ** 2).sum(axis=2)
            alike = similarity(squared, (size[left] + size[best]) / 2, given.people.sigmas).mean(axis=1)
            own[left] *= np.exp(-(alike**2) / WIDTH)
    return scores
