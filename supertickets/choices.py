"""Fields that hold one of a few words: a misspelled one must not quietly mean another."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin, get_type_hints


def check_choices(description: Any, error: type[ValueError]) -> None:
    """Refuse a dataclass with a value that the Literal type of its field does not list.

    Raises:
        ValueError: of class `error`, naming field, value and the words there are.
    """
    for field, hint in get_type_hints(type(description)).items():
        if get_origin(hint) is Literal and (value := getattr(description, field)) not in get_args(hint):
            raise error(f"{field} is {value!r}: choose {', '.join(map(repr, get_args(hint)))}")
