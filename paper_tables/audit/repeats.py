"""Numbers that the paper prints in two places: they have to be one number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paper_tables.audit.rounded import printed
from paper_tables.published import Numbers
from paper_tables.table import Address


@dataclass(frozen=True)
class Repeat:
    """A cell that two tables print.

    Attributes:
        address, metric: the cell.
        first, second: (where, what) it is printed, in the paper's order.
    """

    address: Address
    metric: str
    first: tuple[str, str]
    second: tuple[str, str]

    @property
    def agrees(self) -> bool:
        """Whether one number may stand behind both."""
        return printed(self.first[1]).overlaps(printed(self.second[1]))


def repeats(tables: Mapping[str, Numbers]) -> list[Repeat]:
    """Return every cell that is printed in two places, once for each further place.

    Tables that quote another one (the anchors of curves) name it as the place, so a quotation is no repetition.
    """
    places: dict[tuple[Address, str], dict[str, str]] = {}
    for cells in tables.values():
        for key, cell in cells.items():
            places.setdefault(key, {})[cell.paper_ref] = cell.text
    found = []
    for (address, metric), texts in places.items():
        first, *others = sorted(texts.items(), key=lambda item: _place(item[0]))
        found += [Repeat(address, metric, first, other) for other in others]
    return found


def _place(paper_ref: str) -> tuple[str, int]:
    """Paper and number of a table, of which only other papers' are named."""
    paper, _, number = paper_ref.rpartition("Tab. ")
    return paper, int(number)
