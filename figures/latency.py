"""Tab. 10 as a picture: simulated times and what they hang on, and measured frames per second, a panel per device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from figures.figure import Figure, Found
from figures.metrics import LABELS, SYMBOLS
from figures.reading import REMEDY, drawable
from figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION
from figures.written import Lines, reader, require_one
from supertickets.documents import cells
from supertickets.documents.sheets import Line as Read
from supertickets.documents.sheets import Schema, read_sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Drawing
    from matplotlib.lines import Line2D

Line = Mapping[str, str]

_WIDTH = 9.2
_WORDS, _FOOT = 0.85, 0.4
_PANEL = 1.75
"""Height of a panel of the simulation."""
_BELOW, _ABOVE = 0.5, 0.36
"""Room for an axis' labels and for a panel's title."""
_WAY = 0.2
"""Height of a way to run nets in the panel of a device."""

_LOOKS = {
    "bisenet": (BLUE, "o"), "df1_seg_d8": (ORANGE, "s"), "fasterseg": (GREEN, "^"), "squeezenas": (PURPLE, "D"),
    "dense": (GREY, "v"),
}  # fmt: skip
_STAGES = {"supernet": (GREY, "X"), "subnet": (SKY, "P"), "masked": (BLACK, "o"), "shrunk": (VERMILLION, "*")}
_RULES = {
    "sigma": (BLACK, "o", "SIGMA as published: 16,384 multipliers"),
    "stonne": (VERMILLION, "s", "STONNE's rules: 256 multipliers"),
}
_PUBLISHED = {"rules": "sigma", "multipliers": "16384", "distribution_bandwidth": "128", "clock_mhz": "500"}
_TICKET = {"sparsity_percent": "50"}
_CLOCK_NOTE = "Times are inversely proportional to the clock; it cancels in speed-ups."


_POSITIVE = cells.number(1e-6, 1e9)
_WITH_VALUE = ("measured", "counted", "simulated")
_STATUS = cells.matching(
    f"{'|'.join(_WITH_VALUE)}|printed, not measured here|(not run|failed): .+",
    f"status: {', '.join(_WITH_VALUE)}, 'printed, not measured here', 'not run: <reason>' or 'failed: <reason>'",
)

SCHEMA = Schema(
    {
        "table": drawable,
        "version": cells.whole(1),
        "network": cells.one_of(("supertickets", *_LOOKS)),
        "name": drawable,
        "stage": cells.one_of(("none", *_STAGES)),
        "metric": cells.one_of(LABELS),
        "unit": cells.one_of(SYMBOLS),
        "file": drawable,
        "device": drawable,
        "variant": drawable,
        "value": cells.unless(("not run",), _POSITIVE),
        "status": _STATUS,
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
        "against": cells.one_of(_LOOKS),
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
    if lacking := [name for name in ("supertickets", *_LOOKS) if name not in {*names, "dense"}]:
        raise lines[-1].error(f"no line of {lacking[0]}", "network")


def draw(found: Found, _profile: str) -> Drawing:
    """Return five panels on the simulated accelerator and one for every device on which something was measured."""
    from matplotlib.figure import Figure as Drawing

    lines, folder = found["latency"].lines, found["latency"].pictures
    sweep_path = folder.parent / "accelerator-sensitivity.v1.csv"
    sweep = [line.texts for line in read_sheet(sweep_path, SWEEP)]
    devices = _devices(lines)
    heights = [_ABOVE + _WAY * len(_ways(speeds)) + _BELOW for speeds in devices]
    height = _WORDS + 2 * (_ABOVE + _PANEL + _BELOW) + sum(heights) + _FOOT
    drawing = Drawing(figsize=(_WIDTH, height))

    def panel(left: float, down: float, wide: float, high: float) -> Axes:
        return drawing.add_axes((left / _WIDTH, 1 - (down + high) / height, wide / _WIDTH, high / height))

    _words(drawing, height)
    first, second = _WORDS + _ABOVE, _WORDS + 2 * _ABOVE + _PANEL + _BELOW
    _time(panel(0.6, first, 2.3, _PANEL), sweep)
    _clock(panel(3.65, first, 2.3, _PANEL), sweep)
    _gain(panel(0.6, second, 2.3, _PANEL), sweep, lines, "multipliers", "multipliers")
    _gain(panel(3.65, second, 2.3, _PANEL), sweep, lines, "distribution_bandwidth", "words per cycle")
    _gain(panel(6.7, second, 2.3, _PANEL), sweep, lines, "sparsity_percent", "sparsity [%]")
    drawing.legend(
        handles=_legend(lines, measured=bool(devices)), loc="upper left",
        bbox_to_anchor=(6.3 / _WIDTH, 1 - (_WORDS + 0.1) / height), fontsize=6.5, labelspacing=0.35,
    )  # fmt: skip
    down = second + _PANEL + _BELOW
    for speeds, high in zip(devices, heights, strict=True):
        _measured(panel(2.1, down + _ABOVE, 6.9, high - _ABOVE - _BELOW), speeds)
        down += high
    told = "; ".join(_title(speeds) for speeds in devices) or "nothing yet"
    note = (
        f"table {lines[0]['table']}, version {lines[0]['version']} · measured: {told}\n"
        "A mark that is missing was not run or failed; the table says why."
    )
    drawing.text(0.012, 0.08 / height, note, fontsize=6, color=GREY, va="bottom")
    return drawing


def _words(drawing: Drawing, height: float) -> None:
    title = "Speed on a sparse accelerator and on devices"
    what = (
        "The ticket is constructed to the paper's printed cost, not trained; accelerator times are simulated "
        "(speed-ups: SIGMA rules)."
    )
    drawing.text(0.012, 1 - 0.1 / height, title, va="top", fontsize=11, weight="bold")
    drawing.text(0.012, 1 - 0.33 / height, what, va="top", fontsize=9, color=VERMILLION)
    drawing.text(0.012, 1 - 0.53 / height, _CLOCK_NOTE, va="top", fontsize=8)


def _devices(lines: Lines) -> list[list[Line]]:
    """Lines of frames per second by file and kind of device, of those with any measured one."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if line["metric"] in ("gpu_fps", "cpu_fps"):
            found.setdefault((line["metric"], line["file"]), []).append(line)
    return [own for own in found.values() if any(line["status"] == "measured" for line in own)]


