"""Text as wide as the terminal that shows it."""

from __future__ import annotations

import shutil
import sys
import textwrap


def say(text: str) -> None:
    """Print lines, each wrapped to the terminal's width with what is left of it set in further.

    Where nobody looks, as in a pipe or a file, a line stays a line.
    """
    width = shutil.get_terminal_size(fallback=(0, 0)).columns if sys.stdout.isatty() else 0
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        whole = not width or len(line) <= width
        print(line if whole else textwrap.fill(line, width, subsequent_indent=indent, break_on_hyphens=False))
