"""All tables by name: every module of this package, and of `paper_tables.written`, that has a module-level `TABLE`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from paper_tables.table import Table
from supertickets.discovery import Definitions

if TYPE_CHECKING:
    from paper_tables.written import WrittenTable

OTHER_PAPER = "Object recognition"
"""How references to the object-recognition paper begin."""


def table_names() -> list[str]:
    """Return the names of all tables, measured or written, in alphabetical order: those of their modules."""
    packages = ("paper_tables", "paper_tables.written")
    return sorted(module.replace("_", "-") for package in packages for module in Definitions("TABLE", package))


def tables() -> dict[str, Table]:
    """Return table name -> measured table: the paper's by number, then the numbers behind its figures.

    Raises:
        ValueError: when two modules define tables of one name.
    """
    found: dict[str, Table] = Definitions("TABLE", "paper_tables").by("name")
    return dict(sorted(found.items(), key=lambda item: _place_in_paper(item[1])))


def every() -> dict[str, Table | WrittenTable]:
    """Return table name -> table, measured or written, in the same order; loads torch, which `tables` does not."""
    found = {**tables(), **Definitions("TABLE", "paper_tables.written").by("name")}
    return dict(sorted(found.items(), key=lambda item: _place_in_paper(item[1])))


def _place_in_paper(table: Table | WrittenTable) -> tuple[bool, bool, int, str]:
    """Tables first, those of other papers after the paper's own, then in the same order what papers draw or say."""
    where = table.paper_ref
    number = re.search(r"\d+", where)
    return "Tab. " not in where, where.startswith(OTHER_PAPER), int(number[0]) if number else 0, table.name
