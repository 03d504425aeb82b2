"""Tables with columns of their own, as figures read them: lines of text, and pictures in a folder beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supertickets.documents import cells
from supertickets.documents.sheets import Line, Schema, read_sheet
from supertickets.documents.texts import DocumentError, read_bytes

Lines = Sequence[Mapping[str, str]]
"""Lines of a CSV, column -> text."""

PICTURE = cells.matching(r"[A-Za-z0-9][\w.-]*\.png", "name of a picture beside the table")
_REMEDY = "write the table again, which writes its pictures"
_MOST_PIXELS = 1 << 22


@dataclass(frozen=True)
class Written:
    """A table's lines, and the folder of the pictures that they name."""

    lines: Lines
    pictures: Path


def reader(schema: Schema, check: Callable[[Sequence[Line]], None]) -> Callable[[Path], Written]:
    """Return what reads a written table's CSV; it raises `DocumentError` for what does not fit.

    Args:
        schema: its columns.
        check: of all lines together; raises `DocumentError`.
    """

    def read(path: Path) -> Written:
        found = read_sheet(path, schema)
        check(found)
        return Written([line.texts for line in found], path.with_suffix(""))

    return read


def require_one(lines: Sequence[Line], columns: Sequence[str]) -> None:
    """Refuse lines that do not have one and the same text in some columns.

    Raises:
        DocumentError: naming the first that differs.
    """
    for line in lines:
        for column in columns:
            if line.texts[column] != lines[0].texts[column]:
                raise line.error(f"{line.texts[column]!r} beside {lines[0].texts[column]!r}", column)


def read_pixels(path: Path) -> Any:
    """Return a PNG's uint8 pixels, `(H, W, 3)` or, of label maps, `(H, W)`.

    Raises:
        DocumentError: for a file that is no such picture.
    """
    import io

    import numpy as np
    from PIL import Image

    content = read_bytes(path, _REMEDY)
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if image.mode not in ("RGB", "L") or image.width * image.height > _MOST_PIXELS:
                raise ValueError(f"{image.width} x {image.height} pixels of mode {image.mode}")
            return np.array(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise DocumentError(path, f"is no picture of ours ({error})", _REMEDY) from error
