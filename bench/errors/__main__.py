# PYTHON_ARGCOMPLETE_OK
"""Command line: `python -m bench.errors --truth gt.json --detections dt.json --kind box --out box.json`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.errors import KINDS, AnalysisError, analyse
from bench.errors.keypoint_errors import SMALLEST
from bench.errors.text import lines
from supertickets.argument_types import LARGEST_SIDE, PositiveNumber
from supertickets.command_line import run_command
from supertickets.command_parser import CommandParser, command_parser
from supertickets.files import require_writable, write_atomically

LARGEST_TOLERANCE = 10.0
"""A joint may then be anywhere within the person."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Analyse, write what was asked for, and print.

    Returns:
        0, or 2 for files that cannot be analysed or written; with --plots what drawing them returns.
    """
    options = _parser().parse_args(arguments)
    try:
        for folder in (options.out and options.out.parent, options.plots):
            if folder:
                require_writable(folder)
        report = analyse(
            options.truth, options.detections, options.kind, sigmas=options.sigmas, smallest=options.smallest,
            pycocotools=not options.without_pycocotools,
        )  # fmt: skip
        if options.out:
            write_atomically(options.out, _as_json(report))
    except AnalysisError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename}: cannot be written ({error.strerror})", file=sys.stderr)
        return 2
    code, drawn = _drawn(report, options.plots) if options.plots else (0, "")
    print("\n".join(lines(report)))
    if options.out:
        print(f"wrote {options.out}")
    print(drawn, end="")
    return code


def _as_json(report: dict[str, Any]) -> bytes:
    return (json.dumps(report, allow_nan=False) + "\n").encode()


def _drawn(report: dict[str, Any], folder: Path) -> tuple[int, str]:
    """Exit code and output of the command that draws: figures read files and know nothing of what wrote them."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / f"{report['kind']}.json"
        path.write_bytes(_as_json(report))
        drawing = subprocess.run(
            [sys.executable, "-m", "figures.errors", str(path), "--out", str(folder)],
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
    return drawing.returncode, drawing.stdout


def _tolerances(text: str) -> list[float]:
    tolerance = PositiveNumber(LARGEST_TOLERANCE)
    return [tolerance(word) for word in text.split(",")]


def _parser() -> CommandParser:
    parser = command_parser(
        "bench.errors", "Tell which errors detections, masks or keypoints have, and what each type of them costs."
    )
    parser.add_argument("--truth", type=Path, required=True, help="annotations in COCO's layout")
    parser.add_argument("--detections", type=Path, required=True, help="a list of COCO results")
    parser.add_argument("--kind", choices=KINDS, required=True, help="what was detected")
    parser.add_argument(
        "--out", "--json", type=Path, metavar="FILE", help="write everything there, as JSON (docs/errors.md)"
    )
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw the costs and the curves there")
    parser.add_argument(
        "--sigmas", type=_tolerances, metavar="S,S,...", help="OKS tolerance of each joint (default: COCO's 17)"
    )
    parser.add_argument(
        "--smallest", type=PositiveNumber(LARGEST_SIDE**2), default=SMALLEST, metavar="AREA",
        help="people count from this area on, in square pixels (default: 1024); miniatures need less",
    )  # fmt: skip
    parser.add_argument(
        "--without-pycocotools", action="store_true", help="do not evaluate with pycocotools, too: that takes longest"
    )
    return parser


if __name__ == "__main__":
    run_command(main)
