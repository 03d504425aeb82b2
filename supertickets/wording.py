"""How people are told of words that they may have misspelled, and of numbers of things."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

SHOWN = 3
"""Words of a list that an error shows."""


def unknown(word: str, known: Iterable[str]) -> str:
    """What to say of a word that is none of `known`: itself, and `remedy`."""
    words = list(known)
    return f"{shortened(word)!r}: {remedy(word, words)}"


def shortened(word: str) -> str:
    """A word that somebody has given, as much of it as an error shows."""
    return word if len(word) <= 40 else f"{word[:37]}..."


def first_of(words: Sequence[str]) -> str:
    """The first three of some words, and how many more there are."""
    more = len(words) - SHOWN
    return ", ".join(map(repr, map(shortened, words[:SHOWN]))) + (f" and {more} more" if more > 0 else "")


def remedy(word: str, known: Iterable[str]) -> str:
    """Which of `known` may be meant by a word, and which there are."""
    words = list(known)
    meant = nearest(word, words)
    return f"{f'did you mean {meant!r}? ' if meant else ''}choose {', '.join(words)}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Which of `known` may be meant by a word; None where none is near."""
    return next(iter(difflib.get_close_matches(word, list(known))), None)


def counted(number: int, thing: str) -> str:
    """A number of things, whose word forms its plural with an s."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
