"""Connected parts of a map of classes: what stands for the objects of a set that labels pixels alone."""

from __future__ import annotations

import numpy as np


def components(classes: np.ndarray) -> np.ndarray:
    """int64 `(H, W)`: the number of the connected part, from 0, that each pixel of `classes` `(H, W)` belongs to.

    Pixels are connected if they are of one class and share an edge. Parts are numbered in the order of their first
    pixels, row by row.
    """
    height, width = classes.shape
    starts = np.ones((height, width), bool)
    starts[:, 1:] = classes[:, 1:] != classes[:, :-1]
    # runs of equal pixels within a row; what is joined are runs, not pixels
    runs = (np.cumsum(starts) - 1).reshape(height, width)
    meet = classes[1:] == classes[:-1]
    many = int(runs[-1, -1]) + 1
    joined = np.unique(runs[:-1][meet] * many + runs[1:][meet])
    part = list(range(many))

    def first_of(run: int) -> int:
        while part[run] != run:
            part[run] = run = part[part[run]]
        return run

    for above, below in zip((joined // many).tolist(), (joined % many).tolist(), strict=True):
        one, other = sorted((first_of(above), first_of(below)))
        part[other] = one
    roots = np.array([first_of(run) for run in range(many)])
    return np.unique(roots, return_inverse=True)[1].reshape(-1)[runs]