def _ways(speeds: Sequence[Line]) -> list[str]:
    return list(dict.fromkeys(line["variant"] for line in speeds))


def _title(speeds: Sequence[Line]) -> str:
    return next(line["device"] for line in speeds if line["status"] == "measured")


def _legend(lines: Lines, *, measured: bool) -> list[Line2D]:
    from matplotlib.lines import Line2D

    def mark(colour: str, marker: str, label: str) -> Line2D:
        return Line2D([], [], color=colour, marker=marker, markersize=4, linestyle="none", label=label)

    names = {line["network"]: line["name"] for line in lines} | {"dense": "the ticket without its mask"}
    handles = [mark(*look, names[key]) for key, look in _LOOKS.items()]
    handles += [mark(*look) for look in _RULES.values()]
    if measured:
        handles += [mark(*look, f"ST, {stage}") for stage, look in _STAGES.items()]
    printed = Line2D([], [], color=GREY, linestyle=":", label="printed in the paper (colour: whose)")
    return [*handles, printed]


def _at(sweep: Lines, fixed: Mapping[str, str], against: str) -> list[Line]:
    """Lines of the sweep with these values, compared with one reference."""

    def fits(line: Line) -> bool:
        return line["against"] == against and all(
            line[key] == value if key == "rules" else float(line[key]) == float(value) for key, value in fixed.items()
        )

    return [line for line in sweep if fits(line)]


