# PYTHON_ARGCOMPLETE_OK
"""Command line of the report: `python -m figures.report`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from figures.__main__ import RENDERED, RESULTS
from figures.figure import figures
from figures.reading import BANNERS
from figures.report.contents import gather
from figures.report.page import to_html
from supertickets.checkout import default_place
from supertickets.command_line import not_written, run_command
from supertickets.command_parser import CommandParser, command_parser
from supertickets.documents.texts import DocumentError
from supertickets.files import write_atomically


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report.

    Args:
        arguments: the command line; the process's own when None.

    Returns:
        0; 2 when there is nothing to report or a file cannot be read or written.
    """
    options = _parser().parse_args(arguments)
    try:
        report = gather(options.results, options.rendered, figures(), options.profile)
    except DocumentError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        write_atomically(options.out, to_html(report).encode())
    except OSError as error:
        return not_written(options.out, error)
    for profile in report.profiles:
        for section in profile.sections:
            for picture in section.pictures:
                if picture.problem:
                    print(f"not in the report: {picture.name}, {profile.name} profile: {picture.problem}")
    print(f"wrote {options.out} ({options.out.stat().st_size / 1e6:.1f} MB)")
    return 0


def _parser() -> CommandParser:
    parser = command_parser("figures.report", "Put claims, tables, figures and their origins on one HTML page.")
    parser.add_argument("--profile", choices=list(BANNERS), help="only this profile; all that have results if omitted")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder with claims.csv and <profile>/*.csv")
    parser.add_argument("--rendered", type=Path, default=RENDERED, help="folder with <profile>/<figure>.svg")
    parser.add_argument("--out", type=Path, default=default_place(RENDERED) / "report.html", help="file to write")
    return parser


if __name__ == "__main__":
    run_command(main)
