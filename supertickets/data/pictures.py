"""The one place that decodes pictures: the right pixels, the exact ids, or a `DataError` that names the file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

from supertickets.bands import bands
from supertickets.data import strange_files
from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY, content, reason

FORMATS = ("JPEG", "PNG", "BMP")
"""What data sets consist of; Pillow's other decoders, some of which start other programs, are not tried."""

MOST_PIXELS = 2**26
"""Of a picture, and of what is cut from one: more than cameras have, and below the number that Pillow warns of."""

QUARTER_TURNS = (5, 6, 7, 8)
"""EXIF orientations that exchange width and height."""

InDoubt = Literal["refuse", "as stored"]
"""What becomes of a turned picture whose labels may mean either way. Loaders of published sets turn nothing,
so their labels mean pictures as they are stored; of people's own nobody knows which tool has labelled them."""

_JPEG_END = b"\xff\xd9"
_TAIL_BYTES = 64

_COLOURS = ("1", "L", "P", "LA", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
_SIXTEEN_BITS = ("I;16", "I;16B", "I")
"""Modes of a PNG of 16 bits of grey, in this and other versions of Pillow."""

_STRETCH = {"L;2": 85, "L;4": 17}
"""What Pillow multiplies 2 and 4 bits of grey with, so that the highest becomes 255."""


def read_picture(path: Path) -> ImageFile.ImageFile:
    """Read a picture's file and parse its header, without decoding the pixels.

    Raises:
        DataError: the file cannot be read or is no picture, or its checksums are wrong.
    """
    return parse_picture(content(path), path)


def open_picture(path: Path) -> ImageFile.ImageFile:
    """As `read_picture`, for files that are known to end with their picture.

    Raises:
        DataError: also where the file ends before the picture does.
    """
    raw = content(path)
    image = parse_picture(raw, path)
    # A PNG has been read to its end by now. Some encoders pad a JPEG, so its marker need not be the very end.
    if image.format in ("JPEG", "MPO") and _JPEG_END not in raw[-_TAIL_BYTES:]:
        raise DataError(f"{path} is truncated (no end marker): {REMEDY}")
    return image


def parse_picture(raw: bytes, path: Path) -> ImageFile.ImageFile:
    """Parse the header of a picture that comes from the file `path`.

    Raises:
        DataError: it is none, it is too large, or a checksum is wrong.
    """
    with _told(path, "is not a readable image"):
        try:
            image = Image.open(io.BytesIO(raw), formats=FORMATS)
        except UnidentifiedImageError as error:  # whose own words would name an object in memory
            what, remedy = strange_files.told(raw) or ("no whole JPEG, PNG or BMP", REMEDY)
            raise DataError(f"{path} is not a readable image ({what}): {remedy}") from error
        if image.width * image.height > MOST_PIXELS:
            raise DataError(
                f"{path} has {image.width}x{image.height} pixels, at most {MOST_PIXELS} are decoded: shrink it"
            )
        if image.format == "PNG":
            image.verify()  # Decoding would not look at the checksums of the pixels.
            image = Image.open(io.BytesIO(raw), formats=FORMATS)
    return image


def require_upright(image: ImageFile.ImageFile, path: Path) -> ImageFile.ImageFile:
    """A picture whose labels name pixels, as it is.

    Raises:
        DataError: viewers show it turned, so nobody knows which pixels the labels mean.
    """
    with _told(path, "is not a readable image"):
        if (turned := _orientation(image)) != 1:
            raise DataError(
                f"{path} is stored turned (EXIF orientation {turned}), and its labels may mean either way: "
                "save it upright"
            )
    return image


def turned_for_labels(
    image: ImageFile.ImageFile, path: Path, size: tuple[int, int], in_doubt: InDoubt = "refuse"
) -> bool:
    """Whether the labels of a parsed picture mean it turned upright, and not as it is stored.

    Tools disagree whether they turn a picture as its EXIF tag says before it is labelled. A quarter turn exchanges its
    sides, so that the size which the labels have tells; of other turns, and of squares, it does not.

    Args:
        size: `(width, height)` that the labels have or say.

    Raises:
        DataError: it is stored turned, its labels may mean either way, and what is in doubt is refused.
    """
    with _told(path, "is not a readable image"):
        turned = _orientation(image)
    if turned in QUARTER_TURNS and image.width != image.height and size in (image.size, image.size[::-1]):
        return size != image.size
    if in_doubt == "refuse":
        require_upright(image, path)
    return False


def decode_labelled_rgb(
    image: ImageFile.ImageFile, path: Path, size: tuple[int, int], in_doubt: InDoubt = "refuse"
) -> Image.Image:
    """The colours of a parsed picture as its labels of this `(width, height)` mean it; it may have another size.

    Raises:
        DataError: as for `decode_rgb` and `turned_for_labels`.
    """
    return decode_rgb(image, path, turn=turned_for_labels(image, path, size, in_doubt))


def decode_rgb(image: ImageFile.ImageFile, path: Path, turn: bool = True) -> Image.Image:
    """The colours of a parsed picture, as viewers show them: upright, 16 bits of grey by their higher eight.

    Args:
        turn: whether one that is stored turned (EXIF) is turned upright.

    Raises:
        DataError: the data are damaged; parts are transparent or change in time, or the colours cannot be told.
    """
    with _told(path, "cannot be decoded"):
        if image.format == "PNG" and getattr(image, "is_animated", False):
            raise DataError(f"{path} is animated: save one picture of it")
        if image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema() != (255, 255):
            raise DataError(f"{path} is transparent in parts: save it on the background it should have")
        upright: Image.Image = ImageOps.exif_transpose(image) if turn and _orientation(image) != 1 else image
        if upright.mode in _SIXTEEN_BITS:
            upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
        if upright.mode not in _COLOURS:
            raise DataError(f"{path} has mode {upright.mode}, whose colours have no agreed meaning: save it as RGB")
        upright.load()
        # which would copy one that is RGB
        return upright if upright.mode == "RGB" else upright.convert("RGB")


def pixels_of(picture: Image.Image) -> np.ndarray:
    """The pixels `(H, W, 3)` of an RGB picture, uint8; at once, Pillow would hold them three times meanwhile."""
    pixels = np.empty((picture.height, picture.width, 3), np.uint8)
    for rows in bands(picture.height, 3 * picture.width):
        pixels[rows] = np.asarray(picture.crop((0, rows.start, picture.width, rows.stop)))
    return pixels


def decode_ids(image: ImageFile.ImageFile, path: Path) -> np.ndarray:
    """The whole numbers `(H, W)` that a parsed PNG of one channel stores: grey of 1 to 16 bits, or palette indices.

    Raises:
        DataError: the data are damaged, or the picture does not store one exact number per pixel.
    """
    if image.format != "PNG":
        raise DataError(f"{path} is a {image.format} file, which does not keep ids exactly: save labels as PNG")
    if image.mode not in ("1", "L", "P", *_SIXTEEN_BITS):
        raise DataError(f"{path} has mode {image.mode}, not one class index per pixel: save labels with one channel")
    with _told(path, "cannot be decoded"):
        stretch = _STRETCH.get(str(image.tile[0][3]), 1)
        ids = np.array(image)
        if image.mode == "1":
            ids = ids.astype(np.uint8)
        require_upright(image, path)
    return ids // np.array(stretch, ids.dtype) if stretch > 1 else ids


def _orientation(image: Image.Image) -> int:
    """1 where the first row is on top and the first column on the left, else EXIF's number 2 to 8."""
    found = image.getexif().get(ExifTags.Base.Orientation, 1)
    return found if found in range(2, 9) else 1


@contextmanager
def _told(path: Path, what: str) -> Iterator[None]:
    """Whatever a damaged picture makes Pillow raise becomes a `DataError`; nothing is printed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except DataError:
            raise
        except Exception as error:  # Pillow has no error of its own: its decoders raise nearly any
            raise DataError(f"{path} {what} ({reason(error)}): {REMEDY}") from error
