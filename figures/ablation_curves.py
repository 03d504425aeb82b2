"""Figure 7: what reactivation and progressive pruning add over all sparsities."""

from __future__ import annotations

from figures.curves import curve_figure

FIGURE = curve_figure("ablation-curves", "Ablation of two-in-one training over sparsities", "Fig. 7")
