"""A claim of the paper: its sentence in our words, and the predicates that decide it."""

from __future__ import annotations

from dataclasses import dataclass

from paper_tables.claims.predicates import Predicate

SUPERTICKETS, OBJECT_RECOGNITION = "SuperTickets", "Object recognition"
"""The papers, in the words that references to the second begin with."""


@dataclass(frozen=True)
class Claim:
    """A claim.

    Attributes:
        id: stable identifier.
        paper_ref: where the paper makes it.
        sentence: what it says, in our words.
        scope: what the predicates do and do not cover of it.
        predicates: decide it, on measured and on printed numbers alike.
        undecided: why the claim has no predicates yet; empty when it has some.

    Raises:
        ValueError: for a claim with neither predicates nor a reason, or with both.
    """

    id: str
    paper_ref: str
    sentence: str
    scope: str
    predicates: tuple[Predicate, ...]
    undecided: str = ""

    def __post_init__(self) -> None:
        if bool(self.predicates) == bool(self.undecided):
            raise ValueError(f"claim {self.id}: give either predicates or the reason why nothing decides it yet")

    @property
    def paper(self) -> str:
        """Which paper makes it."""
        return OBJECT_RECOGNITION if self.paper_ref.startswith(f"{OBJECT_RECOGNITION}, ") else SUPERTICKETS

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables it needs."""
        return tuple(dict.fromkeys(predicate.table for predicate in self.predicates))
