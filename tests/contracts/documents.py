"""Code and links in what people read."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


def blocks(page: Path) -> list[str]:
    """The blocks of Python on a page."""
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def example(path: str) -> str:
    """The worked example of CONTRIBUTING.md that stands for a file."""
    [found] = [block for block in blocks(ROOT / "CONTRIBUTING.md") if block.startswith(f"# {path}\n")]
    return found


def links(page: Path) -> list[str]:
    """What a page links to, as it is written."""
    return re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """What can be linked to on a page: its headings, spelled as web pages of repositories do."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
