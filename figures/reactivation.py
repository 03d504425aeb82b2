"""Our own table as a figure: the public code's rule of reactivation against every search."""

from __future__ import annotations

from figures.dots import dot_figure

FIGURE = dot_figure("reactivation", "Two readings of iterative reactivation", "Alg. 1 l.7")
