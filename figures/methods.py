"""How the methods look: the same colour and marker in every figure, told apart without colour by marker and line."""

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
    "sp_mag_rt": (ORANGE, "D", "--"),
    "sp_grad_rt": (PURPLE, ">", "--"),
    "two_in_one": (SKY, "P", "-"),
    "ir_s": (GREEN, "X", "-"),
    "pp": (BLACK, "d", "-"),
    "pp_ir_p": (VERMILLION, "<", "-"),
    "pp_ir_s": (BLUE, "o", "-"),
    "pp_ir_s_rt": (BLUE, "*", "--"),
    "st_rp": (BLUE, "v", ":"),
    "rr_init": (BLUE, "X", ":"),
    "lt_init": (BLUE, "<", "-."),
    "elt_init": (BLUE, "^", "-."),
    "llt_init": (BLUE, ">", "-."),
    "transfer_st": (VERMILLION, "D", "-"),
    "transfer_rp": (VERMILLION, "v", ":"),
    "transfer_rr": (VERMILLION, "X", ":"),
    "or_dense": (BLACK, "s", "-"),
    "or_dense_again": (GREEN, "P", "-"),
    "or_direct": (BLUE, "o", "-"),
    "or_direct_equal": (BLUE, "o", "-"),
    "or_direct_layers": (GREEN, "D", "-"),
    "or_ticket": (VERMILLION, "^", "-"),
    "or_mask": (ORANGE, "v", "-"),
    "or_task": (PURPLE, "P", "-"),
    "or_direct_shared": (BLUE, "*", "--"),
    "or_task_code": (PURPLE, "H", ":"),
    "or_task_shared": (PURPLE, "X", "--"),
}
"""Row key -> colour, marker, line. What is retrained has its parent's colour and a broken line; what is made of
SuperTickets is blue, and vermillion when they come from elsewhere. A detector's own ticket is one thing, however many
zeros it has."""

_OTHERS = ((GREEN, "p"), (BLACK, "h"), (SKY, "8"), (PURPLE, "H"))
"""What rows without a look of their own get, in the order in which they appear."""

Look = Mapping[str, Any]
"""Arguments of a matplotlib line."""

Looks = Mapping[str, Look]
"""Row key -> its look."""


def looks(rows: Iterable[str]) -> Looks:
    """Return row key -> its look: colour, marker, line. All are filled: what is hollow was printed, not measured.

    Args:
        rows: row keys in the order of the legend, possibly repeated; what follows a dot names a reading, not a method.
    """
    found: dict[str, dict[str, Any]] = {}
    others = 0
    for row in dict.fromkeys(rows):
        known = _KNOWN.get(row.partition(".")[0])
        if known is None:
            colour, marker = _OTHERS[others % len(_OTHERS)]
            known = colour, marker, ("-", "-.", ":")[others // len(_OTHERS) % 3]
            others += 1
        colour, marker, line = known
        found[row] = {
            "color": colour, "marker": marker, "linestyle": line, "linewidth": 1.1, "markersize": 4.2,
            "markeredgewidth": 0.8,
        }  # fmt: skip
    return found


def hollow(look: Look) -> dict[str, Any]:
    """Return a method's look for numbers that the paper printed: an empty marker and no line."""
    return {**look, "linestyle": "none", "markerfacecolor": "white", "markeredgewidth": 0.9, "markersize": 4.8}
