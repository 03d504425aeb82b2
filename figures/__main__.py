# PYTHON_ARGCOMPLETE_OK
"""Command line of the figures: `python -m figures`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from figures.figure import Figure, describe, figures
from figures.reading import BANNERS, newest
from figures.style import save, style
from supertickets.checkout import default_place
from supertickets.command_line import not_written, run_command
from supertickets.command_parser import CommandParser, command_parser
from supertickets.documents.texts import DocumentError

RESULTS = Path(__file__).parents[1] / "paper_tables" / "results"
RENDERED = Path(__file__).parent / "rendered"


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw figures into `<out>/<profile>/<figure>.{svg,png}`.

    Args:
        arguments: the command line; the process's own when None.

    Returns:
        0, also when there are no results to draw yet; 1 when what was asked for by name has none; 2 for arguments or
        files that make no sense.
    """
    known = figures()
    options = _parser(known).parse_args(arguments)
    if not options.results.is_dir() and options.results != RESULTS:
        print(f"error: --results {options.results} is not a folder", file=sys.stderr)
        return 2
    missing, drawn = [], 0
    for figure in [known[options.figure]] if options.figure else known.values():
        remedy = "python -m paper_tables --table {}" + ("" if figure.folder else " --profile {}")
        only = figure.folder or options.profile
        for profile in [only] if only else BANNERS:
            try:
                lacking = render(figure, profile, options.results, options.out, options.format)
            except DocumentError as error:
                print(f"error: {error}", file=sys.stderr)
                return 2
            except OSError as error:
                return not_written(options.out, error)
            drawn += not lacking
            if lacking:
                missing.append(
                    f"{figure.name}, {profile} profile: no results of {', '.join(lacking)}; "
                    f"{remedy.format(lacking[0], profile)} makes them"
                )
    for line in missing:
        print(f"not drawn: {line}")
    return 1 if missing and (options.profile or (options.figure and not drawn)) else 0


def render(figure: Figure, profile: str, results: Path, out: Path, kind: str = "svg") -> list[str]:
    """Draw and save one figure; return the names of the tables that have no results, in which case nothing is drawn.

    Raises:
        DocumentError: for a result file that cannot be drawn.
    """
    paths = {name: newest(results, profile, name) for name in figure.needs}
    if lacking := [name for name, path in paths.items() if path is None]:
        return lacking
    found = {name: figure.read(path) for name, path in paths.items() if path is not None}
    with style():
        drawing = figure.draw(found, profile)
    metadata = {"Title": figure.title, "Description": describe(found, profile)}
    for path in save(drawing, out / profile / figure.name, metadata, [kind]):
        print(f"wrote {path}")
    return []


def _parser(known: Mapping[str, Figure]) -> CommandParser:
    parser = command_parser("figures", "Draw the figures from the result CSVs.")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--figure", choices=list(known), help="draw this one")
    which.add_argument("--all", action="store_true", help="draw every figure (the default)")
    parser.add_argument("--profile", choices=list(BANNERS), help="only this profile; all that have results if omitted")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder with <profile>/<table>.v<N>.csv")
    parser.add_argument("--format", choices=("svg", "png"), default="svg", help="of the pictures (default: svg)")
    parser.add_argument("--out", type=Path, default=default_place(RENDERED), help="folder for <profile>/<figure>.svg")
    return parser


if __name__ == "__main__":
    run_command(main)
