"""Command line: `python -m bench.latency --size 512x1024`."""

from __future__ import annotations

import argparse
import importlib.util
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from bench.arguments import MOST_THREADS, WholeNumber, image_size
from bench.latency import BASELINES, LatencyError, Plan, Row, Subject, baseline, construct, measure, ticket_stages
from bench.latency.printed import IMAGE_SIZE, OURS
from bench.latency.rounds import MOST_ROUNDS
from bench.latency.rows import FAILED, VERSION, slug, write_rows
from bench.latency.simulated import write_simulated
from bench.latency.variants import known_variants
from bench.networks import NetworkError
from bench.provenance import code_id, processor_name, versions
from supertickets.command_line import run_command
from supertickets.discovery import Definitions
from supertickets.files import require_writable
from supertickets.ticket import Ticket, TicketError

FOUND_BY_NAME = {
    "bench.latency.variants": "VARIANTS",
    "bench.networks": "NETWORK",
    "bench.accelerator.rules": "RULES",
    "supertickets.architectures": "ARCHITECTURE",
}
"""Package -> name that its modules bind: no import statement leads to them, and they change numbers."""

RESULTS = Path(__file__).parents[2] / "paper_tables" / "results" / "latency"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the CSV with its sidecar.

    Returns:
        0; 1 when a variant failed (its rows say how); 2 for arguments that cannot be used.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    about = {"command": shlex.join(["python", "-m", "bench.latency", *given])}
    try:
        if options.simulate:
            if options.size != IMAGE_SIZE:
                raise LatencyError("--simulate always takes 512x1024, the image of Tab. 10: drop --size")
            folder = options.output or RESULTS
            for path in write_simulated(folder, _provenance({**about, "device": "none: simulated"})):
                print(f"wrote {path} and .json")
            return 0
        processor = processor_name("cuda" if torch.cuda.is_available() else "cpu")
        path = _output(options.output or RESULTS / file_name(processor, options.size))
        plan = Plan(options.size, options.rounds, options.warmup, options.threads)
        known = known_variants()
        chosen = [known[key] for key in options.variants or known]
        rows = measure(_subjects(options), chosen, plan, lambda text: print(text, file=sys.stderr))
    except (LatencyError, NetworkError, TicketError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    write_rows(path, rows, _provenance({**about, "device": processor, "threads": options.threads}))
    _show(rows)
    print(f"wrote {path} and .json")
    return 1 if any(row.status.startswith(FAILED) for row in rows) else 0


def file_name(device: str, size: tuple[int, int]) -> str:
    """Where the rows of a device go: those at another size than the paper's never replace those at it."""
    other = "" if size == IMAGE_SIZE else f"-{size[0]}x{size[1]}"
    return f"{slug(device)}{other}.v{VERSION}.csv"


def _output(path: Path) -> Path:
    """The file to write, before minutes are spent on what goes into it.

    Raises:
        LatencyError: when it cannot be written.
    """
    try:
        require_writable(path.parent)
    except OSError as error:
        raise LatencyError(f"--output {path}: cannot be written ({error.strerror}); name another file") from error
    if path.is_dir():
        raise LatencyError(f"--output {path} is a folder: name a CSV file")
    return path


def _subjects(options: argparse.Namespace) -> Iterator[Subject]:
    for key in options.networks:
        yield baseline(key)
    if options.tickets is None:
        yield from ticket_stages(OURS, construct(), trained=False)
        return
    paths = sorted(options.tickets.rglob("*.safetensors")) if options.tickets.is_dir() else [options.tickets]
    if not paths:
        raise LatencyError(f"--tickets {options.tickets}: no .safetensors file in this folder")
    for path in paths:
        name = path.relative_to(options.tickets).with_suffix("") if options.tickets.is_dir() else path.stem
        yield from ticket_stages(slug(str(name)), Ticket.load(path), trained=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.latency",
        description="Time one image through the networks of Tab. 10 and through tickets, all in turns.",
    )
    parser.add_argument(
        "--tickets", type=Path, help="a ticket or a folder of tickets (default: one constructed to Tab. 10)"
    )
    parser.add_argument("--networks", nargs="*", default=list(BASELINES), metavar="KEY", help="baselines to time")
    parser.add_argument(
        "--variants", nargs="+", choices=list(known_variants()), metavar="KEY", help="ways to run (default: all)"
    )
    parser.add_argument("--size", type=image_size, default=IMAGE_SIZE, metavar="HxW", help="image size in pixels")
    parser.add_argument("--rounds", type=WholeNumber(2, MOST_ROUNDS), default=20, help="timed rounds")
    parser.add_argument("--warmup", type=WholeNumber(1, MOST_ROUNDS), default=2, help="rounds before that")
    parser.add_argument("--threads", type=WholeNumber(1, MOST_THREADS), default=1, help="CPU threads")
    parser.add_argument(
        "--output", type=Path, help=f"CSV to write, a folder with --simulate (default: in {RESULTS.name}/)"
    )
    parser.add_argument("--simulate", action="store_true", help="write the accelerator's CSVs; measure nothing")
    return parser


def _provenance(about: dict[str, Any]) -> dict[str, Any]:
    libraries = [name for name in ("onnxruntime", "onnx") if importlib.util.find_spec(name)]
    found = [f"{package}.{module}" for package, name in FOUND_BY_NAME.items() for module in Definitions(name, package)]
    code = code_id(("bench.latency.__main__", *found))
    return {
        **about,
        "code_ids": {"latency": code},
        "versions": versions(("torch", "torchvision", "numpy", *libraries)),
    }


def _show(rows: Sequence[Row]) -> None:
    from rich.console import Console
    from rich.table import Table

    grid = Table("network", "variant", "ms [quartiles]", "status")
    for row in rows:
        if row.metric == "latency_ms":
            grid.add_row(row.network, row.variant, f"{row.median} [{row.iqr_low}, {row.iqr_high}]", row.status)
    Console(width=None if sys.stdout.isatty() else 120).print(grid)


if __name__ == "__main__":
    run_command(main)
