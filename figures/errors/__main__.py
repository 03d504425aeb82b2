# PYTHON_ARGCOMPLETE_OK
"""Command line: `python -m figures.errors report.json --out FOLDER`."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from figures.errors.costs import draw_costs
from figures.errors.curves import draw_curves
from figures.errors.reading import Report, read_report
from figures.style import save, style
from supertickets.command_line import not_written, run_command
from supertickets.command_parser import CommandParser, command_parser
from supertickets.documents.texts import DocumentError

DRAWINGS = {
    "costs": ("What each type of error costs", draw_costs),
    "curves": ("Precision over recall as errors are removed", draw_curves),
}
"""End of a file's name -> title, and what draws it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw reports of one kind into `<out>/<kind>-{costs,curves}.{png,svg}`.

    Returns:
        0, or 2 for files that are no reports of one kind or cannot be written.
    """
    options = _parser().parse_args(arguments)
    try:
        reports = [read_report(path) for path in options.reports]
        for path, report in zip(options.reports, reports, strict=True):
            if report.kind != reports[0].kind:
                others = f"is a report of {report.kind}, and {options.reports[0].name} of {reports[0].kind}"
                raise DocumentError(path, others, "draw one kind at a time")
        for name, (title, draw) in DRAWINGS.items():
            with style():
                drawing = draw(reports)
            for path in save(
                drawing, options.out / f"{reports[0].kind}-{name}", _metadata(title, reports), ("png", "svg")
            ):
                print(f"wrote {path}")
    except DocumentError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        return not_written(options.out, error)
    return 0


def _metadata(title: str, reports: Sequence[Report]) -> dict[str, str]:
    fingerprint = hashlib.sha256(repr(reports).encode()).hexdigest()[:12]
    names = ", ".join(report.name for report in reports)
    return {"Title": title, "Description": f"reports: {names}; kind: {reports[0].kind}; fingerprint: {fingerprint}"}


def _parser() -> CommandParser:
    parser = command_parser("figures.errors", "Draw reports of bench.errors.")
    parser.add_argument("reports", type=Path, nargs="+", help="JSON files that `python -m bench.errors --out` wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for <kind>-{costs,curves}.{png,svg}")
    return parser


if __name__ == "__main__":
    run_command(main)
