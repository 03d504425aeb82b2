"""Figures 2 and 3: two-in-one training against search-then-prune."""

from __future__ import annotations

from figures.curves import curve_figure

FIGURE = curve_figure("existence-curves", "Two-in-one training against search-then-prune", "Fig. 2, 3")
