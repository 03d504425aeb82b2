# PYTHON_ARGCOMPLETE_OK
"""Command line: `python -m bench.latency --image-size 512x1024`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bench.latency.arguments import check, parser
from supertickets.command_line import run_command
from supertickets.rounds import LatencyError


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the CSV with its sidecar.

    Returns:
        0; 1 when a variant failed (its rows say how); 2 for arguments that cannot be used.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(given)
    try:
        check(options)
    except LatencyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2

    from bench.latency.command import carry_out

    return carry_out(options, given)


if __name__ == "__main__":
    run_command(main)
