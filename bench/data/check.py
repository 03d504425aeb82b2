"""Look at every file of downloaded data sets: `nox -s data -- --examine ROOT`, before days are spent on training.

A run itself looks at folders, lists and a few files of each set, so that it begins at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench.data import DataSet, data_set, data_sets
from bench.data.packed import Rows
from bench.data.streamed import StreamedDataSet
from supertickets.data.errors import DataError
from supertickets.loading import Loading, decoded_ahead

CHUNK = 64
"""Samples that a process looks at before it reports."""

SHOWN = 200
"""Problems of a set that are printed; of more, their number is."""


@dataclass
class Finding:
    """What is wrong with a set.

    Attributes:
        counts: samples that were looked at, by official split; empty for a set that is decoded beforehand, whose own
            check ends at the first problem.
    """

    name: str
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def lines(self) -> Iterator[str]:
        """For people: one line for the set, and one per problem."""
        seen = ", ".join(f"{count} {split}" for split, count in self.counts.items())
        many = len(self.problems)
        yield f"{self.name}{f' ({seen})' if seen else ''}: {f'{many} problems' if many else 'nothing is wrong'}"
        yield from (f"  {problem}" for problem in self.problems[:SHOWN])
        if many > SHOWN:
            yield f"  and {many - SHOWN} more"


Watch = Callable[[Iterable[int], int, str], Iterable[int]]
"""Shows how far something is: numbers of samples as they are done, how many there are, and what they are."""


def there(root: Path) -> list[DataSet]:
    """The downloaded sets that have files below a root."""
    return [data for data in data_sets().values() if data.needs_root and data.present(root)]


def look(data: DataSet, root: Path, workers: int, watch: Watch) -> Finding:
    """Look at everything of a set.

    Args:
        workers: processes that decode; 0 for none but this one.
    """
    found = Finding(data.name)
    try:
        if not isinstance(data, StreamedDataSet):
            data.check(root)
            return found
        survey = data.complaints(root)
    except DataError as error:
        found.problems.append(str(error))
        return found
    found.problems += survey.problems
    for split, rows in survey.rows.items():
        found.counts[split] = len(rows)
        chunks = [range(start, min(start + CHUNK, len(rows))) for start in range(0, len(rows), CHUNK)]
        seen = decoded_ahead(partial(_faults, data, data.place(root), rows), chunks, Loading(workers))
        for _ in watch(_noted(seen, found), len(rows), f"{data.name} {split}"):
            pass
    # persons of one picture find the same fault in it
    found.problems = list(dict.fromkeys(found.problems))
    return found


def _noted(seen: Iterable[dict[str, Any]], found: Finding) -> Iterator[int]:
    for part in seen:
        found.problems += part["problems"]
        yield part["count"]


def _faults(data: StreamedDataSet, folder: Path, rows: Rows, chunk: range) -> dict[str, Any]:
    problems = []
    for row in chunk:
        try:
            data.read(folder, rows, row)
        except DataError as error:
            problems.append(str(error))
    return {"problems": problems, "count": len(chunk)}


def check(root: Path, names: list[str], workers: int) -> int:
    """Look at sets below a root and print what is wrong; returns 0, 1 where something is, 2 without any set.

    Args:
        names: of the sets; none for all that have files there.

    Raises:
        DataError: a name of no set, or of one that has no files.
    """
    chosen = [data_set(name) for name in names] if names else there(root)
    if drawn := [data.name for data in chosen if not data.needs_root]:
        raise DataError(f"{', '.join(drawn)}: drawn by a program, without files to check: leave --set {drawn[0]} out")
    if not chosen:
        known = ", ".join(name for name, data in data_sets().items() if data.needs_root)
        print(f"error: {root} holds none of the sets {known}; layouts: docs/data.md", file=sys.stderr)
        return 2
    wrong = 0
    for data in chosen:
        found = look(data, root, workers, _bar)
        wrong += len(found.problems)
        print("\n".join(found.lines), flush=True)
    return 1 if wrong else 0


def _bar(done: Iterable[int], total: int, what: str) -> Iterator[int]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        for count in done:
            progress.advance(task, count)
            yield count
