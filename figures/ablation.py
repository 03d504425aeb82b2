"""Table 1 as a figure: what each ingredient of two-in-one training contributes, a panel per metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from figures.figure import Figure
from figures.reading import BANNERS, Cell
from figures.style import BLUE, GREY, METRICS, UNITS, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_SPREAD = 0.14
"""Vertical distance of neighbouring seeds' dots from each other, in rows."""
_DROP = 0.30
"""How far the seeds and the printed number stand off the mean, below and above, in rows."""


def draw(records: Mapping[str, Sequence[Cell]], profile: str) -> Drawing:
    """Return the figure: methods from top to bottom in the paper's order, one row of panels per data set.

    Args:
        records: cells of the table "ablation".
        profile: scale of the runs; a key of `BANNERS`.
    """
    from matplotlib.figure import Figure as Drawing

    cells = [cell for cell in records["ablation"] if cell.metric in METRICS]
    roles = list(dict.fromkeys(cell.role for cell in cells))
    metrics = {role: list(dict.fromkeys(c.metric for c in cells if c.role == role)) for role in roles}
    figure = Drawing(figsize=(9.2, 1.75 + 2.3 * len(roles)))
    inch = 1 / figure.get_figheight()
    rows = figure.add_gridspec(len(roles), 1, left=0.215, right=0.985, top=1 - inch, bottom=0.9 * inch, hspace=0.42)
    for i, role in enumerate(roles):
        own = [cell for cell in cells if cell.role == role]
        panels = rows[i].subgridspec(1, len(metrics[role]), wspace=0.1)
        for j, metric in enumerate(metrics[role]):
            axes = figure.add_subplot(panels[j])
            _panel(axes, [cell for cell in own if cell.metric == metric], methods=j == 0)
            if j == 0:
                axes.set_title(_heading(own), loc="left", fontweight="bold")
    _words(figure, cells, profile)
    return figure


def _panel(axes: Axes, cells: Sequence[Cell], methods: bool) -> None:
    for y, cell in enumerate(cells):
        if y % 2 == 0:
            axes.axhspan(y - 0.5, y + 0.5, color="#F3F3F3", linewidth=0, zorder=0)
        if cell.printed is not None:
            axes.plot(cell.printed, y - _DROP, **_PRINTED)
        if cell.mean is None:
            axes.text(0.5, y, "not run", transform=axes.get_yaxis_transform(), ha="center", va="center", color=GREY)
            continue
        for k, value in enumerate(cell.seeds):
            offset = (k - (len(cell.seeds) - 1) / 2) * min(_SPREAD, 0.3 / len(cell.seeds))
            axes.plot(value, y + _DROP + offset, **_SEED)
        if cell.interval is not None:
            axes.plot(cell.interval, (y, y), **_INTERVAL)
            axes.plot(cell.interval, (y, y), **_ENDS)
        axes.plot(cell.mean, y, **_MEAN)
    axes.set_ylim(len(cells) - 0.5, -0.5)
    axes.set_xlim(*_limits(cells))
    axes.set_yticks(range(len(cells)), [cell.method for cell in cells] if methods else [""] * len(cells))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#D0D0D0", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(f"{METRICS[cells[0].metric]} [{UNITS[cells[0].unit]}]")


_MEAN: dict[str, Any] = {"marker": "o", "markersize": 4, "color": BLUE, "linestyle": "none", "zorder": 4}
_INTERVAL: dict[str, Any] = {"color": BLUE, "linewidth": 1.2, "solid_capstyle": "butt", "zorder": 3}
_ENDS: dict[str, Any] = {
    "marker": "|",
    "markersize": 7,
    "markeredgewidth": 1.2,
    "color": BLUE,
    "linestyle": "none",
    "zorder": 3,
}
_SEED: dict[str, Any] = {
    "marker": ".",
    "markersize": 5,
    "color": VERMILLION,
    "markeredgewidth": 0,
    "linestyle": "none",
    "zorder": 3,
}
_PRINTED: dict[str, Any] = {
    "marker": "D", "markersize": 4, "markerfacecolor": "white", "markeredgecolor": GREY, "markeredgewidth": 0.9,
    "linestyle": "none", "zorder": 2,
}  # fmt: skip


def _limits(cells: Sequence[Cell]) -> tuple[float, float]:
    """Return limits that leave a margin around everything drawn and never leave 0..100 by more than that margin."""
    drawn = [x for cell in cells for x in (*cell.seeds, *(cell.interval or ()), cell.printed) if x is not None]
    low, high = min(drawn, default=0.0), max(drawn, default=100.0)
    margin = max(0.07 * (high - low), 0.5)
    return low - margin, high + margin


def _heading(cells: Sequence[Cell]) -> str:
    data_sets = " / ".join(sorted({cell.data_set for cell in cells if cell.mean is not None})) or "nothing yet"
    role = cells[0].role
    place = role if data_sets == role else f"In the place of {role}: measured on {data_sets}"
    return f"{place}, sparsity {100 * cells[0].sparsity:g} %"


def _words(figure: Drawing, cells: Sequence[Cell], profile: str) -> None:
    from matplotlib.lines import Line2D

    inch = 1 / figure.get_figheight()
    left = 0.012
    title = "Ablation of two-in-one training (Tab. 1 of the paper)"
    figure.text(left, 1 - 0.10 * inch, title, fontsize=11, fontweight="bold", va="top")
    figure.text(left, 1 - 0.33 * inch, BANNERS[profile], fontsize=9, color=VERMILLION, fontweight="bold", va="top")
    if profile != "paper":
        caution = "Measured and printed numbers stem from different data and scale: compare orderings, not values."
        figure.text(left, 1 - 0.53 * inch, caution, fontsize=8, va="top")
    interval = {**_MEAN, **_INTERVAL, "linestyle": "-"}
    handles = [
        Line2D([], [], label="measured: mean and 95 % bootstrap interval over seeds", **interval),
        Line2D([], [], label="measured: each seed", **_SEED),
        Line2D([], [], label=_printed_label(profile), **_PRINTED),
    ]
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(left - 0.008, 0.2 * inch), ncols=3)
    figure.text(left, 0.08 * inch, _footer(cells, profile), fontsize=7, color=GREY, va="bottom")


def _footer(cells: Sequence[Cell], profile: str) -> str:
    counts = "/".join(str(n) for n in sorted({len(cell.seeds) for cell in cells} - {0})) or "no"
    seeds = f"n = {counts} seed{'' if counts == '1' else 's'}"
    interval = ": no interval" if counts == "1" else ""
    return f"{profile} profile · {seeds}{interval} · table {cells[0].table}, version {cells[0].version}"


def _printed_label(profile: str) -> str:
    other = "the paper's own run" if profile == "paper" else "other data, other scale"
    return f"printed in the paper ({other})"


FIGURE = Figure("ablation", "Ablation of two-in-one training (Tab. 1)", needs=("ablation",), draw=draw)
