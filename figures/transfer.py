"""Table 2 as a figure: tickets found on one data set or task, used on another."""

from __future__ import annotations

from figures.dots import dot_figure

FIGURE = dot_figure("transfer", "Tickets transferred between data sets and tasks", "Tab. 2")
