"""Figure 9: the supernet drawn from the live module, and below it what a ticket has left of every block."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from figures.figure import Figure, Found
from figures.reading import BANNERS, REMEDY, drawable
from figures.style import BLUE, GREY, VERMILLION
from figures.written import Lines, reader, require_one
from supertickets.documents import cells
from supertickets.documents.sheets import Line, Schema

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_PANEL, _WORDS, _FOOT = 1.55, 0.75, 0.3
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
    from matplotlib.figure import Figure as Drawing

    lines: Lines = found["architecture"].lines
    roles = {role: list(own) for role, own in groupby(lines, key=lambda line: line["role"])}
    panels = [(next(iter(roles)), "supernet"), *((role, "ticket") for role in roles)]
    height = _WORDS + _PANEL * len(panels) + _FOOT
    drawing = Drawing(figsize=(9.2, height))
    drawing.text(0.012, 1 - 0.1 / height, "Supernet and tickets", va="top", fontsize=11, fontweight="bold")
    drawing.text(0.012, 1 - 0.33 / height, BANNERS[profile], va="top", fontsize=9, color=VERMILLION, fontweight="bold")
    note = (
        "One box per searching block, bars for its kernel paths: outline = search units of the supernet, "
        "filled = units left; colour = share of the block's weights that are kept."
    )
    drawing.text(0.012, 1 - 0.53 / height, note, va="top", fontsize=8)
    colours = ScalarMappable(Normalize(0, 1), "viridis_r")
    for number, (role, what) in enumerate(panels):
        top = 1 - (_WORDS + _PANEL * number + 0.2) / height
        axes = drawing.add_axes((0.06, top - (_PANEL - 0.34) / height, 0.85, (_PANEL - 0.34) / height))
        _panel(axes, roles[role], what, colours)
    bar = drawing.add_axes((0.93, 0.35, 0.013, 0.3))
    drawing.colorbar(colours, cax=bar).ax.set_title("kept", fontsize=7)
    first = lines[0]
    foot = f"{profile} profile · seed {first['seed']} · table {first['table']}, version {first['version']}"
    drawing.text(0.012, 0.08 / height, foot, fontsize=7, color=GREY, va="bottom")
    return drawing


def _panel(axes: Axes, lines: Lines, what: str, colours: Any) -> None:
    from matplotlib.patches import Rectangle

    blocks = [line for line in lines if line["kind"] == "block"]
    tokens = {line["module"].removesuffix(".transformer"): line for line in lines if line["kind"] == "transformer"}
    places = {line["module"]: place(line["module"]) for line in blocks}
    branches = max(branch for _, branch, _ in places.values() if branch != 99) + 1
    x, ticks = 0.0, []
    for column, of_column in groupby(blocks, key=lambda line: places[line["module"]][0]):
        own = list(of_column)
        ends = dict.fromkeys(range(branches), x)
        for line in own:
            _, branch, heading = places[line["module"]]
            newest = max((b for c, b, _ in places.values() if c == column and b != 99), default=-1) + 1
            branch = newest if branch == 99 else branch
            left, bottom = ends[branch], -branch
            whole = [int(text) for text in line["units"].split(";")]
            alive = whole if what == "supernet" else [int(text) for text in line["units_left"].split(";")]
            kept = 1.0 if what == "supernet" else int(line["weights_left"]) / int(line["weights"])
            axes.add_patch(
                Rectangle(
                    (left, bottom), _BAR * len(whole) + 0.1, 0.8, facecolor="#f2f2f2", edgecolor="#bbbbbb", lw=0.5
                )
            )
            for position, (total, live) in enumerate(zip(whole, alive, strict=True)):
                start = left + 0.05 + _BAR * position
                bar: dict[str, Any] = {"edgecolor": GREY, "lw": 0.4}
                axes.add_patch(Rectangle((start, bottom + 0.05), _BAR * 0.8, 0.7, facecolor="none", **bar))
                share = 0.7 * live / total
                axes.add_patch(
                    Rectangle((start, bottom + 0.05), _BAR * 0.8, share, facecolor=colours.to_rgba(kept), **bar)
                )
            if (token := tokens.get(line["module"])) is not None:
                count = token["units"] if what == "supernet" else token["units_left"]
                axes.text(left, bottom + 0.82, f"{count} tokens", fontsize=4.5, color=BLUE, va="bottom")
            ends[branch] += _BAR * len(whole) + 0.1 + 0.06
        width = max(ends.values()) - x
        ticks.append((x + width / 2 - 0.03, heading))
        x += width + _GAP
    axes.set_xlim(-0.1, x)
    axes.set_ylim(-branches + 0.9, 1.0)
    axes.set_xticks([at for at, _ in ticks], [name for _, name in ticks], fontsize=6.5)
    axes.set_yticks(
        [0.4 - branch for branch in range(branches)], [f"1/{4 * 2**b}" for b in range(branches)], fontsize=7
    )
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    first = blocks[0]
    units = sum(int(text) for line in blocks for text in line["units"].split(";"))
    left_units = sum(int(text) for line in blocks for text in line["units_left"].split(";"))
    title = f"supernet in the place of {first['role']} ({first['data_set']}): {len(blocks)} blocks, {units} units"
    if what == "ticket":
        percent = round(100 * float(first["sparsity"]))
        title = f"ticket on {first['data_set']} (for {first['role']}), {percent} %: {left_units} of {units} units left"
    axes.set_title(title, loc="left", fontsize=8, pad=2)


FIGURE = Figure(
    "architecture",
    "The supernet and the tickets found in it (Fig. 9)",
    needs=("architecture",),
    draw=draw,
    read=reader(SCHEMA, check),
)
