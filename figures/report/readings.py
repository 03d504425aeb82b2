"""The claims under other readings of the protocol as the report shows them, read from readings.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from figures.reading import BANNERS
from figures.report.verdicts import VERDICTS
from supertickets.documents import cells
from supertickets.documents.sheets import Schema, read_sheet

SCHEMA = Schema(
    {
        "profile": cells.one_of(BANNERS),
        "reading": cells.text,
        "title": cells.text,
        "claim": cells.text,
        "verdict": cells.one_of(VERDICTS),
        "weakest": cells.text,
        "text": cells.text,
    },
    remedy="`python -m paper_tables.claims` writes the file again",
    key=("profile", "reading", "claim"),
    exact=False,
)
NONE, NOT_ATTEMPTED = "none", "not attempted"


@dataclass(frozen=True)
class Read:
    """A claim's verdict under one reading, and the comparison that supports it least; empty where there is none."""

    claim: str
    verdict: str
    weakest: str


Readings = Mapping[str, Sequence[Read]]
"""What is different under a reading -> the verdicts of the claims that depend on it."""


def read(path: Path) -> Mapping[str, Readings]:
    """Return profile -> readings in file order, of profiles of which anything was judged.

    Raises:
        DocumentError: naming file and line, for what does not fit the schema.
    """
    found: dict[str, dict[str, list[Read]]] = {}
    lines = [line.texts for line in read_sheet(path, SCHEMA)]
    judged = {texts["profile"] for texts in lines if texts["verdict"] != NOT_ATTEMPTED}
    for texts in lines:
        if texts["profile"] not in judged:
            continue
        weakest = "" if texts["weakest"] == NONE else f"{texts['weakest']}: {texts['text']}"
        own = found.setdefault(texts["profile"], {}).setdefault(texts["title"], [])
        own.append(Read(texts["claim"], texts["verdict"], weakest))
    return found
