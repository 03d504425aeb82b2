"""Figure 3 of the object-recognition paper: errors of masks, dense and with 20 % of the weights."""

from __future__ import annotations

from figures.error_bars import error_figure

FIGURE = error_figure("or-errors-masks", "mask", "What errors of masks cost", "Object recognition, Fig. 3")
