"""The numbers that the paper's sentences state, from `statements.toml`, each held against the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

from paper_tables.audit.expression import ExpressionError, Selection, evaluate
from paper_tables.audit.rounded import Rounded, decimals, printed
from paper_tables.published import Numbers
from supertickets.documents.texts import DocumentError
from supertickets.documents.trees import Entry, is_list_of, is_map_of, is_text, read_toml

FILE = Path(__file__).with_name("statements.toml")

_RELATIONS = ("equals", "truncated", "at most", "at least")
_TEXTS = ("where", "says", "stated", "unit", "claim", "table", "formula", "relation", "underivable", "note")
_REQUIRED = ("where", "says", "stated", "unit")
_LISTS = ("roles", "sparsities", "sources")
REMEDY = "the entries before it show what one looks like"


class Result(Enum):
    """What became of a stated number: "the numbers that ..."."""

    AGREES = "agree"
    ROUNDING = "agree within rounding"
    POSSIBLE = "are not excluded"
    DISAGREES = "disagree"
    UNDERIVABLE = "cannot be derived"


@dataclass(frozen=True)
class Statement:
    """One number that a sentence states.

    Attributes:
        where: section and context.
        says: the sentence in our words.
        metric: what a bare row key of the formula stands for; empty when there is none.
        stated: the number, digits untouched.
        unit: of the number, for readers.
        claim: id of the claim it belongs to; empty without one.
        table, formula, columns: how the tables give it; `formula` is empty when they do not.
        relation: of the tables' number to the stated one. "equals", "truncated" where digits were cut off instead of
            rounded, or "at most" and "at least" for a stated extreme over more sparsities than the tables print.
        underivable: why no table gives it; empty when one does.
        note: what else a reader should know.
    """

    where: str
    says: str
    metric: str
    stated: str
    unit: str
    claim: str = ""
    table: str = ""
    formula: str = ""
    columns: Selection = field(default_factory=Selection)
    relation: str = "equals"
    underivable: str = ""
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """A statement with what the tables say of it; `computed` is None when they say nothing."""

    statement: Statement
    result: Result
    computed: Rounded | None

    @property
    def computed_text(self) -> str:
        """The computed number with one decimal more than the stated one, two at least."""
        digits = max(2, decimals(self.statement.stated) + 1)
        return "none" if self.computed is None else self.computed.text(digits)


def load(file: Path = FILE) -> list[Statement]:
    """Return every statement in the file's order, one for each number.

    Raises:
        DocumentError: naming the file and the entry, for a field that is unknown, missing, empty or contradictory.
    """
    content = read_toml(file, {"statement": (is_list_of(is_map_of(_is_any)), "[[statement]] entries")}, REMEDY)
    if foreign := content.keys() - {"statement"}:
        raise DocumentError(file, "only [[statement]] entries belong here", REMEDY, place=f"entry {min(foreign)}")
    found: list[Statement] = []
    for number, entry in enumerate(content.get("statement", []), 1):
        try:
            found += _statements(entry)
        except ValueError as error:
            place = f"entry {number} ({entry.get('where', 'without a place')})"
            raise DocumentError(file, str(error), REMEDY, place=place) from error
    return found


def _is_any(_: object) -> bool:
    return True


def _is_list(value: Any) -> bool:
    return is_list_of(is_text)(value) or is_list_of(lambda one: type(one) is int)(value)


_KINDS: Mapping[str, Entry] = {
    **dict.fromkeys(_TEXTS, is_text),
    **dict.fromkeys(_LISTS, _is_list),
    "stated": lambda value: is_text(value) or is_map_of(is_text)(value),
}


def _statements(entry: Mapping[str, Any]) -> Iterator[Statement]:
    if unknown := set(entry) - {*_TEXTS, *_LISTS}:
        raise ValueError(f"unknown field {min(unknown)!r}")
    if missing := [name for name in _REQUIRED if name not in entry]:
        raise ValueError(f"field {missing[0]!r} is missing")
    if unfit := [name for name, content in entry.items() if not content or not _KINDS[name](content)]:
        raise ValueError(f"field {unfit[0]!r} is empty or of another kind")
    if ("formula" in entry) != ("table" in entry) or ("formula" in entry) == ("underivable" in entry):
        raise ValueError("give either table and formula, or underivable")
    if entry.get("relation", "equals") not in _RELATIONS:
        raise ValueError(f"relation {entry['relation']!r} is none of {', '.join(_RELATIONS)}")
    stated = entry["stated"] if isinstance(entry["stated"], dict) else {"": entry["stated"]}
    columns = Selection(*(tuple(entry.get(name, ())) for name in _LISTS))
    texts = {name: entry[name] for name in _TEXTS if name in entry}
    for metric, text in stated.items():
        printed(text)
        yield Statement(**{**texts, "metric": metric, "stated": text, "columns": columns})


def check(statement: Statement, tables: dict[str, Numbers]) -> Finding:
    """Compute what a statement states and compare.

    Raises:
        ExpressionError: for a formula that does not fit the tables.
    """
    if statement.underivable:
        return Finding(statement, Result.UNDERIVABLE, None)
    if statement.table not in tables:
        raise ExpressionError(f"{statement.where}: no numbers of a table {statement.table!r} are printed")
    computed = evaluate(statement.formula, statement.table, statement.columns, statement.metric, tables)
    return Finding(statement, _compare(computed, statement), computed)


def _compare(computed: Rounded, statement: Statement) -> Result:
    stated = printed(statement.stated)
    if statement.relation == "at most":
        return Result.POSSIBLE if computed.low <= stated.high else Result.DISAGREES
    if statement.relation == "at least":
        return Result.POSSIBLE if computed.high >= stated.low else Result.DISAGREES
    if statement.relation == "truncated":
        unit = Fraction(1, 10 ** decimals(statement.stated))
        return Result.AGREES if stated.value <= computed.value < stated.value + unit else Result.DISAGREES
    if computed.text(decimals(statement.stated)) == statement.stated:
        return Result.AGREES
    return Result.ROUNDING if computed.overlaps(stated) else Result.DISAGREES
