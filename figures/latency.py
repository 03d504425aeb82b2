"""Tab. 10 as a picture: simulated times and what they hang on, and measured frames per second, a row per network."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from figures import marks
from figures.figure import Figure, Found
from figures.methods import hollow
from figures.metrics import LABELS, SYMBOLS
from figures.page import blocks, page
from figures.reading import REMEDY, drawable
from figures.scales import logarithmic
from figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION
from figures.telling import tell
from figures.written import Lines, reader, require_one
from supertickets.documents import cells
from supertickets.documents.sheets import Line as Read
from supertickets.documents.sheets import Schema, read_sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing
    from matplotlib.figure import SubFigure
    from matplotlib.lines import Line2D

Line = Mapping[str, str]

_PANEL, _AROUND, _ROW = 2.1, 0.75, 0.3
"""Heights of a panel of the simulation, of what stands around a panel of devices, and of a network in it, in inches."""

_NETWORKS = {
    "bisenet": (ORANGE, "s"), "df1_seg_d8": (GREEN, "^"), "fasterseg": (PURPLE, "D"), "squeezenas": (SKY, "P"),
    "dense": (GREY, "v"),
}  # fmt: skip
"""What the ticket is compared with; "dense" is the ticket without its mask."""
_STAGES = ("supernet", "subnet", "masked", "shrunk")
_RULES = {
    "sigma": (BLUE, "o", "SIGMA as published: 16,384 multipliers"),
    "stonne": (VERMILLION, "h", "STONNE's rules: 256 multipliers"),
}
_WAYS = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (VERMILLION, "D"), (PURPLE, "P"), (BLACK, "X"))
"""Looks of the ways to run a net, in the table's order."""
_PUBLISHED = {"rules": "sigma", "multipliers": "16384", "distribution_bandwidth": "128", "clock_mhz": "500"}
_TICKET = {"sparsity_percent": "50"}
_WHAT = "Accelerator times are simulated, and the ticket is constructed to the paper's printed cost, not trained"
_CAUTION = (
    "Simulated times are inversely proportional to the clock, which cancels in speed-ups. Where nothing else is said: "
    "SIGMA's rules, 16,384 multipliers, 128 words per cycle, 500 MHz, a ticket of 50 % sparsity. "
    "Dashed: as fast as the ticket."
)
_MARKS = (
    "Lines through measured marks: interquartile range of the repeats. A mark that is missing was not run or failed; "
    "the table says why."
)

_POSITIVE = cells.number(1e-6, 1e9)
_SPREAD = cells.matching(r"[0-9]{1,9}(\.[0-9]{1,9})? to [0-9]{1,9}(\.[0-9]{1,9})?", "spread from x to y")
_WITH_VALUE = ("measured", "counted", "simulated")
_STATUS = cells.matching(
    f"{'|'.join(_WITH_VALUE)}|printed, not measured here|(not run|failed): .+",
    f"status: {', '.join(_WITH_VALUE)}, 'printed, not measured here', 'not run: <reason>' or 'failed: <reason>'",
)

SCHEMA = Schema(
    {
        "table": drawable,
        "version": cells.whole(1),
        "network": cells.one_of(("supertickets", *_NETWORKS)),
        "name": drawable,
        "stage": cells.one_of(("none", *_STAGES)),
        "metric": cells.one_of(LABELS),
        "unit": cells.one_of(SYMBOLS),
        "file": drawable,
        "device": drawable,
        "variant": drawable,
        "value": cells.unless(("not run",), _POSITIVE),
        "status": _STATUS,
        "spread": cells.unless(("none",), _SPREAD),
        "paper_value": cells.unless(("not printed",), _POSITIVE),
    },
    remedy=REMEDY,
    key=("network", "stage", "metric", "file", "device", "variant"),
    exact=False,
)
SWEEP = Schema(
    {
        "rules": cells.one_of(_RULES),
        "multipliers": cells.whole(1),
        "distribution_bandwidth": cells.whole(1),
        "clock_mhz": _POSITIVE,
        "sparsity_percent": cells.number(0, 100),
        "latency_ms": _POSITIVE,
        "against": cells.one_of(_NETWORKS),
        "against_latency_ms": _POSITIVE,
        "speedup": _POSITIVE,
    },
    remedy="`nox -s latency -- --simulate` writes the file",
    key=("rules", "multipliers", "distribution_bandwidth", "clock_mhz", "sparsity_percent", "against"),
    exact=False,
)


def check(lines: Sequence[Read]) -> None:
    """Refuse speeds that were measured of no known net, and a status that does not go with its value.

    Raises:
        DocumentError: naming the line.
    """
    require_one(lines, ("table", "version"))
    for line in lines:
        if (line.values["status"] in _WITH_VALUE) != (line.values["value"] is not None):
            raise line.error(f"{line.texts['value']!r} does not go with the status {line.texts['status']!r}", "value")
        if (
            (line.values["network"] == "supertickets") != (line.values["stage"] != "none")
            and line.values["metric"]
            in (
                "gpu_fps",
                "cpu_fps",
            )
            and line.values["status"] == "measured"
        ):
            raise line.error(f"{line.values['network']} was measured in the stage {line.values['stage']}", "stage")
    names = {line.texts["network"] for line in lines}
    if lacking := [name for name in ("supertickets", *_NETWORKS) if name not in {*names, "dense"}]:
        raise lines[-1].error(f"no line of {lacking[0]}", "network")


