"""Table 8 as a figure: transferred tickets against random masks and random weights."""

from __future__ import annotations

from figures.dots import dot_figure

FIGURE = dot_figure("transfer-baselines", "Transferred tickets against random pruning and re-initialisation", "Tab. 8")
