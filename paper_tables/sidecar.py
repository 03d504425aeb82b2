"""The JSON file beside a result CSV that says how the numbers came about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paper_tables.table import Table
from supertickets.files import write_atomically

REQUIRED = ("code_ids", "command", "commit", "data_ids", "device", "dirty", "recipes", "versions")


def recipes(table: Table) -> dict[str, str]:
    """Return what every row of a table runs: the meaning that the table's version stands for."""
    return {row.key: row.recipe for row in table.rows if row.recipe is not None}


def changed_meaning(table: Table, csv_path: Path) -> str | None:
    """Return how the table's rows differ from those that a stored CSV of the same version was written with.

    None when they do not, or nothing is stored. Rows that only one side has change no meaning.
    """
    try:
        stored = json.loads(sidecar_path(csv_path).read_text(encoding="utf-8"))["recipes"]
    except FileNotFoundError:
        return None
    for row, recipe in recipes(table).items():
        if stored.get(row, recipe) != recipe:
            return (
                f"{csv_path}: row {row} runs {recipe!r}, the stored version {table.version} of {table.name} ran "
                f"{stored[row]!r}: raise the table's version and add a line to the changelog"
            )
    return None


def sidecar_path(csv_path: Path) -> Path:
    """Return the sidecar's path: the CSV's, ending in `.json`."""
    return csv_path.with_suffix(".json")


def write_sidecar(csv_path: Path, provenance: Mapping[str, Any]) -> Path:
    """Write the provenance of a CSV with sorted keys, atomically, and return the sidecar's path.

    Args:
        csv_path: the CSV it belongs to.
        provenance: at least `REQUIRED`: code ids, exact command, commit, data ids, device, whether the working tree
            was dirty, the rows' recipes, and library versions. Anything JSON can hold; no NaN.

    Raises:
        ValueError: when an entry is missing or cannot be written as JSON.
    """
    missing = [key for key in REQUIRED if key not in provenance]
    if missing:
        raise ValueError(f"{csv_path}: the provenance lacks {', '.join(missing)}")
    path = sidecar_path(csv_path)
    try:
        text = json.dumps(provenance, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    except TypeError as error:
        raise ValueError(f"{path}: {error}") from error
    write_atomically(path, f"{text}\n".encode())
    return path
