"""`supertickets info`: what a ticket is, what it costs and where it comes from."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supertickets.argument_types import image_size
from supertickets.commands import Command, dense_bytes

if TYPE_CHECKING:
    from supertickets.ticket import Ticket


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("ticket", type=Path, metavar="TICKET")
    parser.add_argument("--image-size", type=image_size, metavar="HxW", help="that is counted for (default: its own)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def _run(options: Namespace) -> int:
    import json

    import supertickets

    ticket = supertickets.load(options.ticket)
    about = facts(ticket, options.ticket.stat().st_size, options.image_size)
    if options.json:
        print(json.dumps(about, indent=1))
        return 0
    for name in ("purpose", "provenance", "cost"):
        print(name)
        for key, value in about[name].items():
            print(f"  {key:15} {value:,}" if isinstance(value, int) else f"  {key:15} {value}")
    print(f"architecture\n  {about['architecture']}\n  {about['search']}")
    width = max(len(layer["name"]) for layer in about["layers"])
    print(f"{'layer':{width}} {'weights':>9} {'kept':>9} {'sparsity':>8} {'MACs':>12}")
    for layer in about["layers"]:
        line = f"{layer['name']:{width}} {layer['weights']:9,} {layer['kept']:9,} "
        print(line + (f"{layer['sparsity']:8.1%} " if layer["weights"] else " " * 9) + f"{layer['macs']:12,}")
    return 0


def facts(ticket: Ticket, file_bytes: int, size: tuple[int, int] | None = None) -> dict[str, Any]:
    """All that `info` says, as plain JSON values."""
    from dataclasses import asdict

    import supertickets

    costs = supertickets.cost(ticket, size)
    whole = ticket.architecture.shape(ticket.architecture.build(0))
    left, all_units = (sum(sum(counts) for counts in shape.values()) for shape in (ticket.shape, whole))
    return {
        "purpose": asdict(ticket.purpose) if ticket.purpose else {},
        "provenance": dict(ticket.provenance),
        "cost": {
            "file bytes": file_bytes,
            "dense bytes": dense_bytes(ticket),
            "sparsity": f"{ticket.sparsity:.2%} of the weights that were compared",
            "params_total": costs.params_total,
            "params_nonzero": costs.params_nonzero,
            "macs_dense": costs.macs_dense,
            "macs_nonzero": costs.macs_nonzero,
        },
        "architecture": str(ticket.architecture),
        "search": f"{left} of {all_units} search units left",
        "layers": [
            {
                "name": layer.name,
                "weights": layer.params_total,
                "kept": layer.params_nonzero,
                "sparsity": round(1 - layer.params_nonzero / layer.params_total, 4) if layer.params_total else 0.0,
                "macs": layer.macs_nonzero,
            }
            for layer in costs.layers
        ],
    }


COMMAND = Command("info", "tell what a ticket is, what it costs and where it comes from", _add, _run)
