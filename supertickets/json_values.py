"""Dataclasses from JSON that may come from anywhere: every value has the type of its field, and is bounded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import EllipsisType
from typing import Any, Literal, get_args, get_origin, get_type_hints

LARGEST = 1 << 16
"""Of a whole number: no net of today has wider layers. A list of names has as many, one for each output."""
LONGEST = 256
"""Of any other list, or of a text."""


def is_unicode(value: Any) -> bool:
    """Whether it is text that UTF-8 can hold: half a surrogate pair, which JSON and file names may have, is none."""
    try:
        return isinstance(value, str) and value == value.encode().decode()
    except UnicodeEncodeError:
        return False


def from_json(kind: type[Any], value: Any, what: str) -> Any:
    """The dataclass `kind` from an object of its fields; lists become tuples.

    Raises:
        ValueError: naming field, value and what it should be.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{what} is {_shown(value)}: give an object of its fields")
    hints, known = get_type_hints(kind), {field.name: field for field in fields(kind)}
    if unknown := value.keys() - known.keys():
        raise ValueError(f"field {min(unknown)!r} of {what} is unknown to this version of supertickets")
    needed = {name for name, field in known.items() if field.default is MISSING and field.default_factory is MISSING}
    if missing := needed - value.keys():
        raise ValueError(f"field {min(missing)!r} of {what} is missing")
    return kind(**{name: _typed(hints[name], each, name) for name, each in value.items()})


def _typed(hint: Any, value: Any, name: str) -> Any:
    """A value as its field's type has it."""
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        most = LARGEST if kinds[0] is str else LONGEST
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"{name} is {_shown(value)}: give a list of at most {most}")
        if isinstance(kinds[-1], EllipsisType):
            kinds = kinds[:1] * len(value)
        if len(kinds) != len(value):
            raise ValueError(f"{name} is {_shown(value)}: give {len(kinds)} values")
        return tuple(_typed(each, one, name) for each, one in zip(kinds, value, strict=True))
    if is_dataclass(hint):
        return from_json(hint, value, name)  # type: ignore[arg-type]
    if hint is int and type(value) is int and 0 <= value <= LARGEST:
        return value
    if hint is float and type(value) in {int, float} and math.isfinite(value):
        return float(value)
    if hint is str and is_unicode(value) and len(value) <= LONGEST:
        return value
    if get_origin(hint) is Literal and isinstance(value, str):
        return value  # the class knows its words
    whole = f"a whole number from 0 to {LARGEST}"
    raise ValueError(f"{name} is {_shown(value)}: give {whole if hint is int else 'a finite number or a word'}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else f"{text[:77]}..."
