"""What a ticket says it is for can be read again whenever it can be written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from supertickets.descriptions import DescriptionError
from supertickets.purpose import Purpose
from supertickets.ticket import Ticket
from tests.example_tickets import PURPOSE
from tests.net_masks import random_masks
from tests.properties.small import TINY

pytestmark = pytest.mark.fast

MOST_NAMES, LONGEST_NAME = 65_536, 256


def test_a_ticket_of_many_classes_is_read_again(tmp_path: Path) -> None:
    config = replace(TINY, outputs=300)
    net = config.build(0)
    names = tuple(f"class {number}" for number in range(299))
    purpose = replace(PURPOSE, names=(*names, "ä" * LONGEST_NAME))
    ticket = replace(Ticket.of(config, net, random_masks(net, 50)), purpose=purpose)
    path = tmp_path / "ticket.safetensors"
    path.write_bytes(ticket.to_bytes())
    assert Ticket.load(path).purpose == purpose


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("a",) * (MOST_NAMES + 1), f"Purpose.names has 65537 names: give at most {MOST_NAMES}"),
        (("road", "b" * (LONGEST_NAME + 1)), r"Purpose.names has 'bbb.*: give texts of at most 256 letters"),
        (("\ud800",), r"Purpose.names has '\\ud800': give texts of at most 256 letters that UTF-8 can hold"),
    ],
)
def test_names_that_no_file_holds_are_refused_when_made(names: tuple[str, ...], said: str) -> None:
    with pytest.raises(DescriptionError, match=said):
        replace(PURPOSE, names=names)


def given(field: str, value: Any) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(json.dumps(asdict(PURPOSE)))
    return {**values, field: value}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (lambda: given("names", ["a"] * (MOST_NAMES + 1)), f"names is .*: give a list of at most {MOST_NAMES}"),
        (lambda: given("names", ["\ud800"]), r"names is '\\ud800': give"),
        (lambda: given("mean", [0.5] * 257), "mean is .*: give a list of at most 256"),
    ],
)
def test_what_cannot_have_been_written_is_refused_when_read(values: Callable[[], dict[str, Any]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Purpose.from_values(values())


def test_as_many_names_as_can_be_written_are_read() -> None:
    assert Purpose.from_values(given("names", ["a"] * MOST_NAMES)) == replace(PURPOSE, names=("a",) * MOST_NAMES)
