"""Every figure, whoever adds it, can be read at the size at which it is shown: as committed, or of made-up results."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from figures import reading
from figures.__main__ import RESULTS
from figures.figure import Figure, figures
from figures.page import WIDTH
from figures.style import SMALLEST, style
from paper_tables.records import write
from paper_tables.registry import tables
from tests.claims.test_records import fabricate
from tests.layout import assert_can_be_read

pytestmark = pytest.mark.slow

TALLEST = 11.7
"""Inches: a sheet of A4."""


def cases() -> Iterator[Any]:
    """Every figure with every profile of which there are results; with none where it has no committed results."""
    for figure in figures().values():
        folders = [figure.folder] if figure.folder else list(reading.BANNERS)
        profiles = [name for name in folders if all(reading.newest(RESULTS, name, needed) for needed in figure.needs)]
        # Tables with columns of their own have made-up lines in tests of their own.
        made_up = [""] if figure.read is reading.read else []
        for profile in profiles or made_up:
            yield pytest.param(figure, profile, id=f"{figure.name}-{profile or 'made up'}")


def found(figure: Figure, profile: str, folder: Path) -> dict[str, Any]:
    """What the figure's tables say: committed results of `profile`, or made-up ones without."""
    if profile:
        paths = {name: reading.newest(RESULTS, profile, name) for name in figure.needs}
        return {name: figure.read(path) for name, path in paths.items() if path is not None}
    known = tables()
    for name in figure.needs:
        write(folder / known[name].file_name, fabricate(known[name]))
    return {name: figure.read(folder / known[name].file_name) for name in figure.needs}


@pytest.mark.parametrize(("figure", "profile"), list(cases()))
def test_it_can_be_read_where_it_is_shown(figure: Figure, profile: str, tmp_path: Path) -> None:
    with style():
        drawing = figure.draw(found(figure, profile, tmp_path), profile or "embedded")
        width, height = drawing.get_size_inches()
        assert width == WIDTH, "shown as large as it is drawn"
        assert height <= TALLEST
        said = "\n".join(text.get_text() for text in assert_can_be_read(drawing, SMALLEST))
    if profile in reading.BANNERS or not profile:
        assert reading.BANNERS[profile or "embedded"] in said
    if "n = 1 seed" in said:
        assert "interval (" not in said, "a legend promises none"
