"""Figures 4 to 6: what SuperTickets and search-then-prune offer at every cost."""

from __future__ import annotations

from figures.curves import curve_figure

FIGURE = curve_figure(
    "trade-off-curves",
    "SuperTickets against search-then-prune",
    "Fig. 4-6",
    groups={
        "S+P as pruned": ("sp_rand", "sp_mag", "sp_grad", "pp_ir_s"),
        "S+P and SuperTickets retrained": ("sp_mag_rt", "sp_grad_rt", "pp_ir_s_rt", "pp_ir_s"),
    },
    beside=True,
)
