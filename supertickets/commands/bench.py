"""`supertickets bench`: how fast a ticket is on this machine, in several runtimes, measured in turns."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from supertickets.argument_types import MOST_THREADS, WholeNumber, image_size
from supertickets.commands import Command
from supertickets.rounds import MOST_ROUNDS
from supertickets.wording import counted


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("ticket", type=Path, metavar="TICKET")
    parser.add_argument("--image-size", type=image_size, metavar="HxW", help="(default: the ticket's own)")
    parser.add_argument(
        "--rounds",
        type=WholeNumber(2, MOST_ROUNDS),
        default=30,
        help="in each of which all are timed once (default: 30)",
    )
    parser.add_argument("--threads", type=WholeNumber(1, MOST_THREADS), default=1, help="(default: 1)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the table as CSV, too")


def _run(options: Namespace) -> int:
    import torch

    import supertickets
    from supertickets.files import require_file, write_csv
    from supertickets.own.runtimes import runtimes
    from supertickets.purpose import purpose_of
    from supertickets.rounds import Timed, interleaved

    if options.csv:
        require_file(options.csv)
    ticket = supertickets.load(options.ticket)
    size = options.image_size or purpose_of(ticket).image_size
    image = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0))
    before = torch.get_num_threads()
    torch.set_num_threads(options.threads)
    try:
        ways, missing = runtimes(ticket, image, options.threads)
        times = interleaved({name: Timed(run) for name, run in ways.items()}, options.rounds)
    finally:
        torch.set_num_threads(before)
    threads, rounds = counted(options.threads, "thread"), counted(options.rounds, "round")
    print(f"one picture of {size[0]}x{size[1]}, {threads}, {rounds} in turns")
    lines = []
    for name, found in times.items():
        low, high = found.quartiles_ms
        lines.append(
            {"runtime": name, "median_ms": f"{found.median_ms:.3f}", "q1_ms": f"{low:.3f}", "q3_ms": f"{high:.3f}"}
        )
        print(f"{name:14} {found.median_ms:9.3f} ms   quartiles {low:.3f} to {high:.3f}")
    for name, reason in missing.items():
        print(f"{name:14} not run: {reason}")
    if options.csv:
        write_csv(options.csv, list(lines[0]), lines)
    return 0


COMMAND = Command("bench", "time a ticket on this machine: torch, sparse engine, ONNX Runtime", _add, _run)
