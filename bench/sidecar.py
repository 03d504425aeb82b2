"""The JSON file beside a result CSV that says how its numbers came about."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.provenance import commit
from supertickets.files import write_atomically

_NUMBERS = re.compile(r'\[\n([^\[\]{}"]*)\n\s*\]')
"""A list of numbers as JSON is indented, a line each; no string holds a line break."""

REQUIRED = ("code_ids", "command", "device", "versions")


def write_sidecar(csv_path: Path, facts: Mapping[str, Any]) -> None:
    """Write the sidecar of a CSV, which has its name but ends in `.json`: keys sorted, lists of numbers in a line.

    Args:
        csv_path: the CSV it belongs to.
        facts: at least `REQUIRED`: code ids, exact command, device, and library versions. Anything JSON can hold; no
            NaN. The commit, and whether the working tree differs from it, are added.

    Raises:
        ValueError: when an entry is missing or cannot be written as JSON.
    """
    if missing := [key for key in REQUIRED if key not in facts]:
        raise ValueError(f"{csv_path}: what is known of its origin lacks {', '.join(missing)}")
    path = csv_path.with_suffix(".json")
    try:
        text = json.dumps({**commit(), **facts}, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    except TypeError as error:
        raise ValueError(f"{path}: {error}") from error
    text = _NUMBERS.sub(lambda found: f"[{' '.join(found[1].split())}]", text)
    write_atomically(path, f"{text}\n".encode())
