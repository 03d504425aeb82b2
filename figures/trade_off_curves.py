"""Figures 4 to 6: what SuperTickets and search-then-prune offer at every cost."""

from __future__ import annotations

from figures.curves import curve_figure

FIGURE = curve_figure("trade-off-curves", "SuperTickets against search-then-prune", "Fig. 4-6")
