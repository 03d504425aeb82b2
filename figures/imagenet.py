"""Table 3 as a figure: accuracy and cost of classifiers."""

from __future__ import annotations

from figures.comparison import comparison_figure

FIGURE = comparison_figure("imagenet", "SuperTickets and other networks on ImageNet", "Tab. 3")
