"""Looking at files of a downloaded data set, with errors that say which file and what to do."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from bench.data.base import DataError, short_hash

_END_MARKERS = {".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9", ".png": b"IEND\xaeB`\x82"}
_TAIL_BYTES = 64


def folder_of(root: Path | None, name: str, layout: str) -> Path:
    """The folder `root/name`.

    Args:
        root: folder that holds one folder per data set, or None if the user gave none.
        name: the data set.
        layout: the files expected below `root`, for the message.

    Raises:
        DataError: no root was given, or it does not hold the folder.
    """
    remedy = f"expected layout: {layout}; where to get it: docs/data.md"
    if root is None:
        raise DataError(f"{name} needs downloaded files: set --data-root or SUPERTICKETS_DATA; {remedy}")
    if not (root / name).is_dir():
        raise DataError(f"{root / name} is not a folder: set --data-root or SUPERTICKETS_DATA to its parent; {remedy}")
    return root / name


def read_image(path: Path) -> Image.Image:
    """Read an image file and parse its header, without decoding the pixels.

    Raises:
        DataError: the file is missing or is no image.
    """
    return parse_image(_content(path), path)


def open_image(path: Path) -> Image.Image:
    """As `read_image`, for files that are known to end with their image.

    Raises:
        DataError: the file is missing, is no image, or ends before the image does.
    """
    content = _content(path)
    image = parse_image(content, path)
    # Some encoders pad the file, so the marker need not be the very end.
    if _END_MARKERS.get(path.suffix.lower(), b"") not in content[-_TAIL_BYTES:]:
        raise DataError(f"{path} is truncated (no end marker): copy it again (docs/data.md)")
    return image


def parse_image(content: bytes, path: Path) -> Image.Image:
    """Parse the header of an image that comes from the file `path`.

    Raises:
        DataError: it is no image.
    """
    try:
        return Image.open(io.BytesIO(content))
    except OSError as error:
        raise DataError(f"{path} is not a readable image ({error}): copy it again (docs/data.md)") from error


def _content(path: Path) -> bytes:
    try:
        # One read of the whole file: for thousands of small files that beats a second open for the tail.
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing: copy it again (docs/data.md)") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error}): copy it again (docs/data.md)") from error


def decode(image: Image.Image, path: Path, mode: str) -> Image.Image:
    """Decode an opened image in Pillow mode `mode`.

    Raises:
        DataError: the compressed data are damaged.
    """
    try:
        return image.convert(mode)
    except (OSError, SyntaxError) as error:
        raise DataError(f"{path} cannot be decoded ({error}): copy it again (docs/data.md)") from error


def files_id(folder: Path, by_size: Iterable[Path], by_content: Iterable[Path]) -> str:
    """Hash of the names and sizes of large files and of the names and contents of small ones.

    Images are identified by size alone: reading them all would take longer than the check may.

    Raises:
        DataError: one of the files is missing.
    """
    try:
        sizes = [f"{path.relative_to(folder).as_posix()} {path.stat().st_size}" for path in by_size]
        contents = [
            f"{path.relative_to(folder).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}"
            for path in by_content
        ]
    except FileNotFoundError as error:
        raise DataError(f"{error.filename} is missing: copy it again (docs/data.md)") from error
    return short_hash(*(line.encode() for line in sorted(sizes) + sorted(contents)))
