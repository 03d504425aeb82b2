"""Table 1 of the object-recognition paper as a figure: the masks of a classifier over sparsities."""

from __future__ import annotations

from figures.figure import of_one_table
from figures.network_sparsities import draw

FIGURE = of_one_table(
    draw,
    "or-mask-transfer",
    "Detectors under the mask of a classifier's largest weights",
    "Object recognition, Tab. 1",
)
