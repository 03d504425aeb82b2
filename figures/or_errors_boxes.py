"""Figure 2 of the object-recognition paper: errors of boxes, dense and with 20 % of the weights."""

from __future__ import annotations

from figures.error_bars import error_figure

FIGURE = error_figure("or-errors-boxes", "box", "What errors of boxes cost", "Object recognition, Fig. 2")
