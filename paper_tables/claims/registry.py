"""All claims by id: every module of this package that has a module-level `CLAIMS`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from paper_tables import registry
from paper_tables.claims.claim import Claim
from paper_tables.claims.speed import TABLE_10
from paper_tables.discovery import modules_binding
from paper_tables.table import Table


def judged_tables() -> dict[str, Table]:
    """Return every table that a claim may name: those we make, and Tab. 10, of which we have the printed numbers."""
    return registry.tables() | {TABLE_10.name: TABLE_10}


def claims(extra: Iterable[Path] = ()) -> dict[str, Claim]:
    """Return claim id -> claim in the paper's order, its appendix last; a module's own order where it has no other.

    Args:
        extra: further folders whose modules may define `CLAIMS`.

    Raises:
        ValueError: when an id occurs twice.
    """
    found: dict[str, Claim] = {}
    for module in modules_binding("CLAIMS", "paper_tables.claims", Path(__file__).parent, extra):
        for claim in module.CLAIMS:
            if claim.id in found:
                raise ValueError(f"two claims are called {claim.id!r}; the second is in {module.__file__}")
            found[claim.id] = claim
    return dict(sorted(found.items(), key=lambda item: (item[1].paper_ref.startswith("App."), item[1].paper_ref[:8])))
