# PYTHON_ARGCOMPLETE_OK
"""Command line of the claims ledger: `python -m paper_tables.claims`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from paper_tables import registry
from paper_tables.audit import report
from paper_tables.claims import known, ledger, readings, summary
from paper_tables.claims.evidence import PRINTED
from paper_tables.claims.registry import claims, judged_tables
from paper_tables.profiles import BANNERS
from paper_tables.records import RecordError
from supertickets.checkout import default_place
from supertickets.command_line import not_written, run_command
from supertickets.command_parser import CommandParser, command_parser
from supertickets.documents.texts import DocumentError, present, read_text
from supertickets.files import write_atomically

RESULTS = Path(__file__).parents[1] / "results"
README = Path(__file__).parents[2] / "README.md"
AUDIT = Path(__file__).parents[2] / "docs" / "AUDIT.md"
CLAIMS = Path(__file__).parents[2] / "docs" / "CLAIMS.md"
READINGS = Path(__file__).parents[2] / "docs" / "READINGS.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge, print, and (without a selection) write two CSVs, the README's blocks and three pages of docs.

    Args:
        arguments: the command line; the process's own when None.

    Returns:
        0, also when claims are contradicted or not attempted; 1 when the list of known contradictions is out of date;
        2 for arguments or files that make no sense.
    """
    options = _parser().parse_args(arguments)
    if options.results != RESULTS and not options.results.is_dir():
        print(f"error: --results {options.results} is not a folder", file=sys.stderr)
        return 2
    try:
        judged = ledger.evaluate(claims(), judged_tables(), options.results)
        read = {profile: readings.evaluate(claims(), judged_tables(), options.results, profile) for profile in BANNERS}
        rewritten = _rewritten_readme(judged)
        audited = report.audit(registry.tables())
    except (DocumentError, RecordError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        written = _write(judged, read, audited, rewritten, options)
    except OSError as error:
        return not_written(_folder(options), error)
    _print(judged, audited, options.profile, options.audit)
    for path in written:
        print(f"wrote {path}")
    complaints = known.stale(judged.known.values(), judged.all(), judged.with_results)
    for complaint in complaints:
        print(f"error: {known.FILE.name}: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


def _rewritten_readme(judged: ledger.Ledger) -> str | None:
    """The README with its blocks written anew; None where that changes nothing.

    Raises:
        DocumentError: when it cannot be read, or its markers are no pair.
    """
    if not present(README):
        return None
    text = read_text(README, "restore the file")
    try:
        found = ledger.rewrite_block(text, summary.ANSWERS, summary.answers(judged))
        found = ledger.rewrite_block(found, summary.CLAIMS, summary.symbols(judged))
    except ValueError as error:
        raise DocumentError(README, str(error), "restore the markers") from error
    return None if found == text else found


def _write(
    judged: ledger.Ledger,
    read: Mapping[str, ledger.Ledger],
    audited: report.Audit,
    readme: str | None,
    options: argparse.Namespace,
) -> list[Path]:
    """Write all files, unless only a selection was asked for, and tell which; `readme` is None where it stays."""
    if options.profile is not None or options.audit:
        return []
    texts = {
        _folder(options) / "claims.csv": ledger.to_csv(judged),
        _folder(options) / "readings.csv": readings.to_csv(read),
    }
    # Results from elsewhere must not end up in this project's documentation.
    if _folder(options) == RESULTS:
        texts |= {
            CLAIMS: ledger.to_markdown(judged),
            AUDIT: report.to_markdown(audited),
            READINGS: readings.to_markdown(read),
        }
        if readme is not None:
            texts[README] = readme
    for path, text in texts.items():
        write_atomically(path, text.encode())
    return list(texts)


def _folder(options: argparse.Namespace) -> Path:
    """Where claims.csv goes: beside the results that were judged, where those are not an installed package's."""
    beside: Path = default_place(RESULTS) if options.results == RESULTS else options.results
    return options.out or beside


def _print(judged: ledger.Ledger, audited: report.Audit, profile: str | None, audit: bool) -> None:
    from rich.console import Console

    sources = [source for source, wanted in ((profile, profile is not None), (PRINTED, audit)) if source and wanted]
    console = Console(width=None if sys.stdout.isatty() else 120)
    ledger.to_terminal(judged, sources or ledger.SOURCES, console)
    if audit or profile is None:
        report.to_terminal(audited, console)


def _parser() -> CommandParser:
    parser = command_parser(
        "paper_tables.claims",
        "Judge the paper's claims on measured results and on the paper's own numbers. Without --profile "
        "and --audit the whole ledger is printed and written; a selection is printed only.",
    )
    parser.add_argument("--profile", choices=list(BANNERS), help="print only this profile's verdicts")
    parser.add_argument(
        "--audit",
        action="store_true",
        help="print only the verdicts on the printed numbers, and those of the sentences",
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder with <profile>/<table>.v<N>.csv")
    parser.add_argument("--out", type=Path, help="folder for claims.csv and readings.csv (default: beside the results)")
    return parser


if __name__ == "__main__":
    run_command(main)
