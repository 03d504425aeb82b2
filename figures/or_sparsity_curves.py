"""Figure 1 of the object-recognition paper: three ways to a ticket over sparsities."""

from __future__ import annotations

from figures.figure import of_one_table
from figures.network_sparsities import draw

FIGURE = of_one_table(
    draw,
    "or-sparsity-curves",
    "Tickets found on the task and on an ImageNet classifier",
    "Object recognition, Fig. 1",
)
