"""Bars: what each type of error costs, reports side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures.errors.reading import NAMES, Report
from figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, SMALLEST, VERMILLION

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_COLORS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION)
_INCHES = 0.62
"""Width of a type of error."""


def draw_costs(reports: Sequence[Report]) -> Drawing:
    """A panel per kind of repair, a group of bars per type of error, a bar per report."""
    from matplotlib.figure import Figure as Drawing

    panels = {title: list(costs) for title, costs in reports[0].costs.items()}
    widths = [max(2.4, _INCHES * len(errors)) for errors in panels.values()]
    drawing = Drawing(figsize=(sum(widths) + 1.2, 2.6), layout="constrained")
    # a panel with two bars must not be as wide as one with six
    axes = drawing.subplots(1, len(panels), sharey=True, squeeze=False, width_ratios=widths)[0]
    broad = 0.8 / len(reports)
    for panel, (title, errors) in zip(axes, panels.items(), strict=True):
        for number, report in enumerate(reports):
            heights = [report.costs[title][error] for error in errors]
            places = [place + (number - (len(reports) - 1) / 2) * broad for place in range(len(errors))]
            color = _COLORS[number % len(_COLORS)]
            bars = panel.bar(places, heights, 0.9 * broad, color=color, label=report.name)
            if len(reports) <= 2:
                panel.bar_label(bars, fmt="%.1f", fontsize=SMALLEST, padding=1, color=GREY)
        panel.set_xticks(range(len(errors)), [NAMES[error] for error in errors], fontsize=SMALLEST)
        panel.set_title(title, loc="left")
        panel.axhline(0, color=GREY, linewidth=0.6)
        panel.margins(y=0.12)
    gained = "area gained [%]" if reports[0].kind == "keypoints" else "AP gained [%]"
    axes[0].set_ylabel(gained)
    if len(reports) > 1:
        drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return drawing
