"""Figure 1 of the object-recognition paper: three ways to a ticket over sparsities."""

from __future__ import annotations

from figures.figure import of_one_table
from figures.network_sparsities import PRIMARY, draw

FIGURE = of_one_table(
    lambda cells, profile, words: draw(cells, profile, words, PRIMARY[:3]),
    "or-sparsity-curves",
    "Tickets found on the task and on an ImageNet classifier",
    "Object recognition, Fig. 1",
)
