"""The mutants that no test can notice, each with the reason; reviewed, and each has to be a mutant still."""

from __future__ import annotations

import tomllib
from pathlib import Path

FILE = Path(__file__).with_name("equivalent.toml")


def load(file: Path = FILE) -> dict[str, str]:
    """Return a mutant's key -> why it is equivalent.

    Raises:
        ValueError: for an entry that is not a key with a reason, or one that is there twice.
    """
    found: dict[str, str] = {}
    for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("mutant", []):
        if entry.keys() != {"key", "reason"} or not entry["reason"].strip() or entry["key"] in found:
            raise ValueError(f"{file}: an entry has a key of its own and a reason, not {entry}")
        found[entry["key"]] = entry["reason"]
    return found
