"""Table 1 as a figure: what each ingredient of two-in-one training contributes."""

from __future__ import annotations

from figures.dots import dot_figure

FIGURE = dot_figure("ablation", "Ablation of two-in-one training", "Tab. 1")
