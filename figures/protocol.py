"""Our own table as a figure: the ablation under every reading of the protocol."""

from __future__ import annotations

from figures.readings import reading_figure

FIGURE = reading_figure("protocol", "Two-in-one training and search-then-prune under other readings of the protocol")
