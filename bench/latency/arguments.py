"""The command line of what times nets, and the checks of what is given there; loads nothing that computes."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.latency.printed import BASELINES, IMAGE_SIZE
from bench.latency.rows import VERSION, slug
from bench.networks import network_names
from supertickets.argument_types import MOST_THREADS, WholeNumber, image_size
from supertickets.command_parser import CommandParser, command_parser
from supertickets.discovery import Definitions
from supertickets.files import require_writable
from supertickets.rounds import MOST_ROUNDS, LatencyError

RESULTS = Path(__file__).parents[2] / "paper_tables" / "results" / "latency"


def variant_keys() -> list[str]:
    """Keys of all ways to run, read from the sources."""
    return [key for keys in Definitions("KEYS", "bench.latency.variants").literals().values() for key in keys]


def parser() -> CommandParser:
    """Return the parser of the command line."""
    found = command_parser(
        "bench.latency", "Time one image through the networks of Tab. 10 and through tickets, all in turns."
    )
    found.add_argument(
        "--tickets", type=Path, help="a ticket or a folder of tickets (default: one constructed to Tab. 10)"
    )
    found.add_argument(
        "--networks",
        nargs="*",
        choices=network_names(),
        default=list(BASELINES),
        metavar="KEY",
        help="baselines to time",
    )
    found.add_argument(
        "--variants", nargs="+", choices=variant_keys(), metavar="KEY", help="ways to run (default: all)"
    )
    found.add_argument("--image-size", type=image_size, default=IMAGE_SIZE, metavar="HxW", help="image size in pixels")
    found.add_argument("--rounds", type=WholeNumber(2, MOST_ROUNDS), default=20, help="timed rounds")
    found.add_argument("--warmup", type=WholeNumber(1, MOST_ROUNDS), default=2, help="rounds before that")
    found.add_argument("--threads", type=WholeNumber(1, MOST_THREADS), default=1, help="CPU threads")
    found.add_argument(
        "--out", type=Path, help="CSV to write, a folder with --simulate (default: named after the processor)"
    )
    found.add_argument("--simulate", action="store_true", help="write the accelerator's CSVs; measure nothing")
    return found


def check(options: argparse.Namespace) -> None:
    """Refuse what cannot be measured or written, before anything is loaded.

    Raises:
        LatencyError: naming it.
    """
    if options.simulate:
        if options.image_size != IMAGE_SIZE:
            raise LatencyError("--simulate always takes 512x1024, the image of Tab. 10: drop --image-size")
        return
    if options.out is not None:
        output(options.out)
    if options.tickets is not None:
        ticket_files(options.tickets)


def ticket_files(place: Path) -> list[Path]:
    """The ticket at a place, or those in the folder that is there.

    Raises:
        LatencyError: when there is none in the folder.
    """
    paths = sorted(place.rglob("*.safetensors")) if place.is_dir() else [place]
    if not paths:
        raise LatencyError(f"--tickets {place}: no .safetensors file in this folder")
    return paths


def file_name(device: str, size: tuple[int, int]) -> str:
    """Where the rows of a device go: those at another size than the paper's never replace those at it."""
    other = "" if size == IMAGE_SIZE else f"-{size[0]}x{size[1]}"
    return f"{slug(device)}{other}.v{VERSION}.csv"


def output(path: Path) -> Path:
    """The file to write, before minutes are spent on what goes into it.

    Raises:
        LatencyError: when it cannot be written.
    """
    try:
        require_writable(path.parent)
    except OSError as error:
        raise LatencyError(f"--out {path}: cannot be written ({error.strerror}); name another file") from error
    if path.is_dir():
        raise LatencyError(f"--out {path} is a folder: name a CSV file")
    return path
