"""Our own table as a figure: reactivation at every search against the public code's rule."""

from __future__ import annotations

from figures.dots import dot_figure

FIGURE = dot_figure("reactivation", "Two readings of iterative reactivation", "Alg. 1 l.7")
