"""A claim of the paper: its sentence in our words, and the predicates that decide it."""

from __future__ import annotations

from dataclasses import dataclass

from paper_tables.claims.predicates import Predicate


@dataclass(frozen=True)
class Claim:
    """A claim.

    Attributes:
        id: stable identifier.
        paper_ref: where the paper makes it.
        sentence: what it says, in our words.
        scope: what the predicates do and do not cover of it.
        predicates: decide it, on measured and on printed numbers alike.
        audit: further predicates for the printed numbers only: sentences that state a number.
    """

    id: str
    paper_ref: str
    sentence: str
    scope: str
    predicates: tuple[Predicate, ...]
    audit: tuple[Predicate, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables it needs."""
        return tuple(dict.fromkeys(predicate.table for predicate in self.predicates + self.audit))
