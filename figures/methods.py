"""How the methods look: the same colour and marker in every figure, told apart in grey by marker and line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION

with (Path(__file__).parents[1] / "paper_tables" / "methods.csv").open(encoding="utf-8", newline="") as _file:
    NAMES: dict[str, str] = {line["method"]: line["name"] for line in csv.DictReader(_file)}
"""Row key -> name, for tables that name methods by their keys; the others have the name beside the key."""

_KNOWN: dict[str, tuple[str, str, str]] = {
    "sp_rand": (GREY, "v", ":"),
    "sp_mag": (ORANGE, "s", "-"),
    "sp_grad": (PURPLE, "^", "-"),
    "two_in_one": (SKY, "P", "-"),
    "ir_s": (GREEN, "X", "-"),
    "pp": (BLACK, "d", "-"),
    "pp_ir_s": (BLUE, "o", "-"),
    "sp_mag_rt": (ORANGE, "D", "--"),
    "sp_grad_rt": (PURPLE, ">", "--"),
    "pp_ir_s_rt": (BLUE, "h", "--"),
}
"""Row key -> colour, marker, line. A retrained method has its parent's colour, paler, and a broken line."""

_OTHERS = ((VERMILLION, "<"), (GREEN, "p"), (BLACK, "*"), (SKY, "8"), (PURPLE, "H"))
"""What rows without a look of their own get, in the order in which they appear."""

Looks = Mapping[str, Mapping[str, Any]]
"""Row key -> arguments of a matplotlib line."""


def looks(rows: Iterable[str]) -> Looks:
    """Return row key -> its look: colour, marker, line.

    Args:
        rows: row keys in the order of the legend, possibly repeated.
    """
    found: dict[str, dict[str, Any]] = {}
    others = 0
    for row in dict.fromkeys(rows):
        if row in _KNOWN:
            colour, marker, line = _KNOWN[row]
        else:
            colour, marker = _OTHERS[others % len(_OTHERS)]
            line = ("-", "-.", ":")[others // len(_OTHERS) % 3]
            others += 1
        found[row] = {
            "color": colour, "marker": marker, "linestyle": line, "linewidth": 1.1, "markersize": 4.2,
            "markeredgewidth": 0.8, "markerfacecolor": _pale(colour) if line == "--" else colour,
        }  # fmt: skip
    return found


def hollow(look: Mapping[str, Any]) -> dict[str, Any]:
    """Return a method's look for numbers that the paper printed: an empty marker and no line."""
    return {**look, "linestyle": "none", "markerfacecolor": "white", "markeredgewidth": 1.0}


def _pale(colour: str) -> str:
    """Return a colour half-way to white."""
    return "#" + "".join(f"{(int(colour[i : i + 2], 16) + 255) // 2:02X}" for i in (1, 3, 5))
