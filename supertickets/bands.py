"""Large pictures band by band: whole ones, as numbers wider than a byte, would take gigabytes."""

from __future__ import annotations

from collections.abc import Iterator

AT_ONCE = 2**22
"""Values in a band: some tens of MB with what is computed of them."""


def bands(rows: int, row_values: int) -> Iterator[slice]:
    """Rows in bands of about `AT_ONCE` values, at least one row each.

    Args:
        row_values: of one row, all images and channels counted.
    """
    height = max(1, AT_ONCE // row_values)
    for top in range(0, rows, height):
        yield slice(top, min(rows, top + height))
