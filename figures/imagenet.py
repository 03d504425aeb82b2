"""Table 3 as a figure: accuracy and cost of classifiers."""

from __future__ import annotations

from figures.scatter import scatter_figure

FIGURE = scatter_figure("imagenet", "SuperTickets and other networks on ImageNet", "Tab. 3")
