"""Lists of samples as a few arrays: a million names in a Python list would be a million objects in every process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

LETTERS, NAME_ENDS = "name_letters", "name_ends"
"""Arrays of the texts among those of rows."""

ITEMS, ENDS = ".items", ".ends"
"""What the names of the two arrays of a list end in, among those of rows."""


@dataclass(frozen=True)
class Lists:
    """Lists of any length by number.

    Attributes:
        items: `(M, ...)`, those of all lists, one list after the other.
        ends: int64 `(N,)`, where each list ends.
    """

    items: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, lists: Sequence[np.ndarray]) -> Lists:
        """Some arrays, one at least, that differ in the length of their first axis alone."""
        return cls(np.concatenate(lists), np.cumsum([len(one) for one in lists], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, number: int) -> np.ndarray:
        start = int(self.ends[number - 1]) if number else 0
        return self.items[start : int(self.ends[number])]

    def take(self, index: np.ndarray) -> Lists:
        """Lists `index`, in that order."""
        lengths = np.diff(self.ends, prepend=0)[index]
        ends = np.cumsum(lengths, dtype=np.int64)
        # of every item: how far it is from the first one of its list, and where that one was
        within = np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)
        return Lists(self.items[np.repeat(self.ends[index] - lengths, lengths) + within], ends)


@dataclass(frozen=True)
class Texts:
    """Texts by number.

    Attributes:
        letters: uint8, those of each text in UTF-8.
    """

    letters: Lists

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Some texts, packed."""
        raw = [text.encode() for text in texts]
        ends = np.cumsum([len(one) for one in raw], dtype=np.int64)
        return cls(Lists(np.frombuffer(b"".join(raw), np.uint8), ends))

    def __len__(self) -> int:
        return len(self.letters)

    def __getitem__(self, number: int) -> str:
        return self.letters[number].tobytes().decode()

    def take(self, index: np.ndarray) -> Texts:
        """Texts `index`, in that order."""
        return Texts(self.letters.take(index))


@dataclass(frozen=True)
class Rows:
    """What is known of samples before any picture is opened.

    Attributes:
        names: path of each sample's picture below its set's folder.
        columns: further arrays by name, one row per sample.
        lists: by name, what a sample has any number of.
    """

    names: Texts
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    lists: Mapping[str, Lists] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, column: str) -> np.ndarray:
        return self.columns[column]

    def take(self, index: np.ndarray) -> Rows:
        """Samples `index`, in that order."""
        return Rows(
            self.names.take(index),
            {name: column[index] for name, column in self.columns.items()},
            {name: one.take(index) for name, one in self.lists.items()},
        )

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything by name; `of` is the way back."""
        found = {LETTERS: self.names.letters.items, NAME_ENDS: self.names.letters.ends, **self.columns}
        for name, one in self.lists.items():
            found |= {f"{name}{ITEMS}": one.items, f"{name}{ENDS}": one.ends}
        return found

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Rows:
        """Rows from their arrays, none of which is copied."""
        lists = {
            name.removesuffix(ITEMS): Lists(items, arrays[f"{name.removesuffix(ITEMS)}{ENDS}"])
            for name, items in arrays.items()
            if name.endswith(ITEMS)
        }
        columns = {
            name: array
            for name, array in arrays.items()
            if name not in (LETTERS, NAME_ENDS) and not name.endswith((ITEMS, ENDS))
        }
        return cls(Texts(Lists(arrays[LETTERS], arrays[NAME_ENDS])), columns, lists)
