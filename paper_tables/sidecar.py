"""The JSON file beside a result CSV that says how the numbers came about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paper_tables.records import replace

REQUIRED = ("code_ids", "command", "commit", "data_ids", "device", "dirty", "versions")


def sidecar_path(csv_path: Path) -> Path:
    """Return the sidecar's path: the CSV's, ending in `.json`."""
    return csv_path.with_suffix(".json")


def write_sidecar(csv_path: Path, provenance: Mapping[str, Any]) -> Path:
    """Write the provenance of a CSV with sorted keys, atomically, and return the sidecar's path.

    Args:
        csv_path: the CSV it belongs to.
        provenance: at least `REQUIRED`: code ids, exact command, commit, data ids, device, whether the working tree
            was dirty, and library versions. Anything JSON can hold; no NaN.

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
    replace(path, text + "\n")
    return path
