"""Table 6 as a figure: accuracy and cost of networks for human poses."""

from __future__ import annotations

from figures.comparison import comparison_figure

FIGURE = comparison_figure("coco", "SuperTickets and other networks on COCO keypoints", "Tab. 6")
