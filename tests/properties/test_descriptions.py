"""What each kind of field takes, up to its bounds, and what it refuses beside them."""

from __future__ import annotations

import math
import re
from dataclasses import make_dataclass
from typing import Any, Literal

import pytest

from supertickets.descriptions import (
    Count,
    DescriptionError,
    Fraction,
    NotNegative,
    Positive,
    Share,
    Size,
    Whole,
    check_fields,
    is_finite,
)

pytestmark = pytest.mark.fast

NO_NUMBERS: tuple[Any, ...] = (math.nan, math.inf, -math.inf, True, "1", None, 10**400)
FIELDS: list[tuple[Any, tuple[Any, ...], tuple[Any, ...], str]] = [
    (Count, (1, 2**31 - 1), (0, -1, 2**31, 1.0, True, "1", None), "give a positive whole number below 2^31"),
    (Whole, (0, 1, 2**63 - 1), (-1, 2**63, 0.0, False, "0"), "give 0 or a positive whole number below 2^63"),
    (Positive, (5e-324, 1, 1e308), (0, 0.0, -1e-9, *NO_NUMBERS), "give a positive number"),
    (NotNegative, (0, 0.0, 5e-324, 1e308), (-5e-324, -1, *NO_NUMBERS), "give 0 or a positive number"),
    (Share, (0, 0.5, 1, 1.0), (-5e-324, math.nextafter(1, 2), *NO_NUMBERS), "give a number from 0 to 1"),
    (Fraction, (0, math.nextafter(1, 0)), (1, 1.0, -5e-324, *NO_NUMBERS), "give 0 or a positive number below 1"),
    (float, (-1e308, 0, 3), NO_NUMBERS, "give a number"),
    (int, (-(2**70), 0), (0.0, True, "1", None), "give a whole number"),
    (bool, (True, False), (0, 1, "yes", None), "give True or False"),
    (str, ("", "a"), (1, None), "give a str"),
    (Literal["a", 1], ("a", 1), ("b", True, 1.0, None), "choose 'a', 1"),
    (Count | None, (None, 3), (0, "3"), "give a positive whole number below 2^31 or None"),
    (tuple[Count, ...], ((), (1,), (1, 2, 3)), ([1], (1, 0), 1, None), "give a tuple, each a positive whole number"),
    (Size, ((3, 4),), ((3,), (3, 4, 5), (0, 4), (3, 0), [3, 4]), "give (a positive whole number below 2^31, a posi"),
    (dict[str, Count], ({}, {"a": 1}), ({"a": 0}, {1: 1}, [("a", 1)]), "give a dict from a str to a positive whole"),
]  # fmt: skip
"""Annotation, values that it allows, values that it does not, and what is said to these."""


@pytest.mark.parametrize(("hint", "allowed", "refused", "words"), FIELDS, ids=lambda value: str(value)[:20])
def test_fields_take_what_their_annotation_allows(
    hint: Any, allowed: tuple[Any, ...], refused: tuple[Any, ...], words: str
) -> None:
    kind = make_dataclass("Described", [("field", hint)], frozen=True)
    for value in allowed:
        check_fields(kind(value))
    for value in refused:
        with pytest.raises(DescriptionError, match=rf"^Described\.field is .*: {re.escape(words)}"):
            check_fields(kind(value))


def test_an_annotation_that_nothing_tests_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="cannot annotate a field of a description"):
        check_fields(make_dataclass("Described", [("field", 5)])(1))


def test_numbers_are_those_that_have_a_float() -> None:
    assert all(is_finite(value) is True for value in (0, -1, 0.5, 10**300))
    assert not any(map(is_finite, NO_NUMBERS))
