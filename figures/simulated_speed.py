"""Panels of the simulated accelerator: the ticket's time, and its speed beside other networks'."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from figures import marks
from figures.methods import hollow
from figures.scales import logarithmic
from figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION
from figures.telling import tell
from figures.written import Lines
from supertickets.documents import cells
from supertickets.documents.sheets import Schema

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

Line = Mapping[str, str]

NETWORKS = {
    "bisenet": (ORANGE, "s"), "df1_seg_d8": (GREEN, "^"), "fasterseg": (PURPLE, "D"), "squeezenas": (SKY, "P"),
    "dense": (GREY, "v"),
}  # fmt: skip
"""What the ticket is compared with; "dense" is the ticket without its mask."""
_RULES = {
    "sigma": (BLUE, "o", "SIGMA as published: 16,384 multipliers"),
    "stonne": (VERMILLION, "h", "STONNE's rules: 256 multipliers"),
}
_PUBLISHED = {"rules": "sigma", "multipliers": "16384", "distribution_bandwidth": "128", "clock_mhz": "500"}
_TICKET = {"sparsity_percent": "50"}
_SWEPT = {"multipliers": "multipliers", "distribution_bandwidth": "words per cycle", "sparsity_percent": "sparsity [%]"}
"""Column -> label of its axis."""

_POSITIVE = cells.number(1e-6, 1e9)
SWEEP = Schema(
    {
        "rules": cells.one_of(_RULES),
        "multipliers": cells.whole(1),
        "distribution_bandwidth": cells.whole(1),
        "clock_mhz": _POSITIVE,
        "sparsity_percent": cells.number(0, 100),
        "latency_ms": _POSITIVE,
        "against": cells.one_of(NETWORKS),
        "against_latency_ms": _POSITIVE,
        "speedup": _POSITIVE,
    },
    remedy="`nox -s latency -- --simulate` writes the file",
    key=("rules", "multipliers", "distribution_bandwidth", "clock_mhz", "sparsity_percent", "against"),
    exact=False,
)


def time(axes: Axes, sweep: Lines) -> None:
    """Draw the ticket's time over its sparsity, a line per set of rules."""
    for rules, (colour, marker, label) in _RULES.items():
        own = [line for line in sweep if line["rules"] == rules and line["against"] == "dense"]
        if rules == "sigma":
            own = _at(own, _PUBLISHED, "dense")

        def words(line: Line, label: str = label) -> str:
            return f"Time of the ticket, {label}, {_sparsity(line)}: {float(line['latency_ms']):g} ms"

        _plot(axes, own, "sparsity_percent", "latency_ms", words, color=colour, marker=marker, label=label)
    logarithmic(axes, "y")
    axes.grid()
    axes.set_xlabel("sparsity [%]")
    axes.set_ylabel("time [ms]")
    axes.set_title("Time of the ticket")
    axes.legend(loc="best")


def speedups(axes: Axes, lines: Lines, names: Mapping[str, str]) -> None:
    """Simulated beside printed, a row per network that the ticket is compared with."""
    found = [line for line in lines if line["metric"] == "accelerator_speedup"]
    networks = list(dict.fromkeys(line["network"] for line in found))
    marks.stripes(axes, [row - 0.5 for row in range(len(networks) + 1)])
    for line in found:
        row = networks.index(line["network"])
        colour, marker, rules = _RULES[line["variant"]]
        against = _beside(names[line["network"]])
        look: dict[str, Any] = {"color": colour, "marker": marker, "linestyle": "none", "markersize": 4.5}
        if line["paper_value"] != "not printed":
            drawn = axes.plot(float(line["paper_value"]), row, **hollow(look), zorder=3)
            tell(drawn[0], [f"{against}: printed in the paper {line['paper_value']}"])
        if line["value"] != "not run":
            tell(axes.plot(float(line["value"]), row, **look)[0], [f"{against}, {rules}: {line['value']}"])
    axes.set_yticks(range(len(networks)), [names[network] for network in networks])
    axes.axvline(1, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
    axes.set_xlim(left=0)
    axes.set_xlabel("the ticket is faster by")
    axes.set_title("Speed-ups, by the rules on the left (hollow: printed)")


def sweeps(block: SubFigure, sweep: Lines, names: Mapping[str, str]) -> None:
    """Draw the speed-up against each quantity that was swept, the others as published."""
    grid = block.subplots(1, len(_SWEPT), sharey=True)
    for axes, (column, label) in zip(grid, _SWEPT.items(), strict=True):
        fixed = {key: value for key, value in (_PUBLISHED | _TICKET).items() if key != column}
        for network, (colour, marker) in NETWORKS.items():
            name = names[network]

            def words(line: Line, name: str = name) -> str:
                array = f"{int(line['multipliers']):,} multipliers, {line['distribution_bandwidth']} words per cycle"
                return f"{_beside(name)}, {array}, {_sparsity(line)}: {float(line['speedup']):g}"

            _plot(axes, _at(sweep, fixed, network), column, "speedup", words, color=colour, marker=marker, label=name)
        if column != "sparsity_percent":
            logarithmic(axes, "x", base=4 if column == "multipliers" else 2)
        axes.axhline(1, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
        axes.grid()
        axes.set_xlabel(label)
    logarithmic(grid[0], "y")
    grid[0].set_ylabel("the ticket is faster by")
    block.legend(handles=grid[0].get_lines()[:-1], loc="outside lower left", ncols=len(NETWORKS))


def _at(sweep: Lines, fixed: Mapping[str, str], against: str) -> list[Line]:
    """Lines of the sweep with these values, compared with one reference."""

    def fits(line: Line) -> bool:
        return line["against"] == against and all(
            line[key] == value if key == "rules" else float(line[key]) == float(value) for key, value in fixed.items()
        )

    return [line for line in sweep if fits(line)]


def _plot(
    axes: Axes, found: Sequence[Line], column: str, value: str, words: Callable[[Line], str], **look: Any
) -> None:
    """Draw one column over another, every mark of which tells `words` of its line."""
    points = sorted(found, key=lambda line: (float(line[column]), float(line[value])))
    places = [float(line[column]) for line in points]
    drawn = axes.plot(places, [float(line[value]) for line in points], markersize=3.5, linewidth=1, **look)
    tell(drawn[0], [words(line) for line in points])


def _beside(name: str) -> str:
    return f"The ticket's speed beside {name}"


def _sparsity(line: Line) -> str:
    return f"{float(line['sparsity_percent']):g} % sparsity"
