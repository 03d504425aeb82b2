"""Tickets whose weights are compared across all layers, and within each."""

from __future__ import annotations

from figures.dots import dot_figure

FIGURE = dot_figure("or-ranking", "One ranking of all layers, or one of each")
