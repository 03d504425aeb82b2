"""Our own table as a figure: high sparsities under every reading of the protocol."""

from __future__ import annotations

from figures.readings import reading_figure

FIGURE = reading_figure("protocol-collapse", "What is left at high sparsities under other readings of the protocol")
