"""What the command that times nets does once its arguments are known."""

from __future__ import annotations

import argparse
import importlib.util
import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from bench.latency.arguments import RESULTS, file_name, output, ticket_files
from bench.latency.construct import construct
from bench.latency.measure import Plan, measure
from bench.latency.printed import OURS
from bench.latency.rows import FAILED, Row, slug, write_rows
from bench.latency.simulated import write_simulated
from bench.latency.subjects import Subject, baseline, ticket_stages
from bench.latency.variants import known_variants
from bench.networks import NetworkError
from bench.provenance import code_id, processor_name, versions
from supertickets.checkout import default_place
from supertickets.discovery import Definitions
from supertickets.rounds import LatencyError
from supertickets.ticket import Ticket, TicketError

FOUND_BY_NAME = {
    "bench.latency.variants": "VARIANTS",
    "bench.networks": "NETWORK",
    "bench.accelerator.rules": "RULES",
    "supertickets.architectures": "ARCHITECTURE",
}
"""Package -> name that its modules bind: no import statement leads to them, and they change numbers."""


def carry_out(options: argparse.Namespace, given: Sequence[str]) -> int:
    """Measure or simulate, print, and write the CSV with its sidecar; returns the exit code.

    Args:
        options: what was given, parsed.
        given: the same as it was typed, which the sidecar names as its command.
    """
    about = {"command": shlex.join(["python", "-m", "bench.latency", *given])}
    try:
        if options.simulate:
            folder = options.out or default_place(RESULTS)
            for path in write_simulated(folder, _provenance({**about, "device": "none: simulated"})):
                print(f"wrote {path} and .json")
            return 0
        processor = processor_name("cuda" if torch.cuda.is_available() else "cpu")
        path = output(options.out or default_place(RESULTS) / file_name(processor, options.size))
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


def _subjects(options: argparse.Namespace) -> Iterator[Subject]:
    for key in options.networks:
        yield baseline(key)
    if options.tickets is None:
        yield from ticket_stages(OURS, construct(), trained=False)
        return
    for path in ticket_files(options.tickets):
        name = path.relative_to(options.tickets).with_suffix("") if options.tickets.is_dir() else path.stem
        yield from ticket_stages(slug(str(name)), Ticket.load(path), trained=True)


def _provenance(about: dict[str, Any]) -> dict[str, Any]:
    libraries = [name for name in ("onnxruntime", "onnx", "openvino") if importlib.util.find_spec(name)]
    found = [f"{package}.{module}" for package, name in FOUND_BY_NAME.items() for module in Definitions(name, package)]
    code = code_id(("bench.latency.command", *found))
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
