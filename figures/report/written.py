"""A table with columns of its own in the report: its picture and, where it has numbers, a grid of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from figures.metrics import LABELS, SYMBOLS
from figures.report.pictures import Picture
from figures.written import Lines

_COLUMNS = ("name", "stage", "metric", "unit", "device", "variant", "value", "paper_value", "status")
_NOT_RUN = "not run"


@dataclass(frozen=True)
class Line:
    """A quantity of one network, all of it text: what we have, what the paper prints (empty: nothing), and where."""

    name: str
    quantity: str
    measured: str
    printed: str
    where: str

    @property
    def run(self) -> bool:
        """Whether there is a number of ours."""
        return self.measured != _NOT_RUN


@dataclass(frozen=True)
class WrittenTable:
    """A table made of tickets or of what other commands measured.

    Attributes:
        picture: its figure.
        lines: its numbers; empty where it has none.
        origin: what the JSON beside it says; empty where there is none.
        record: name of that JSON.
        command: what makes it anew.
    """

    picture: Picture
    lines: Sequence[Line]
    origin: Mapping[str, Any]
    record: str
    command: str


def grid(lines: Lines) -> Sequence[Line]:
    """Return a table's numbers; nothing when it has other columns."""
    if not set(_COLUMNS) <= lines[0].keys():
        return ()
    return [_line(line) for line in lines]


def _line(line: Mapping[str, str]) -> Line:
    how = [line[column] for column in ("device", "variant") if line[column] != "none"]
    if not how or line["value"] == _NOT_RUN:
        how.append(line["status"])
    return Line(
        name=line["name"] if line["stage"] == "none" else f"{line['name']}, {line['stage']}",
        quantity=f"{LABELS[line['metric']]} [{SYMBOLS[line['unit']]}]",
        measured=line["value"],
        printed="" if line["paper_value"] == "not printed" else line["paper_value"],
        where="; ".join(how),
    )
