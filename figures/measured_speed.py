"""Panels of what was timed on devices: a row per network, in it a mark per way to run it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from figures import marks
from figures.methods import hollow
from figures.scales import logarithmic
from figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION
from figures.telling import tell
from figures.written import Lines

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure
    from matplotlib.lines import Line2D

Line = Mapping[str, str]

SPEEDS = ("gpu_fps", "cpu_fps")
"""Metrics that are timed."""
STAGES = ("supernet", "subnet", "masked", "shrunk")
"""States of SuperTickets that are timed."""
_COLORS, _MARKERS = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, BLACK, SKY), ("o", "s", "^", "D", "P", "X", "v", "*")
"""Of the ways to run a net, in the table's order: no two of 56 look the same."""
_PRINTED: dict[str, Any] = {"color": GREY, "marker": "d", "markersize": 4.5}


def devices_of(lines: Lines) -> list[list[Line]]:
    """Return lines of frames per second by file and kind of device, of those with any measured one."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if line["metric"] in SPEEDS:
            found.setdefault((line["metric"], line["file"]), []).append(line)
    return [own for own in found.values() if any(line["status"] == "measured" for line in own)]


def ways_of(speeds: Sequence[Line], *, measured: bool) -> list[str]:
    """Return the ways to run nets of which something was measured, or nothing."""
    seen = {line["variant"] for line in speeds if line["status"] == "measured"}
    return [way for way in dict.fromkeys(line["variant"] for line in speeds) if (way in seen) == measured]


def device_of(speeds: Sequence[Line]) -> str:
    """Return the name of the device on which these were measured."""
    return next(line["device"] for line in speeds if line["status"] == "measured")


def rows_of(lines: Lines) -> dict[tuple[str, str], str]:
    """Return (network, stage) -> name of its row, of everything whose speed may be measured."""
    speeds = [line for line in lines if line["metric"] in SPEEDS and line["stage"] in (*STAGES, "none")]
    named = {(line["network"], line["stage"]): line["name"] for line in speeds if line["network"] != "supertickets"}
    staged = {(line["network"], line["stage"]): line["name"] for line in speeds if line["stage"] != "none"}
    return named | {key: f"{name}, {key[1]}" for key, name in staged.items()}


def looks_of(ways: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return colour and marker of every way to run nets."""
    looks = zip(itertools.cycle(_COLORS), itertools.cycle(_MARKERS), strict=False)
    return dict(zip(ways, looks, strict=False))


def panels(block: SubFigure, devices: Sequence[Sequence[Line]], lines: Lines) -> None:
    """Draw a panel per device: a row per network and stage, in it a mark per way to run a net."""
    rows = rows_of(lines)
    names, places = list(rows.values()), {key: number for number, key in enumerate(rows)}
    every = dict.fromkeys(_name(way) for speeds in devices for way in ways_of(speeds, measured=True))
    look = looks_of(every)
    for axes, speeds in zip(block.subplots(1, len(devices), squeeze=False)[0], devices, strict=True):
        run = ways_of(speeds, measured=True)
        marks.stripes(axes, [row - 0.5 for row in range(len(rows) + 1)])
        for line in speeds:
            row = places[line["network"], line["stage"]]
            if line["status"] == "measured":
                way = run.index(line["variant"])
                colour, marker = look[_name(line["variant"])]
                y = row + 0.7 * ((way + 0.5) / len(run) - 0.5)
                drawn = axes.plot(float(line["value"]), y, color=colour, marker=marker, markersize=3.2)
                spread = "" if line["spread"] == "none" else f", quartiles {line['spread']}"
                place = f"{names[row]}, {_name(line['variant'])}"
                tell(drawn[0], [f"{place}: {line['value']} frames per second{spread}"])
                if line["spread"] != "none":
                    low, high = map(float, line["spread"].split(" to "))
                    axes.plot((low, high), (y, y), color=colour, linewidth=0.9)
        printed = {(line["network"], line["stage"]): line["paper_value"] for line in speeds}
        for (network, stage), value in printed.items():
            if value != "not printed":
                row = places[network, stage]
                drawn = axes.plot(float(value), row, **hollow(_PRINTED))
                tell(drawn[0], [f"{names[row]}: printed in the paper {value} frames per second, of another GPU"])
        logarithmic(axes, "x")
        axes.set_yticks(range(len(rows)), names if speeds is devices[0] else [""] * len(rows))
        kind = speeds[0]["metric"].partition("_")[0].upper()
        axes.set_xlabel(f"frames per second on a {kind}")
        axes.set_title(device_of(speeds), fontweight="bold")
    handles = [_mark(way, *own) for way, own in look.items()]
    if any(line["paper_value"] != "not printed" for speeds in devices for line in speeds):
        handles.append(_mark("printed, of another GPU", **hollow(_PRINTED)))
    block.legend(handles=handles, loc="outside lower left", ncols=4)


def _name(way: str) -> str:
    """A way to run nets without the device's name in front."""
    return way.partition("-")[2]


def _mark(label: str, color: str, marker: str, **look: Any) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=color, marker=marker, label=label, **{"linestyle": "none", "markersize": 4, **look})
