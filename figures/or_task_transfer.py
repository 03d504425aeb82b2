"""Table 2 of the object-recognition paper as a figure: tickets of one task on another."""

from __future__ import annotations

from figures.dots import dot_figure

FIGURE = dot_figure("or-task-transfer", "Tickets of one task on another", "Object recognition, Tab. 2")