def draw(found: Found, _profile: str) -> Drawing:
    """Return panels on the simulated accelerator and one for every device on which something was measured."""
    lines, folder = found["latency"].lines, found["latency"].pictures
    sweep_path = folder.parent / "accelerator-sensitivity.v1.csv"
    sweep = [line.texts for line in read_sheet(sweep_path, SWEEP)]
    devices = _devices(lines)
    names = {line["network"]: line["name"] for line in lines} | {"dense": "the ticket without its mask"}
    height = _AROUND + _ROW * len(_rows(lines)) + 0.45 * bool(devices)
    heights = [_PANEL, _PANEL, *[height] * bool(devices)]
    told = "; ".join(_device(speeds) for speeds in devices) or "nothing yet"
    unseen = [way for speeds in devices for way in _ways(speeds, measured=False)]
    notes = [
        *[f"Not drawn, because nothing was measured: {', '.join(unseen)}."] * bool(unseen),
        _MARKS,
        f"table {lines[0]['table']}, version {lines[0]['version']} · measured on: {told}",
    ]
    drawing = page(
        "Speed on a sparse accelerator and on devices (Tab. 10 of the paper)",
        sum(heights),
        _WHAT,
        notes,
        cautions=[_CAUTION],
    )
    headings = ["Simulated", "What the simulated speed-up hangs on", *["Measured frames per second"] * bool(devices)]
    first, second, *rest = blocks(drawing, headings, heights)
    left, right = first.subplots(1, 2)
    _time(left, sweep)
    _speedups(right, lines, names)
    _sweeps(second, sweep, names)
    for block in rest:
        _measured(block, devices, lines)
    return drawing