def _plot(axes: Axes, found: Sequence[Line], column: str, value: str, colour: str, marker: str) -> None:
    points = sorted((float(line[column]), float(line[value])) for line in found)
    axes.plot(*zip(*points, strict=True), color=colour, marker=marker, markersize=3.5, linewidth=1)


def _time(axes: Axes, sweep: Lines) -> None:
    for rules, (colour, marker, _) in _RULES.items():
        own = [line for line in sweep if line["rules"] == rules and line["against"] == "dense"]
        if rules == "sigma":
            own = _at(own, _PUBLISHED, "dense")
        _plot(axes, own, "sparsity_percent", "latency_ms", colour, marker)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("sparsity [%]")
    axes.set_ylabel("simulated time [ms]")
    axes.set_title("The ticket's time against its sparsity", loc="left")


def _clock(axes: Axes, sweep: Lines) -> None:
    fixed = {**_PUBLISHED, **_TICKET}
    fixed.pop("clock_mhz")
    _plot(axes, _at(sweep, fixed, "dense"), "clock_mhz", "latency_ms", BLACK, "o")
    for key, (colour, marker) in _LOOKS.items():
        _plot(axes, _at(sweep, fixed, key), "clock_mhz", "against_latency_ms", colour, marker)
    clocks = sorted({float(line["clock_mhz"]) for line in sweep})
    axes.set_xscale("log", base=2)
    axes.set_xticks(clocks, [f"{clock:g}" for clock in clocks])
    _powers_of_two(axes.yaxis, axes.set_yscale)
    axes.set_xlabel("clock [MHz]")
    axes.set_ylabel("simulated time [ms]")
    axes.set_title("Times against clock", loc="left")


def _gain(axes: Axes, sweep: Lines, lines: Lines, column: str, label: str) -> None:
    fixed = {**_PUBLISHED, **_TICKET}
    fixed.pop(column)
    for key, (colour, marker) in _LOOKS.items():
        _plot(axes, _at(sweep, fixed, key), column, "speedup", colour, marker)
        for line in lines:
            if (line["network"], line["metric"]) == (key, "accelerator_speedup") and line["paper_value"][0].isdigit():
                axes.axhline(float(line["paper_value"]), color=colour, linestyle=":", linewidth=0.9)
    if column != "sparsity_percent":
        _powers_of_two(axes.xaxis, axes.set_xscale)
    _powers_of_two(axes.yaxis, axes.set_yscale)
    axes.set_xlabel(label)
    axes.set_ylabel("ticket is faster by")
    axes.set_title(f"Speed-up against {label.split(' [', maxsplit=1)[0]}", loc="left")


def _powers_of_two(axis: Axis, set_scale: Callable[..., None]) -> None:
    set_scale("log", base=2)
    axis.set_major_formatter("{x:g}")


def _measured(axes: Axes, speeds: Sequence[Line]) -> None:
    """One line per way to run a net, one mark per net."""
    ways = _ways(speeds)
    for line in speeds:
        if line["status"] == "measured":
            colour, marker = _LOOKS[line["network"]] if line["stage"] == "none" else _STAGES[line["stage"]]
            axes.plot(
                float(line["value"]), ways.index(line["variant"]), color=colour, marker=marker, markersize=5, alpha=0.85
            )
    axes.set_yticks(range(len(ways)), ways, fontsize=6.5)
    axes.set_ylim(len(ways) - 0.5, -0.5)
    axes.grid(axis="y", linewidth=0.3)
    _powers_of_two(axes.xaxis, axes.set_xscale)
    kind = speeds[0]["metric"].partition("_")[0].upper()
    axes.set_xlabel("measured frames per second")
    axes.set_title(f"Measured on {kind}: {_title(speeds)}", loc="left")


FIGURE = Figure(
    "latency",
    "Speed on a sparse accelerator and on devices (Tab. 10)",
    needs=("latency",),
    draw=draw,
    read=reader(SCHEMA, check),
    folder="latency",
)
