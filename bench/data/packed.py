"""Lists of samples as a few arrays: a million names in a Python list would be a million objects in every process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

LETTERS, ENDS = "name_letters", "name_ends"
"""Arrays of the texts among those of rows."""


@dataclass(frozen=True)
class Texts:
    """Texts by number.

    Attributes:
        letters: uint8, all of them in UTF-8, one after the other.
        ends: int64 `(N,)`, where each one ends.
    """

    letters: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Some texts, packed."""
        raw = [text.encode() for text in texts]
        return cls(np.frombuffer(b"".join(raw), np.uint8), np.cumsum([len(one) for one in raw], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, number: int) -> str:
        start = int(self.ends[number - 1]) if number else 0
        return bytes(self.letters[start : int(self.ends[number])]).decode()

    def take(self, index: np.ndarray) -> Texts:
        """Texts `index`, in that order."""
        lengths = np.diff(self.ends, prepend=0)[index]
        ends = np.cumsum(lengths, dtype=np.int64)
        # of every letter: how far it is from the first one of its text, and where that one was
        within = np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)
        return Texts(self.letters[np.repeat(self.ends[index] - lengths, lengths) + within], ends)


@dataclass(frozen=True)
class Rows:
    """What is known of samples before any picture is opened.

    Attributes:
        names: path of each sample's picture below its set's folder.
        columns: further arrays by name, one row per sample.
    """

    names: Texts
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, column: str) -> np.ndarray:
        return self.columns[column]

    def take(self, index: np.ndarray) -> Rows:
        """Samples `index`, in that order."""
        return Rows(self.names.take(index), {name: column[index] for name, column in self.columns.items()})

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything by name; `of` is the way back."""
        return {LETTERS: self.names.letters, ENDS: self.names.ends, **self.columns}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Rows:
        """Rows from their arrays, none of which is copied."""
        columns = {name: array for name, array in arrays.items() if name not in (LETTERS, ENDS)}
        return cls(Texts(arrays[LETTERS], arrays[ENDS]), columns)
