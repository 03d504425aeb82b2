"""The JSON file beside a result CSV that says how its numbers came about, as everybody reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from supertickets.documents.texts import present
from supertickets.documents.trees import is_map_of, is_text, read_json

_NAMES = (is_map_of(is_text), "an object of texts")
_TEXT = (is_text, "text")

ENTRIES = {
    "title": _TEXT, "paper_ref": _TEXT, "command": _TEXT, "commit": _TEXT, "computed_by": _NAMES, "code_ids": _NAMES,
    "data_ids": _NAMES, "versions": _NAMES,
}  # fmt: skip
"""What readers rely on, where a sidecar has it; other entries may be anything."""

REQUIRED = ("code_ids", "command", "commit", "versions")
"""What every sidecar has; one without is a file of something else."""


def read_sidecar(csv_path: Path) -> dict[str, Any] | None:
    """Return what the sidecar of a CSV says; None when there is none.

    Raises:
        DocumentError: naming file, line or entry.
    """
    path = csv_path.with_suffix(".json")
    remedy = f"restore the file, or write {csv_path.name} again"
    return read_json(path, ENTRIES, remedy, REQUIRED) if present(path) else None