def _devices(lines: Lines) -> list[list[Line]]:
    """Lines of frames per second by file and kind of device, of those with any measured one."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if line["metric"] in ("gpu_fps", "cpu_fps"):
            found.setdefault((line["metric"], line["file"]), []).append(line)
    return [own for own in found.values() if any(line["status"] == "measured" for line in own)]


def _ways(speeds: Sequence[Line], *, measured: bool) -> list[str]:
    """Ways to run nets of which something was measured, or nothing."""
    seen = {line["variant"] for line in speeds if line["status"] == "measured"}
    return [way for way in dict.fromkeys(line["variant"] for line in speeds) if (way in seen) == measured]


def _device(speeds: Sequence[Line]) -> str:
    return next(line["device"] for line in speeds if line["status"] == "measured")


def _rows(lines: Lines) -> dict[tuple[str, str], str]:
    """(network, stage) -> name of its row, of everything whose speed may be measured."""
    speeds = [
        line for line in lines if line["metric"] in ("gpu_fps", "cpu_fps") and line["stage"] in (*_STAGES, "none")
    ]
    named = {(line["network"], line["stage"]): line["name"] for line in speeds if line["network"] != "supertickets"}
    staged = {(line["network"], line["stage"]): line["name"] for line in speeds if line["stage"] != "none"}
    return named | {key: f"{name}, {key[1]}" for key, name in staged.items()}


def _at(sweep: Lines, fixed: Mapping[str, str], against: str) -> list[Line]:
    """Lines of the sweep with these values, compared with one reference."""

    def fits(line: Line) -> bool:
        return line["against"] == against and all(
            line[key] == value if key == "rules" else float(line[key]) == float(value) for key, value in fixed.items()
        )

    return [line for line in sweep if fits(line)]


def _plot(axes: Axes, found: Sequence[Line], column: str, value: str, look: tuple[str, str], label: str) -> None:
    points = sorted((float(line[column]), float(line[value])) for line in found)
    colour, marker = look
    axes.plot(*zip(*points, strict=True), color=colour, marker=marker, markersize=3.5, linewidth=1, label=label)


def _time(axes: Axes, sweep: Lines) -> None:
    for rules, (*look, label) in _RULES.items():
        own = [line for line in sweep if line["rules"] == rules and line["against"] == "dense"]
        if rules == "sigma":
            own = _at(own, _PUBLISHED, "dense")
        _plot(axes, own, "sparsity_percent", "latency_ms", (look[0], look[1]), label)
    logarithmic(axes, "y")
    axes.grid()
    axes.set_xlabel("sparsity [%]")
    axes.set_ylabel("time [ms]")
    axes.set_title("Time of the ticket")
    axes.legend(loc="best")


def _speedups(axes: Axes, lines: Lines, names: Mapping[str, str]) -> None:
    """Simulated beside printed, a row per network that the ticket is compared with."""
    found = [line for line in lines if line["metric"] == "accelerator_speedup"]
    networks = list(dict.fromkeys(line["network"] for line in found))
    marks.stripes(axes, [row - 0.5 for row in range(len(networks) + 1)])
    for line in found:
        row = networks.index(line["network"])
        colour, marker, rules = _RULES[line["variant"]]
        against = f"The ticket's speed beside {names[line['network']]}"
        look: dict[str, Any] = {"color": colour, "marker": marker, "linestyle": "none", "markersize": 4.5}
        if line["paper_value"] != "not printed":
            drawn = axes.plot(float(line["paper_value"]), row, **hollow(look), zorder=3)
            tell(drawn[0], [f"{against}: printed in the paper {line['paper_value']}"])
        if line["status"] in _WITH_VALUE:
            tell(axes.plot(float(line["value"]), row, **look)[0], [f"{against}, {rules}: {line['value']}"])
    axes.set_yticks(range(len(networks)), [names[network] for network in networks])
    axes.axvline(1, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
    axes.set_xlim(left=0)
    axes.set_xlabel("the ticket is faster by")
    axes.set_title("Speed-ups, by the rules on the left (hollow: printed)")


def _sweeps(block: SubFigure, sweep: Lines, names: Mapping[str, str]) -> None:
    """Speed-up against each quantity that was swept, the others as published."""
    swept = {
        "multipliers": "multipliers",
        "distribution_bandwidth": "words per cycle",
        "sparsity_percent": "sparsity [%]",
    }
    grid = block.subplots(1, len(swept), sharey=True)
    for axes, (column, label) in zip(grid, swept.items(), strict=True):
        fixed = {key: value for key, value in (_PUBLISHED | _TICKET).items() if key != column}
        for network, look in _NETWORKS.items():
            _plot(axes, _at(sweep, fixed, network), column, "speedup", look, names[network])
        if column != "sparsity_percent":
            logarithmic(axes, "x", base=4 if column == "multipliers" else 2)
        axes.axhline(1, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
        axes.grid()
        axes.set_xlabel(label)
    logarithmic(grid[0], "y")
    grid[0].set_ylabel("the ticket is faster by")
    block.legend(handles=grid[0].get_lines()[:-1], loc="outside lower left", ncols=len(_NETWORKS))


def _measured(block: SubFigure, devices: Sequence[Sequence[Line]], lines: Lines) -> None:
    """A panel per device: a row per network and stage, in it a mark per way to run a net."""
    rows = _rows(lines)
    every = dict.fromkeys(_name(way) for speeds in devices for way in _ways(speeds, measured=True))
    look = dict(zip(every, itertools.cycle(_WAYS), strict=False))
    for axes, speeds in zip(block.subplots(1, len(devices), squeeze=False)[0], devices, strict=True):
        ways = _ways(speeds, measured=True)
        marks.stripes(axes, [row - 0.5 for row in range(len(rows) + 1)])
        for line in speeds:
            row = list(rows).index((line["network"], line["stage"]))
            if line["status"] == "measured":
                way = ways.index(line["variant"])
                colour, marker = look[_name(line["variant"])]
                y = row + 0.7 * ((way + 0.5) / len(ways) - 0.5)
                drawn = axes.plot(float(line["value"]), y, color=colour, marker=marker, markersize=3.2)
                spread = "" if line["spread"] == "none" else f", quartiles {line['spread']}"
                place = f"{list(rows.values())[row]}, {_name(line['variant'])}"
                tell(drawn[0], [" ".join(f"{place}: {line['value']} frames per second{spread}".split())])
                if line["spread"] != "none":
                    low, high = map(float, line["spread"].split(" to "))
                    axes.plot((low, high), (y, y), color=colour, linewidth=0.9)
        printed = {(line["network"], line["stage"]): line["paper_value"] for line in speeds}
        for (network, stage), value in printed.items():
            if value != "not printed":
                axes.plot(float(value), list(rows).index((network, stage)), **hollow(_PRINTED))
        logarithmic(axes, "x")
        axes.set_yticks(range(len(rows)), list(rows.values()) if speeds is devices[0] else [""] * len(rows))
        kind = speeds[0]["metric"].partition("_")[0].upper()
        axes.set_xlabel(f"frames per second on a {kind}")
        axes.set_title(_device(speeds), fontweight="bold")
    handles = [_mark(way, *own) for way, own in look.items()]
    if any(line["paper_value"] != "not printed" for speeds in devices for line in speeds):
        handles.append(_mark("printed, of another GPU", **hollow(_PRINTED)))
    block.legend(handles=handles, loc="outside lower left", ncols=4)


def _name(way: str) -> str:
    """A way to run nets without the device's name in front."""
    return way.partition("-")[2]


_PRINTED: dict[str, Any] = {"color": GREY, "marker": "d", "markersize": 4.5}


def _mark(label: str, color: str, marker: str, **look: Any) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=color, marker=marker, label=label, **{"linestyle": "none", "markersize": 4, **look})


FIGURE = Figure(
    "latency",
    "Speed on a sparse accelerator and on devices (Tab. 10)",
    needs=("latency",),
    draw=draw,
    read=reader(SCHEMA, check),
    folder="latency",
)
