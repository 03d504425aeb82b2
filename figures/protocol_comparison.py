"""Our own table as a figure: all data sets under every reading of the protocol."""

from __future__ import annotations

from figures.readings import reading_figure

FIGURE = reading_figure(
    "protocol-comparison", "SuperTickets against search-then-prune under other readings of the protocol"
)
