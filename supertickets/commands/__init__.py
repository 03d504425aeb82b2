"""Subcommands of `supertickets`, one file each; what they compute with is imported when one of them is run."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supertickets.discovery import Definitions

if TYPE_CHECKING:
    from supertickets.ticket import Ticket

TASKS = ("classification", "segmentation", "pose")


@dataclass(frozen=True)
class Command:
    """A subcommand.

    Attributes:
        name: of it.
        help: what it does, in a few words.
        add_arguments: to its parser.
        run: carries it out and returns the exit code.
    """

    name: str
    help: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]


def commands() -> dict[str, Command]:
    """Every subcommand by name."""
    return Definitions("COMMAND", __name__).by("name")


def number_of(unit: str) -> Callable[[str], int]:
    """A type of arguments: a positive whole number such as 300M, which `unit` may follow."""
    from supertickets.own.amounts import amount

    def parsed(text: str) -> int:
        try:
            return amount(text, unit)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    return parsed


def image_size(text: str) -> tuple[int, int]:
    """A type of arguments: `96x128`, height and width."""
    sides = text.split("x")
    if len(sides) != 2 or not all(side.isdecimal() and 0 < int(side) < 2**16 for side in sides):
        raise ArgumentTypeError(f"{text!r} is no size: give height x width, as in 96x128")
    return int(sides[0]), int(sides[1])


def whole(text: str) -> int:
    """A type of arguments: a whole number from 0."""
    if not text.isdecimal() or len(text) > 15:
        raise ArgumentTypeError(f"{text!r} is no whole number")
    return int(text)


def add_training(parser: ArgumentParser) -> None:
    """Arguments of everything that trains."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="of the ticket, as in ticket.safetensors"
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="that all may take (default: 20)")
    parser.add_argument("--seed", type=whole, default=0, help="of everything that chance decides (default: 0)")
    parser.add_argument("--steps", type=whole, help="per epoch, instead of a choice by time")
    parser.add_argument("--rate", type=float, help="peak learning rate, instead of a test of several")


def say_scores(scores: dict[str, float], constant: tuple[float, str] | None = None) -> None:
    """Print metrics, and what a constant has of the first."""
    for number, (name, value) in enumerate(scores.items()):
        against = f"   ({constant[1]}: {constant[0]:.1f})" if constant and not number else ""
        print(f"{name:8} {value:5.1f} %{against}")


def write_ticket(path: Path, ticket: Ticket, history: list[dict[str, Any]], metric: str) -> None:
    """Write a ticket, and a picture of its training beside it."""
    from supertickets.files import write_atomically
    from supertickets.own.chart import draw_training

    image = ticket.to_bytes()
    write_atomically(path, image)
    print(f"wrote {path}, {len(image):,} bytes, sparsity {ticket.sparsity:.1%}")
    print(draw_training(path.with_suffix(".training.png"), history, metric))
