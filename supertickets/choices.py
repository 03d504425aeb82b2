"""Fields that hold one of a few words: a misspelled one must not quietly mean another."""

from __future__ import annotations

import functools
from typing import Any, Literal, get_args, get_origin, get_type_hints


def check_choices(description: object, error: type[ValueError]) -> None:
    """Refuse a dataclass with a value that the Literal type of its field does not list.

    Raises:
        ValueError: of class `error`, naming field, value and the words there are.
    """
    kind: Any = type(description)
    for field, words in _choices(kind).items():
        if (value := getattr(description, field)) not in words:
            raise error(f"{field} is {value!r}: choose {', '.join(map(repr, words))}")


@functools.cache
def _choices(kind: type) -> dict[str, tuple[Any, ...]]:
    """The words of every field of a dataclass that has a Literal type; type hints take long to resolve."""
    return {field: get_args(hint) for field, hint in get_type_hints(kind).items() if get_origin(hint) is Literal}
