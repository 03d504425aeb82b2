"""Figure 9: the supernet drawn from the live module, and below it what a ticket has left of every block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from figures.data_sets import in_words as data_set_in_words
from figures.figure import Figure, Found
from figures.page import page
from figures.reading import BANNERS, REMEDY, drawable
from figures.style import BACKGROUND, BLUE, GREY, OUTLINE, UNSEARCHED
from figures.written import Lines, reader, require_one
from supertickets.documents import cells
from supertickets.documents.sheets import Line, Schema

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_PANEL = 1.4
"""Height of a panel in inches."""
_BAR, _GAP = 0.22, 0.3
"""Widths of a kernel path's bar and of the room after a block, of 1 = a block's nominal width."""

_UNITS = cells.series(cells.whole(high=10**6))
_WEIGHTS = cells.whole(high=10**9)

SCHEMA = Schema(
    {
        "table": drawable,
        "version": cells.whole(1),
        "profile": cells.one_of(BANNERS),
        "role": drawable,
        "data_set": drawable,
        "sparsity": cells.number(0, 1),
        "seed": cells.whole(),
        "experiment_id": cells.text,
        "module": drawable,
        "kind": cells.one_of(("block", "transformer")),
        "kernels": cells.unless(("none",), cells.series(cells.whole(1, 99))),
        "units": _UNITS,
        "units_left": _UNITS,
        "weights": _WEIGHTS,
        "weights_left": _WEIGHTS,
    },
    remedy=REMEDY,
    key=("role", "module"),
    exact=False,
)


def check(lines: Sequence[Line]) -> None:
    """Refuse what is no supernet with a ticket, role by role.

    Raises:
        DocumentError: naming the line.
    """
    require_one(lines, ("table", "version", "profile"))
    roles: set[str] = set()
    for role, of_role in groupby(lines, key=lambda line: line.texts["role"]):
        own = list(of_role)
        if role in roles:
            raise own[0].error(f"{role} has lines above, and another role between", "role")
        roles.add(role)
        require_one(own, ("data_set", "sparsity", "seed", "experiment_id"))
        blocks = {line.texts["module"] for line in own if line.values["kind"] == "block"}
        if not blocks:
            raise own[0].error(f"{role} has no block", "kind")
        for line in own:
            _check_line(line, blocks)


def _check_line(line: Line, blocks: set[str]) -> None:
    found = line.values
    if found["kind"] == "block":
        if len(found["kernels"] or ()) != len(found["units"]):
            raise line.error(f"{line.texts['kernels']} beside units {line.texts['units']}", "kernels")
        try:
            place(found["module"])
        except ValueError as error:
            raise line.error(str(error), "module") from error
    elif found["module"].removesuffix(".transformer") not in blocks:
        raise line.error("a transformer without its block", "module")
    if not 0 < found["weights"] >= found["weights_left"]:
        raise line.error(f"{found['weights_left']} of {found['weights']} weights", "weights_left")
    whole, left = found["units"], found["units_left"]
    if len(whole) != len(left) or any(not 0 < total >= alive for total, alive in zip(whole, left, strict=False)):
        raise line.error(f"{line.texts['units_left']} of {line.texts['units']} units", "units_left")


def place(module: str) -> tuple[int, int, str]:
    """Return (column, branch, heading) of a block: columns are the modules from stem to head, branches resolutions.

    Raises:
        ValueError: for a module that is no block of a supernet.
    """
    if found := re.fullmatch(r"stages\.(\d+)\.paths\.(\d+)\.(\d+)", module):
        return int(found[1]), int(found[2]), "fusion"
    if found := re.fullmatch(r"stages\.(\d+)\.new_branch", module):
        return int(found[1]), 99, "fusion"
    if found := re.fullmatch(r"stages\.(\d+)\.branches\.(\d+)\.(\d+)", module):
        return int(found[1]), int(found[2]), "parallel"
    if module == "head.block":
        return 1000, 0, "head"
    if found := re.fullmatch(r"head\.(raises|downs)\.(\d+)", module):
        return 1000, int(found[2]) + (found[1] == "downs"), "head"
    raise ValueError(f"{module} is no searching block of a supernet")


def draw(found: Found, profile: str) -> Drawing:
    """Return one panel for the supernet of the first role and one for the ticket of every role."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    lines: Lines = found["architecture"].lines
    roles = {role: list(own) for role, own in groupby(lines, key=lambda line: line["role"])}
    panels = [(next(iter(roles)), False), *((role, True) for role in roles)]
    first = lines[0]
    transformers = ", blue a transformer's tokens" if any(line["kind"] == "transformer" for line in lines) else ""
    marks = (
        f"A box is a searching block, a bar in it a kernel path (digits: kernel size){transformers}. Outline: search "
        "units of the supernet; filled: units left; colour: share of the block's weights that are kept."
    )
    notes = [marks, f"{profile} profile · seed {first['seed']} · table {first['table']}, version {first['version']}"]
    title = "The supernet and the tickets found in it (Fig. 9 of the paper)"
    drawing = page(title, _PANEL * len(panels), BANNERS[profile], notes)
    colours = ScalarMappable(Normalize(0, 100 * max(map(_kept, lines))), "viridis_r")
    grid = drawing.subplots(len(panels), 1, squeeze=False)[:, 0]
    for axes, (role, is_ticket) in zip(grid, panels, strict=True):
        _panel(axes, roles[role], is_ticket, colours)
    drawing.colorbar(colours, ax=list(grid[1:]), label="weights kept [%]", aspect=40, fraction=0.03, pad=0.01)
    return drawing


