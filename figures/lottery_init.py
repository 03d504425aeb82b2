"""Table 9 as a figure: the same mask from earlier and earlier weights."""

from __future__ import annotations

from figures.dots import dot_figure

FIGURE = dot_figure("lottery-init", "Tickets retrained from random, early and late weights", "Tab. 9")
