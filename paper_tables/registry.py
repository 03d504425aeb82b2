"""All tables by name: every module of this package that has a module-level `TABLE`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from paper_tables.table import Table
from supertickets.discovery import Definitions


def tables(extra: Iterable[Path] = ()) -> dict[str, Table]:
    """Return table name -> table: the paper's tables by number, then the numbers behind its figures.

    Args:
        extra: further folders whose modules may define a `TABLE`.

    Raises:
        ValueError: when two modules define tables of one name.
    """
    found: dict[str, Table] = Definitions("TABLE", "paper_tables", extra).by("name")
    return dict(sorted(found.items(), key=lambda item: _place_in_paper(item[1])))


def _place_in_paper(table: Table) -> tuple[bool, int, str]:
    number = re.search(r"\d+", table.paper_ref)
    return not table.paper_ref.startswith("Tab."), int(number[0]) if number else 0, table.name
