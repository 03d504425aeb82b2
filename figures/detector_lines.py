"""Written tables of the object-recognition paper, as far as their columns are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from figures.methods import NAMES
from figures.reading import BANNERS, REMEDY, drawable
from figures.written import Lines, require_one
from supertickets.documents import cells
from supertickets.documents.cells import Kind
from supertickets.documents.sheets import Line, Schema


def schema(key: tuple[str, ...], **columns: Kind) -> Schema:
    """Return the columns that every table begins with, and its own."""
    return Schema(
        {
            "table": drawable, "version": cells.whole(1), "profile": cells.one_of(BANNERS), "paper_ref": drawable,
            "role": drawable, "data_set": drawable, "method": drawable,
            "sparsity": cells.unless(("none",), cells.number(0, 1)), "seed": cells.whole(),
            "experiment_id": cells.text, **columns,
        },
        remedy=REMEDY, key=("role", "method", "sparsity", "seed", *key), exact=False,
    )  # fmt: skip


def check(lines: Sequence[Line]) -> None:
    """Refuse lines of several tables or profiles.

    Raises:
        DocumentError: naming the line.
    """
    require_one(lines, ("table", "version", "profile", "paper_ref"))


def note(lines: Lines, profile: str) -> str:
    """Return which table of how many seeds this is."""
    seeds = len({line["seed"] for line in lines})
    return f"{profile} profile · n = {seeds} · table {lines[0]['table']}, version {lines[0]['version']}"


def method_of(line: Mapping[str, str]) -> str:
    """Return a method's name with its sparsity."""
    if line["method"] not in NAMES:
        return line["method"]
    return f"{NAMES[line['method']]}, {100 * float(line['sparsity']):g} % zeros"
