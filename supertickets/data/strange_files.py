"""What a file holds that is named as a picture and cannot be read as one: told by its first bytes, as `file` does."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

LOOKED_AT = 4096
"""Bytes; a text shows within fewer that it is one."""

_UTF8 = codecs.getincrementaldecoder("utf-8")
_BEGINNINGS = {
    b"GIF8": "GIF", b"II*\0": "TIFF", b"MM\0*": "TIFF", b"\0\0\0\x0cjP": "JPEG 2000",
    b"%PDF": "PDF", b"%!PS": "PostScript",
}  # fmt: skip
_BRANDS = {b"avif": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"hevc": "HEIC", b"mif1": "HEIC"}
"""Of files in ISO's layout of media, after `ftyp`."""


def told(raw: bytes) -> tuple[str, str] | None:
    """What is in a file, to be said after its name, and the remedy; None where its first bytes do not tell."""
    if not raw:
        return "it is empty", "copy it again, or remove it"
    if (kind := next(_kinds(raw), None)) is not None:
        return f"it holds {kind}, whatever its name says", "store it as PNG, or remove it"
    if _is_text(raw):
        return "it holds text, no picture", "put the picture in its place, or remove it"
    return None


def _kinds(raw: bytes) -> Iterator[str]:
    for beginning, kind in _BEGINNINGS.items():
        if raw.startswith(beginning):
            yield kind
    if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP":
        yield "WebP"
    if raw[4:8] == b"ftyp" and raw[8:12] in _BRANDS:
        yield _BRANDS[raw[8:12]]


def _is_text(raw: bytes) -> bool:
    """Whether it begins with characters of UTF-8, none of which controls anything but lines and columns."""
    try:
        # a character that the cut goes through is waited for
        text = _UTF8().decode(raw[:LOOKED_AT], final=len(raw) <= LOOKED_AT)
    except UnicodeDecodeError:
        return False
    return all(one >= " " or one in "\t\n\r\f" for one in text)
