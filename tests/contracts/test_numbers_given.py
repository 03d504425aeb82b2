"""Every number on any command line has bounds, and what lies outside ends in one clear error at once."""

from __future__ import annotations

import argparse
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supertickets.argument_types import MOST_THREADS, Amount, PositiveNumber, WholeNumber, image_size
from supertickets.commands import LARGEST_SEED
from tests.contracts.commands import parsers_of, sources

ABSURD = (
    "2147483648", "9223372036854775808", "9" * 5000, "-1", "-2147483649", "0", "1e999", "nan", "inf", "-inf", "1_0",
    "\u0661", "0x10", " ", "", "9" * 400 + ".5", "99999x99999", "0x0",
)  # fmt: skip
"""No number that an option takes; the Arabic digit is one to `int`."""


TAKEN: dict[object, str] = {
    WholeNumber(0, MOST_THREADS): "0", WholeNumber(0, LARGEST_SEED): "0",
    Amount(): "2147483648", Amount("B"): "2147483648",
}  # fmt: skip
"""What some options do take."""


def numeric(module: str) -> list[argparse.Action]:
    """The options of a command that take a number, or numbers."""
    actions = [action for parser in parsers_of(module) for action in parser._actions]
    return [action for action in actions if takes_a_number(action)]


def takes_a_number(action: argparse.Action) -> bool:
    """Whether it makes a number of a text that is one."""
    if not callable(action.type):
        return False
    for text in ("8", "64x64"):
        try:
            made = action.type(text)
        except (argparse.ArgumentTypeError, ValueError):
            continue
        if isinstance(made, int | float | tuple | list):
            return True
    return False


@pytest.mark.slow
def test_the_options_are_found() -> None:
    found = {action.dest for module in sources() for action in numeric(module)}
    assert {"threads", "rounds", "warmup", "seeds", "jobs", "image_size", "clock", "multipliers", "bandwidth"} <= found


@pytest.mark.slow
@pytest.mark.parametrize("module", sources())
def test_no_number_is_without_bounds(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    for action in numeric(module):
        option = action.option_strings[0]
        parser = argparse.ArgumentParser(prog="x")
        parser.add_argument(option, type=action.type)
        for text in ABSURD:
            if text == TAKEN.get(action.type):
                continue
            with pytest.raises(SystemExit) as ended:
                parser.parse_args([f"{option}={text}"])
            assert ended.value.code == 2, (option, text)
            _, error = capsys.readouterr().err.split("error: ")
            assert error.startswith(f"argument {option}: ") and "give" in error and len(error) < 250, (option, text)
            assert error.count("\n") == 1


@pytest.mark.fast
@given(low=st.integers(-50, 50), width=st.integers(0, 50), number=st.integers(-120, 120))
def test_a_whole_number_is_taken_where_it_is_within_bounds(low: int, width: int, number: int) -> None:
    option = WholeNumber(low, low + width)
    if low <= number <= low + width:
        assert option(str(number)) == number
    else:
        with pytest.raises(argparse.ArgumentTypeError, match=f"{low} to {low + width}"):
            option(str(number))


@pytest.mark.fast
@given(number=st.floats(allow_nan=True, allow_infinity=True))
def test_a_positive_number_is_taken_where_it_is_within_bounds(number: float) -> None:
    option = PositiveNumber(100)
    if 0 < number <= 100:
        assert option(repr(number)) == number
    else:
        with pytest.raises(argparse.ArgumentTypeError, match="above 0, at most 100"):
            option(repr(number))


@pytest.mark.fast
def test_the_largest_image() -> None:
    assert image_size("8192x1") == (8192, 1)
    with pytest.raises(argparse.ArgumentTypeError, match="at most 8192"):
        image_size("8193x1")


@pytest.mark.fast
@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [("300M", "", 300_000_000), ("1.5G", "", 1_500_000_000), ("500kB", "B", 500_000), ("500K", "B", 500_000)],
)
def test_an_amount_is_written_as_people_do(text: str, unit: str, number: int) -> None:
    assert Amount(unit)(text) == number


@pytest.mark.fast
@pytest.mark.parametrize("text", ["0", "0.2", "300T", "M", "-3M", "1e6", "500kB"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"{text!r}: give an amount such as 300M or 500k"):
        Amount()(text)


@pytest.mark.slow
def test_an_option_means_the_same_in_every_command() -> None:
    """What it takes, by the name it has: `--image-size` is that of pictures, and `--json` a flag."""
    kinds: defaultdict[str, set[tuple[str, object]]] = defaultdict(set)
    for module in sources():
        for action in (action for parser in parsers_of(module) for action in parser._actions):
            for option in action.option_strings:
                kinds[option].add((str(action.type), action.nargs))
    assert {option: found for option, found in kinds.items() if len(found) > 1} == {}
    assert "--size" not in kinds and kinds["--json"] == {("None", 0)}
