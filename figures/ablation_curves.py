"""Figure 7: what the ingredients of two-in-one training contribute, over all sparsities."""

from __future__ import annotations

from figures.curves import curve_figure

FIGURE = curve_figure(
    "ablation-curves",
    "Ablation of two-in-one training over sparsities",
    "Fig. 7",
    groups={
        "search-then-prune": ("sp_rand", "sp_mag", "sp_grad", "pp_ir_s"),
        "the ingredients": ("two_in_one", "ir_s", "pp_ir_s"),
    },
)
