"""What the fields of a description may hold: checked in one place, when a description is made.

A description is a frozen dataclass that experiments are named by. Its annotations say everything: the type, and the
range by one of the annotated types below. A number that is no number, a flag that is text or a misspelled word must not
quietly mean something else.
"""

from __future__ import annotations

import functools
import math
import reprlib
import types
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints


class DescriptionError(ValueError):
    """A description with a field out of range; the message names its class, the field, the value and what to give."""


@dataclass(frozen=True)
class Range:
    """Bounds of a number, for `Annotated`.

    Attributes:
        low, high: the smallest and the largest that makes sense.
        words: what to give, for people.
        above: whether `low` itself is too small.
    """

    words: str
    low: float = -math.inf
    high: float = math.inf
    above: bool = False

    def holds(self, number: float) -> bool:
        return (self.low < number if self.above else self.low <= number) and number <= self.high


Count = Annotated[int, Range("a positive whole number below 2^31", 1, 2**31 - 1)]
Whole = Annotated[int, Range("0 or a positive whole number below 2^63", 0, 2**63 - 1)]
Positive = Annotated[float, Range("a positive number", 0, above=True)]
NotNegative = Annotated[float, Range("0 or a positive number", 0)]
Share = Annotated[float, Range("a number from 0 to 1", 0, 1)]
Fraction = Annotated[float, Range("0 or a positive number below 1", 0, math.nextafter(1, 0))]
Size = tuple[Count, Count]
"""`(H, W)` in pixels."""

Holds = Callable[[Any], bool]


def check_fields(description: object, error: type[ValueError] = DescriptionError) -> None:
    """Refuse a dataclass with a value that the annotation of its field does not allow.

    A description inside another one was checked when it was made.

    Raises:
        ValueError: of class `error`, as in "Optimization.lr is 0.0: give a positive number".
    """
    kind: Any = type(description)
    for field, holds, words in _expected(kind):
        if not holds(value := getattr(description, field)):
            raise error(f"{kind.__name__}.{field} is {reprlib.repr(value)}: {words}")


@functools.cache
def _expected(kind: Any) -> list[tuple[str, Holds, str]]:
    """Field, test and remedy of every field that is given; type hints take long to resolve."""
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for field in fields(kind):
        if field.init:
            holds, words = _test_of(hints[field.name])
            verb = "choose" if get_origin(hints[field.name]) is Literal else "give"
            found.append((field.name, holds, f"{verb} {words}"))
    return found


def _test_of(hint: Any) -> tuple[Holds, str]:
    """Whether a value is of a type, and what the type is for people.

    Raises:
        TypeError: for a kind of annotation that nothing here can test.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        holds, _ = _test_of(arguments[0])
        bounds: Range = arguments[1]
        return (lambda value: holds(value) and bounds.holds(value)), bounds.words
    if origin is Literal:
        # `1 == True`: words are compared together with their types
        known = [(type(word), word) for word in arguments]
        return (lambda value: (type(value), value) in known), ", ".join(map(repr, arguments))
    if origin in (Union, types.UnionType):
        tests = [_test_of(argument) for argument in arguments]
        return (lambda value: any(holds(value) for holds, _ in tests)), " or ".join(words for _, words in tests)
    if origin is tuple:
        return _test_of_tuple(arguments)
    if origin is dict:
        (key, keys), (item, items) = map(_test_of, arguments)
        return (
            lambda value: isinstance(value, dict) and all(key(k) and item(v) for k, v in value.items())
        ), f"a dict from {keys} to {items}"
    return _test_of_class(hint)


def _test_of_tuple(arguments: tuple[Any, ...]) -> tuple[Holds, str]:
    if arguments[-1] is Ellipsis:
        holds, words = _test_of(arguments[0])
        return (lambda value: isinstance(value, tuple) and all(map(holds, value))), f"a tuple, each {words}"
    tests = [_test_of(argument) for argument in arguments]
    return (
        lambda value: (
            isinstance(value, tuple)
            and len(value) == len(tests)
            and all(holds(one) for (holds, _), one in zip(tests, value, strict=True))
        )
    ), f"({', '.join(words for _, words in tests)})"


def _test_of_class(kind: Any) -> tuple[Holds, str]:
    if kind is int:
        return (lambda value: type(value) is int), "a whole number"
    if kind is float:
        return is_finite, "a number"
    if kind is bool:
        return (lambda value: type(value) is bool), "True or False"
    if kind is types.NoneType:
        return (lambda value: value is None), "None"
    if not isinstance(kind, type):
        raise TypeError(f"{kind!r} cannot annotate a field of a description")
    return (lambda value: isinstance(value, kind)), f"a {kind.__name__}"


def is_finite(value: Any) -> bool:
    """Whether it is a whole or decimal number that has a float of its size."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False
