"""All claims by id: every module of this package that has a module-level `CLAIMS`."""

from __future__ import annotations

from paper_tables import registry
from paper_tables.claims.claim import Claim
from paper_tables.claims.speed import TABLE_10
from paper_tables.table import Table
from supertickets.discovery import Definitions


def judged_tables() -> dict[str, Table]:
    """Return every table that a claim may name: those we make, and Tab. 10, of which we have the printed numbers."""
    return registry.tables() | {TABLE_10.name: TABLE_10}


def claims() -> dict[str, Claim]:
    """Return claim id -> claim in the paper's order, its appendix last, then those of another paper.

    A module's own order holds where there is no other.

    Raises:
        ValueError: when an id occurs twice.
    """
    found: dict[str, Claim] = Definitions("CLAIMS", "paper_tables.claims").by("id")
    return dict(sorted(found.items(), key=lambda item: _place(item[1].paper_ref)))


def _place(paper_ref: str) -> tuple[bool, bool, str]:
    return paper_ref.startswith(registry.OTHER_PAPER), paper_ref.startswith("App."), paper_ref[:8]
