"""Tab. 10 as a picture: simulated times and what they hang on, and measured frames per second by way of running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figures.plate import Lines, Plate, read_lines
from figures.reading import ResultsError
from figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_LOOKS = {
    "bisenet": (BLUE, "o"), "df1_seg_d8": (ORANGE, "s"), "fasterseg": (GREEN, "^"), "squeezenas": (PURPLE, "D"),
    "dense": (GREY, "v"),
}  # fmt: skip
_RULES, _MULTIPLIERS, _BANDWIDTH, _CLOCK, _SPARSITY = "sigma", "16384", "128", "500", "50"
"""The published array, and the ticket of the table."""


def draw(lines: Lines, folder: Path, _profile: str) -> Drawing:
    """Return four panels on the simulated accelerator and, where something was measured, one on the device."""
    from matplotlib.figure import Figure as Drawing

    sweep_path = folder.parent / "accelerator-sensitivity.v1.csv"
    if not sweep_path.is_file():
        raise ResultsError(f"{sweep_path} is missing: `nox -s latency -- --simulate` writes it")
    sweep = [line for line in read_lines(sweep_path) if line["rules"] == _RULES]
    speeds = [line for line in lines if line["metric"] in ("cpu_fps", "gpu_fps") and line["status"] == "measured"]
    ways = list(dict.fromkeys(line["where"] for line in speeds))
    bars = 0.35 + 0.16 * len(speeds) if speeds else 0.0
    height = 6.95 + bars
    drawing = Drawing(figsize=(9.2, height))
    title = "Speed on a sparse accelerator and on a device"
    drawing.text(0.012, 1 - 0.1 / height, title, va="top", fontsize=11, weight="bold")
    what = (
        "The ticket is constructed to the paper's printed cost, not trained; "
        "accelerator times are simulated (SIGMA rules)."
    )
    drawing.text(0.012, 1 - 0.33 / height, what, va="top", fontsize=9, color=VERMILLION)
    grid = {"left": 0.08, "right": 0.97, "wspace": 0.28, "hspace": 0.5}
    panels = drawing.add_gridspec(2, 2, top=1 - 0.95 / height, bottom=(1.3 + bars) / height, **grid)
    _time(drawing.add_subplot(panels[0, 0]), sweep)
    for place, (column, label) in zip(
        (panels[0, 1], panels[1, 0], panels[1, 1]),
        (
            ("multipliers", "multipliers"),
            ("distribution_bandwidth", "words per cycle"),
            ("sparsity_percent", "sparsity [%]"),
        ),
        strict=True,
    ):
        _gain(drawing.add_subplot(place), sweep, lines, column, label)
    names = {line["network"]: line["name"] for line in lines} | {"dense": "the ticket without its mask"}
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=4, label=f"against {names[key]}")
        for key, (colour, marker) in _LOOKS.items()
    ]
    handles.append(Line2D([], [], color=GREY, linestyle=":", label="printed in the paper (same colour as its network)"))
    drawing.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.01, (0.3 + bars) / height), ncols=3)
    if speeds:
        _measured(drawing.add_axes((0.42, 0.45 / height, 0.54, (bars - 0.3) / height)), speeds, ways)
    first = lines[0]
    note = f"exhibit {first['exhibit']}, version {first['version']} · measured: {'; '.join(ways) or 'nothing yet'}"
    drawing.text(0.012, 0.08 / height, note[:170], fontsize=6, color=GREY, va="bottom")
    return drawing


def _at(sweep: Sequence[Mapping[str, str]], **fixed: str) -> list[Mapping[str, str]]:
    return [line for line in sweep if all(float(line[key]) == float(value) for key, value in fixed.items())]


def _time(axes: Axes, sweep: Sequence[Mapping[str, str]]) -> None:
    own = _at(sweep, multipliers=_MULTIPLIERS, distribution_bandwidth=_BANDWIDTH, clock_mhz=_CLOCK)
    own = sorted((line for line in own if line["against"] == "dense"), key=lambda line: float(line["sparsity_percent"]))
    axes.plot(
        [float(line["sparsity_percent"]) for line in own], [float(line["latency_ms"]) for line in own],
        color=BLACK, marker="o", markersize=4,
    )  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_xlabel("sparsity [%]")
    axes.set_ylabel("simulated time [ms]")
    axes.set_title("The ticket's time against its sparsity", loc="left")


def _gain(axes: Axes, sweep: Sequence[Mapping[str, str]], lines: Lines, column: str, label: str) -> None:
    fixed = {
        "multipliers": _MULTIPLIERS, "distribution_bandwidth": _BANDWIDTH, "clock_mhz": _CLOCK,
        "sparsity_percent": _SPARSITY,
    }  # fmt: skip
    fixed.pop(column)
    own = _at(sweep, **fixed)
    for key, (colour, marker) in _LOOKS.items():
        found = sorted((line for line in own if line["against"] == key), key=lambda line: float(line[column]))
        axes.plot(
            [float(line[column]) for line in found], [float(line["speedup"]) for line in found],
            color=colour, marker=marker, markersize=4, linewidth=1,
        )  # fmt: skip
        for line in lines:
            if (line["network"], line["metric"]) == (key, "speedup_of_ticket") and line["paper_value"] != "not printed":
                axes.axhline(float(line["paper_value"]), color=colour, linestyle=":", linewidth=0.9)
    if column != "sparsity_percent":
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:.0f}")
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel(label)
    axes.set_ylabel("ticket is faster by")
    axes.set_title(f"Speed-up against {label.split(' [', maxsplit=1)[0]}", loc="left")


def _measured(axes: Axes, speeds: Sequence[Mapping[str, Any]], ways: Sequence[str]) -> None:
    labels = [f"{line['name']}: {line['where'].split(', ')[1]}, {line['where'].split(', ')[2]}" for line in speeds]
    axes.barh(range(len(speeds)), [float(line["value"]) for line in speeds], color=BLUE, height=0.7)
    axes.set_yticks(range(len(speeds)), labels, fontsize=6)
    axes.invert_yaxis()
    axes.set_xlabel(f"measured frames per second ({ways[0].split(', ')[0]})", fontsize=7)


PLATE = Plate("latency", "Speed on a sparse accelerator and on a device (Tab. 10)", draw, folder="latency")
