"""The layout of the paper's curves: accuracy against what a network costs, a line per method over its sparsities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from figures import marks
from figures.figure import Figure, of_one_table
from figures.lines import band_note, lines, methods, missing, mmacs
from figures.methods import looks
from figures.page import blocks, heading, results_page
from figures.reading import Cell
from figures.scales import logarithmic
from figures.style import GREY, METRICS, SMALLEST

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

NOT_DRAWN = ("ar",)
"""Metrics of the tables that the paper's curves leave out."""
PANEL = 2.2
"""Height of a panel with its axes and heading, inches."""
_NOTE = (
    "Lines run from one sparsity to the next. Printed numbers stand at the measured cost of the same method and "
    "sparsity, not at the printed one."
)

Groups = Mapping[str, Sequence[str]]
"""Heading -> rows that share a panel; a row may be in several."""


def curve_figure(table: str, what: str, paper_ref: str, groups: Groups | None = None, beside: bool = False) -> Figure:
    """Return a figure of curves.

    Args:
        table: name of the table, and of the figure.
        what: what is to be seen.
        paper_ref: where the paper has it.
        groups: what is drawn together; everything when None.
        beside: whether groups stand beside each other, with the primary metric alone; otherwise every group is a row of
            panels, one per metric.
    """

    def draw(cells: Sequence[Cell], profile: str, words: str) -> Drawing:
        return _draw(cells, profile, words, groups or {"": tuple(dict.fromkeys(cell.row for cell in cells))}, beside)

    return of_one_table(draw, table, what, paper_ref)


def _draw(cells: Sequence[Cell], profile: str, words: str, groups: Groups, beside: bool) -> Drawing:
    shown = [cell for cell in cells if cell.metric in METRICS and cell.metric not in NOT_DRAWN]
    primary = {cell.role: cell.metric for cell in reversed(shown)}
    if beside:
        shown = [cell for cell in shown if cell.metric == primary[cell.role]]
    look = looks(cell.row for cell in shown)
    place = _places(cells)
    rows: list[tuple[str, list[tuple[str, list[Cell]]]]] = []
    for role in dict.fromkeys(cell.role for cell in shown):
        own = [cell for cell in shown if cell.role == role]
        parts = {title: [cell for cell in own if cell.row in members] for title, members in groups.items()}
        if beside:
            rows.append((heading(own), [(title, found) for title, found in parts.items() if found]))
            continue
        for title, found in parts.items():
            by_metric = [("", [c for c in found if c.metric == m]) for m in dict.fromkeys(c.metric for c in found)]
            rows.append((f"{heading(own)}: {title}" if title else heading(own), by_metric))
    legend = [*methods(shown, look), *marks.keys(shown, profile, band=True)]
    notes = [*missing(shown), f"{_NOTE} {band_note(shown)}"]
    drawing = results_page(words, shown, profile, PANEL * len(rows), notes, legend)
    for block, (_, panels) in zip(blocks(drawing, [text for text, _ in rows], [1] * len(rows)), rows, strict=True):
        grid = block.subplots(1, len(panels), squeeze=False)[0]
        for axes, (title, own) in zip(grid, panels, strict=True):
            lines(axes, own, look, place)
            axes.set_title(title)
            _costs(axes, own, place)
        if beside:
            _alike(grid)
    return drawing


def _alike(grid: Sequence[Axes]) -> None:
    """Give panels the same limits."""
    for which in ("x", "y"):
        limits = [getattr(axes, f"get_{which}lim")() for axes in grid]
        for axes in grid:
            axes.set(**{f"{which}lim": (min(low for low, _ in limits), max(high for _, high in limits))})


def _places(cells: Sequence[Cell]) -> Callable[[Cell], float | None]:
    """Return where cells stand: at their own cost, else at that of the nets measured at their sparsity."""
    costs = mmacs(cells)
    others: dict[Any, list[float]] = {}
    for (_, role, _, sparsity), cost in costs.items():
        others.setdefault((role, sparsity), []).append(cost)

    def place(cell: Cell) -> float | None:
        if (own := costs.get(cell.key[:-1])) is not None:
            return own
        beside = others.get((cell.role, cell.sparsity))
        return fmean(beside) if beside else None

    return place


def _costs(axes: Axes, cells: Sequence[Cell], place: Callable[[Cell], float | None]) -> None:
    """Name the cost axis, and above it the sparsities of the last method's nets, as many as there is room for."""
    axes.set_xlabel("non-zero MACs [M]")
    measured = [(x, cell) for cell in cells if cell.mean is not None and (x := place(cell)) is not None]
    if not measured:
        axes.set_xticks([])
        return
    logarithmic(axes, "x")
    last = measured[-1][1]
    room = (axes.get_xlim()[1] / axes.get_xlim()[0]) ** 0.075
    ticks: dict[float, str] = {}
    for x, cell in sorted((point for point in measured if point[1].row == last.row), key=lambda point: point[0]):
        if all(x / other > room for other in ticks):
            ticks[x] = f"{100 * cell.sparsity:g}"
    above = axes.secondary_xaxis("top")
    above.set_xticks(list(ticks), list(ticks.values()), fontsize=SMALLEST, color=GREY)
    above.set_xticks([], minor=True)
    above.tick_params(length=2, width=0.4, pad=1)
    above.set_xlabel(f"sparsity of {last.method} [%]", fontsize=SMALLEST, color=GREY)
    above.spines["top"].set_visible(False)
