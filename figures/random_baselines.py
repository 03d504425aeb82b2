"""Table 7 as a figure: tickets against random masks and random weights."""

from __future__ import annotations

from figures.dots import dot_figure

FIGURE = dot_figure("random-baselines", "Tickets against random pruning and re-initialisation", "Tab. 7")
