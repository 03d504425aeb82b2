"""Every number on any command line has bounds, and what lies outside ends in one clear error at once."""

from __future__ import annotations

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supertickets.argument_types import MOST_THREADS, Amount, PositiveNumber, WholeNumber, image_size, usable_cores
from supertickets.commands import LARGEST_SEED, commands
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

TRAINING = {
    "--minutes": (("1e-9", "10080"), ("0", "10080.1")), "--seed": (("0", "2147483647"), ("-1", "2147483648")),
    "--steps": (("1", "1000000"), ("0", "1000001")), "--rate": (("1e-9", "1000"), ("0", "1000.1")),
}  # fmt: skip
BOUNDS = {
    ("bench", "--rounds"): (("2", "10000"), ("1", "10001")),
    ("bench", "--threads"): (("1", "64"), ("0", str(max(64, usable_cores()) + 1))),
    ("draw", "--sparsity"): (("1", "99"), ("0", "100")),
    **{(command, option): bounds for command in ("draw", "transfer") for option, bounds in TRAINING.items()},
}
"""Commands on tickets and their options -> numbers that are just within the bounds, and just outside."""


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
    assert {"threads", "rounds", "warmup", "seeds", "jobs", "size", "clock", "multipliers", "bandwidth"} <= found


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


def bounded() -> dict[tuple[str, str], argparse.Action]:
    """Command on tickets and option -> the option, of those that have bounds."""
    found = {}
    for name, command in commands().items():
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        options = [action for action in parser._actions if isinstance(action.type, WholeNumber | PositiveNumber)]
        found.update({(name, action.option_strings[0]): action for action in options})
    return found


@pytest.mark.fast
def test_the_bounds_of_numbers_for_commands_on_tickets() -> None:
    options = bounded()
    assert options.keys() == BOUNDS.keys()
    for option, (within, outside) in BOUNDS.items():
        made = options[option].type
        assert callable(made)
        assert [made(text) for text in within] == [float(text) for text in within], option
        for text in outside:
            with pytest.raises(argparse.ArgumentTypeError):
                made(text)


@pytest.mark.fast
def test_the_numbers_that_are_taken_by_default_are_those_that_are_told() -> None:
    taken = {option: action for option, action in bounded().items() if action.default is not None}
    assert taken
    for option, action in taken.items():
        assert f"(default: {action.default:g})" in str(action.help), option


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
