"""Lists of entries as they stand in a file, and errors that name the file, the entry and the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supertickets.descriptions import is_finite

Floats = NDArray[np.float64]


class AnalysisError(ValueError):
    """Ground truth or detections that cannot be analysed."""


@dataclass(frozen=True)
class Entries:
    """A list of objects of a JSON file.

    Attributes:
        file: where it was read, for messages.
        part: what the list is called.
        items: its entries.
    """

    file: str
    part: str
    items: Sequence[Mapping[str, Any]]

    def __len__(self) -> int:
        return len(self.items)

    def error(self, index: int, problem: str, remedy: str) -> AnalysisError:
        """What is to be raised for one entry."""
        item: Any = self.items[index]
        named = f" (id {item['id']!r})" if isinstance(item, Mapping) and "id" in item else ""
        return AnalysisError(f"{self.file}: {self.part}[{index}]{named} {problem}; {remedy}")

    def check(self) -> None:
        """See that every entry is an object.

        Raises:
            AnalysisError: for the first that is none.
        """
        items: Sequence[Any] = self.items
        for index, item in enumerate(items):
            if not isinstance(item, Mapping):
                raise self.error(index, f"is {_short(item)}, no object with fields", "write one in COCO's layout")

    def field(self, key: str, remedy: str) -> list[Any]:
        """A field of every entry.

        Raises:
            AnalysisError: for the first entry without it.
        """
        try:
            return [item[key] for item in self.items]
        except KeyError:
            index = next(i for i, item in enumerate(self.items) if key not in item)
            raise self.error(index, f"has no {key!r}", remedy) from None

    def numbers(self, key: str, remedy: str, width: int | None = None) -> Floats:
        """A field of every entry as `(N,)`, or `(N, width)` for lists of that many numbers.

        Raises:
            AnalysisError: for the first entry without it, or where it is something else or not finite.
        """
        values = self.field(key, remedy)
        shape = (len(values),) if width is None else (len(values), width)
        if (array := _array(values)).shape == shape and np.isfinite(array).all():
            return array
        # one entry at least is none, or there is no entry: look again, slowly
        expected = "a finite number" if width is None else f"{width} finite numbers"
        for index, value in enumerate(values):
            if not _finite([value] if width is None else value, 1 if width is None else width):
                raise self.error(index, f"has {key} {_short(value)}, not {expected}", remedy)
        return np.array(values, dtype=np.float64).reshape(shape)

    def positions(self, key: str, known: Mapping[Any, int], among: str) -> NDArray[np.int64]:
        """`(N,)`: where the value of a field stands among known ones.

        Raises:
            AnalysisError: for the first entry without it, or where it is none of them.
        """
        values = self.field(key, f"give each one its {key}")
        try:
            if bool in set(map(type, values)):  # which Python takes for 0 and 1
                raise KeyError(key)
            return np.fromiter((known[value] for value in values), np.int64, len(values))
        except (KeyError, TypeError):
            index = next(i for i, value in enumerate(values) if not _is_in(value, known))
            some = ", ".join(map(repr, list(known)[:5])) + (", ..." if len(known) > 5 else "") if known else "none"
            raise self.error(
                index, f"has {key} {_short(values[index])}, which is not among {among} ({some})",
                "use the ids of the ground truth, which may have gaps",
            ) from None  # fmt: skip

    def unique(self, key: str) -> list[Any]:
        """A field of every entry, no value twice.

        Raises:
            AnalysisError: for the first entry without it, or with a value that an earlier one has.
        """
        values, seen = self.field(key, f"give each one an {key} of its own"), set[Any]()
        for index, value in enumerate(values):
            is_id = isinstance(value, int | str) and not isinstance(value, bool)
            if not is_id or value in seen:
                why = f"has {key} {_short(value)}, which {'an earlier one has too' if is_id else 'is no id'}"
                raise self.error(index, why, f"give each one an {key} of its own")
            seen.add(value)
        return values


def _array(values: list[Any]) -> Floats:
    """Numbers as an array, an empty one where something is no number or lists differ in length."""
    try:
        array = np.array(values)
        if bool in set(map(type, chain.from_iterable(values) if array.ndim > 1 else values)):
            return np.empty(0)
    except (ValueError, TypeError):
        return np.empty(0)
    return array.astype(np.float64) if array.dtype.kind in "iuf" else np.empty(0)


def _finite(value: object, width: int) -> bool:
    return isinstance(value, Sequence) and len(value) == width and all(map(is_finite, value))


def _is_in(value: object, known: Iterable[Any]) -> bool:
    try:
        return value in known and not isinstance(value, bool)
    except TypeError:
        return False


def _short(value: object, length: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= length else f"{text[: length - 3]}..."
