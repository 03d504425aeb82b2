"""Table 6 as a figure: accuracy and cost of networks for human poses."""

from __future__ import annotations

from figures.scatter import scatter_figure

FIGURE = scatter_figure("coco", "SuperTickets and other networks on COCO keypoints", "Tab. 6")
