"""All tables by name: every module of this package that has a module-level `TABLE`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from paper_tables.discovery import modules_binding
from paper_tables.table import Table


def tables(extra: Iterable[Path] = ()) -> dict[str, Table]:
    """Return table name -> table, sorted by name.

    Args:
        extra: further folders whose modules may define a `TABLE`.

    Raises:
        ValueError: when two modules define tables of one name.
    """
    found: dict[str, Table] = {}
    for module in modules_binding("TABLE", "paper_tables", Path(__file__).parent, extra):
        table: Table = module.TABLE
        if table.name in found:
            raise ValueError(f"two modules define a table named {table.name!r}; the second is {module.__file__}")
        found[table.name] = table
    return dict(sorted(found.items()))
