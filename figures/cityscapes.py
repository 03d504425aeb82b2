"""Table 4 as a figure: accuracy and cost of networks for street scenes."""

from __future__ import annotations

from figures.comparison import comparison_figure

FIGURE = comparison_figure("cityscapes", "SuperTickets and other networks on Cityscapes", "Tab. 4")
