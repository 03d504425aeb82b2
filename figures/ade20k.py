"""Table 5 as a figure: accuracy and cost of networks for scene parsing."""

from __future__ import annotations

from figures.comparison import comparison_figure

FIGURE = comparison_figure("ade20k", "SuperTickets and other networks on ADE20K", "Tab. 5")