def _kept(line: Mapping[str, str]) -> float:
    return int(line["weights_left"]) / int(line["weights"])


def _panel(axes: Axes, lines: Lines, is_ticket: bool, colours: Any) -> None:
    blocks = [line for line in lines if line["kind"] == "block"]
    tokens = {line["module"].removesuffix(".transformer"): line for line in lines if line["kind"] == "transformer"}
    places = {line["module"]: place(line["module"]) for line in blocks}
    branches = max(branch for _, branch, _ in places.values() if branch != 99) + 1
    x, ticks = 0.0, []
    for column, of_column in groupby(blocks, key=lambda line: places[line["module"]][0]):
        ends = dict.fromkeys(range(branches), x)
        for line in of_column:
            _, branch, heading = places[line["module"]]
            newest = max((b for c, b, _ in places.values() if c == column and b != 99), default=-1) + 1
            branch = newest if branch == 99 else branch
            token = tokens.get(line["module"])
            ends[branch] += _block(axes, (ends[branch], -branch), line, token, is_ticket, colours) + 0.06
        width = max(ends.values()) - x
        ticks.append((x + width / 2 - 0.03, heading))
        x += width + _GAP
    axes.set(xlim=(-0.1, x), ylim=(-branches + 0.92, 0.9))
    axes.set_xticks([at for at, _ in ticks], [name for _, name in ticks])
    axes.set_yticks([0.4 - branch for branch in range(branches)], [f"1/{4 * 2**b}" for b in range(branches)])
    axes.set_ylabel("resolution")
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    first, whole, left = blocks[0], _count(blocks, "units"), _count(blocks, "units_left")
    data_set = data_set_in_words(first["data_set"])
    of = data_set if data_set == first["role"] else f"{data_set} in the place of {first['role']}"
    title = f"Supernet of {of}: {len(blocks)} blocks, {whole} units"
    if is_ticket:
        title = f"Ticket of {of}, sparsity {100 * float(first['sparsity']):g} %: {left} of {whole} units left"
    axes.set_title(title, fontweight="bold")


def _count(lines: Lines, column: str) -> int:
    return sum(int(text) for line in lines for text in line[column].split(";"))


def _block(
    axes: Axes,
    corner: tuple[float, float],
    line: Mapping[str, str],
    token: Mapping[str, str] | None,
    is_ticket: bool,
    colours: Any,
) -> float:
    """Draw a block with a bar per kernel path, and one for the tokens of its transformer, if any; return its width."""
    from matplotlib.patches import Rectangle

    bars = [(line, total, left, kernel) for total, left, kernel in _columns(line, "units", "units_left", "kernels")]
    if token is not None:
        bars += [(token, total, left, "") for total, left in _columns(token, "units", "units_left")]
    width = _BAR * len(bars) + 0.1
    axes.add_patch(Rectangle(corner, width, 0.8, facecolor=BACKGROUND, edgecolor=OUTLINE, lw=0.5))
    for number, (own, total, left, kernel) in enumerate(bars):
        start, bottom = corner[0] + 0.05 + _BAR * (number + 0.1), corner[1] + 0.05
        share = int(left) / int(total) if is_ticket else 1.0
        look: dict[str, Any] = {"edgecolor": BLUE if own is token else GREY, "lw": 0.5}
        fill = colours.to_rgba(100 * _kept(own)) if is_ticket else UNSEARCHED
        axes.add_patch(Rectangle((start, bottom), _BAR * 0.8, 0.7, facecolor="none", **look))
        axes.add_patch(Rectangle((start, bottom), _BAR * 0.8, 0.7 * share, facecolor=fill, **look))
        if not is_ticket:
            axes.text(start + _BAR * 0.4, corner[1] + 0.4, kernel, ha="center", va="center")
    return width


def _columns(line: Mapping[str, str], *columns: str) -> Iterator[tuple[str, ...]]:
    return zip(*(line[column].split(";") for column in columns), strict=True)


FIGURE = Figure(
    "architecture",
    "The supernet and the tickets found in it (Fig. 9)",
    needs=("architecture",),
    draw=draw,
    read=reader(SCHEMA, check),
)
