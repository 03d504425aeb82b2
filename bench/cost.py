# PYTHON_ARGCOMPLETE_OK
"""What a net costs: parameters, MACs, disk space, time on the simulated accelerator and, when asked, here.

`python -m bench.cost --model ticket.safetensors`, or `bench.cost_report.report("bisenet")` from Python.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from bench.accelerator.config import FASTEST_MHZ, MOST_MULTIPLIERS, SIGMA, STONNE, Accelerator, AcceleratorError
from bench.model_names import ModelError, check_model_name
from supertickets.argument_types import MOST_THREADS, PositiveNumber, WholeNumber, image_size
from supertickets.command_line import run_command
from supertickets.command_parser import CommandParser, command_parser
from supertickets.rounds import MOST_ROUNDS, LatencyError

if TYPE_CHECKING:
    from bench.cost_report import CostReport

ACCELERATORS = {"sigma": SIGMA, "stonne": STONNE}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a report; returns 0, or 2 for a model that cannot be counted or measured and for impossible options."""
    options = _parser().parse_args(arguments)
    try:
        check_model_name(options.model)
        accelerators = _accelerators(options)

        from bench.cost_report import report
        from bench.cost_text import lines
        from bench.latency.measure import Plan

        plan = Plan(rounds=options.rounds, threads=options.threads) if options.measure else None
        found = report(options.model, options.image_size, accelerators, plan)
    except (ModelError, LatencyError, AcceleratorError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(_as_json(found, layers=options.layers), indent=2, allow_nan=False))
    else:
        print("\n".join(lines(found, layers=options.layers)))
    return 0


def _accelerators(options: argparse.Namespace) -> list[Accelerator]:
    """The rule sets asked for, on the array asked for.

    Raises:
        AcceleratorError: for an array that the rules cannot have.
    """
    given = {
        "multipliers": options.multipliers,
        "distribution_bandwidth": options.bandwidth,
        "clock_mhz": options.clock,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    arrays = [ACCELERATORS[options.rules]] if options.rules else list(ACCELERATORS.values())
    # what limits the values that enter limits the results that leave, too, where the rules know of such a limit
    return [
        replace(array, **changes, reduction_bandwidth=options.bandwidth)
        if options.bandwidth is not None and array.reduction_bandwidth is not None
        else replace(array, **changes)
        for array in arrays
    ]


def _as_json(found: CostReport, *, layers: bool) -> dict[str, Any]:
    content = asdict(found)
    if not layers:
        for time in content["simulated"]:
            del time["layers"]
    return content


def _parser() -> CommandParser:
    parser = command_parser("bench.cost", "Tell parameters, MACs, disk space and time of a net or a ticket.")
    parser.add_argument(
        "--model",
        required=True,
        help="ticket.safetensors, a baseline network, torchvision:NAME or package.module:callable",
    )
    parser.add_argument(
        "--image-size", type=image_size, metavar="HxW", help="image size (default: the one it is meant for)"
    )
    parser.add_argument("--rules", choices=list(ACCELERATORS), help="accelerator rules (default: both)")
    parser.add_argument(
        "--multipliers", type=WholeNumber(8, MOST_MULTIPLIERS), metavar="N", help="size of the accelerator's array"
    )
    parser.add_argument(
        "--bandwidth",
        type=WholeNumber(1, MOST_MULTIPLIERS),
        metavar="N",
        help="values sent to the array per cycle; stonne: and taken from it",
    )
    parser.add_argument("--clock", type=PositiveNumber(FASTEST_MHZ), metavar="MHZ", help="clock of the accelerator")
    parser.add_argument("--layers", action="store_true", help="tell the simulated time of every layer, too")
    parser.add_argument("--measure", action="store_true", help="measure the latency on this machine, too")
    parser.add_argument("--rounds", type=WholeNumber(2, MOST_ROUNDS), default=20, help="timed rounds with --measure")
    parser.add_argument("--threads", type=WholeNumber(1, MOST_THREADS), default=1, help="CPU threads with --measure")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


if __name__ == "__main__":
    run_command(main)
