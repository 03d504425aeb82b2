"""Subcommands of `supertickets`, one file each; what they compute with is imported when one of them is run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supertickets.argument_types import PositiveNumber, WholeNumber
from supertickets.data.own_layouts import LAYOUTS
from supertickets.discovery import Definitions

if TYPE_CHECKING:
    from supertickets.ticket import Ticket

A_WEEK = 7 * 24 * 60.0
"""Minutes that a command may be given."""

LARGEST_SEED = 2**31 - 1


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


def add_data(parser: ArgumentParser, help_text: str) -> None:
    """The folder of pictures, and below all arguments what it may look like."""
    parser.add_argument("data", type=Path, metavar="DATA", help=help_text)
    parser.epilog = "\n\n".join(f"{task}: {layout}" for task, layout in LAYOUTS.items())


def add_training(parser: ArgumentParser) -> None:
    """Arguments of everything that trains."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="of the ticket, as in ticket.safetensors"
    )
    parser.add_argument("--minutes", type=PositiveNumber(A_WEEK), default=20.0, help="that all may take (default: 20)")
    parser.add_argument(
        "--seed", type=WholeNumber(0, LARGEST_SEED), default=0, help="of everything that chance decides (default: 0)"
    )
    parser.add_argument("--steps", type=WholeNumber(1, 1_000_000), help="per epoch, instead of a choice by time")
    parser.add_argument("--rate", type=PositiveNumber(1000.0), help="peak learning rate, instead of a test of several")


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
    dense = dense_bytes(ticket)
    print(
        f"wrote {path}, {len(image):,} bytes ({len(image) / dense:.0%} of the {dense:,} with all zeros stored), "
        f"sparsity {ticket.sparsity:.1%}{_asked_for(ticket)}"
    )
    print(draw_training(path.with_suffix(".training.png"), history, metric))


def dense_bytes(ticket: Ticket) -> int:
    """Size of a ticket's file if its zeros were stored, too."""
    return len(replace(ticket, masks={}).to_bytes())


def _asked_for(ticket: Ticket) -> str:
    """The sparsity that was asked for, where it is not what came out."""
    what, _, percent = ticket.provenance.get("asked for", "").partition(" ")
    if what != "sparsity" or abs(100 * ticket.sparsity - float(percent)) < 0.05:
        return ""
    return f" ({percent} % was asked for; the search's last step removed units after the last pruning)"
