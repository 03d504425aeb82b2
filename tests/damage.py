"""What can be wrong with a file from outside, written once: bytes, kinds of files, values of fields."""

from __future__ import annotations

import io
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image

REGIONS = 30
"""Places, from the first byte of a file to its last, that are damaged in turn."""


def _picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.arange(12 * 16 * 3, dtype=np.uint8).reshape(12, 16, 3)).save(buffer, kind)
    return buffer.getvalue()


def _archive() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, jpeg=np.zeros(3, np.uint8))
    return buffer.getvalue()


OTHER_KINDS: dict[str, bytes] = {
    "nothing": b"",
    "text": b"hello\n",
    "bytes": bytes(range(256)) * 4,
    "zeros": bytes(5000),
    "JPEG": _picture("JPEG"),
    "PNG": _picture("PNG"),
    "GIF": _picture("GIF"),
    "TIFF": _picture("TIFF"),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "JSON": b'{"images": [], "annotations": [], "categories": []}',
    "deep JSON": b"[" * 100_000,
    "pickle": pickle.dumps({b"data": [1], b"labels": None}),
    "archive": _archive(),
}
"""Whole files of another kind than their name says."""


def at_regions(raw: bytes) -> list[tuple[str, bytes]]:
    """A file cut, with a bit flipped, and zeroed, at places all over it."""
    found = []
    for region in range(REGIONS):
        place = region * (len(raw) - 1) // (REGIONS - 1)
        flipped = bytes([raw[place] ^ (1 << region % 8)])
        zeros = bytes(min(9, len(raw) - place))
        found += [
            (f"cut at {place}", raw[:place]),
            (f"flipped at {place}", raw[:place] + flipped + raw[place + 1 :]),
            (f"zeroed at {place}", raw[:place] + zeros + raw[place + len(zeros) :]),
        ]
    return found


@st.composite
def damaged(draw: st.DrawFn, raw: bytes) -> bytes:
    """A file whose bytes were changed anyhow in one or two places, or that is another one."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(sorted(OTHER_KINDS.values())))
    for _ in range(draw(st.integers(1, 2))):
        start = draw(st.integers(0, max(0, len(raw) - 1)))
        stop = min(len(raw), start + draw(st.sampled_from((0, 1, 2, 4, 40, 4000))))
        put = draw(st.one_of(st.binary(max_size=8), st.just(raw[start:stop] * 2), st.just(bytes(stop - start))))
        raw = raw[:start] + put + raw[stop:]
    return raw


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link_to(target: str) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.unlink()
        path.symlink_to(target)

    return replace


def _link_out(path: Path) -> None:
    """To the file itself, moved out of its folder."""
    outside = path.parents[2] / f"outside{path.suffix}"
    path.rename(outside)
    path.symlink_to(outside)


def _circle(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


NO_FILES: dict[str, Callable[[Path], None]] = {
    "folder": _folder,
    "pipe": _pipe,
    "endless device": _link_to("/dev/zero"),
    "nowhere": _link_to("/nowhere/at/all"),
    "out of its folder": _link_out,
    "circle": _circle,
    "gone": Path.unlink,
}
"""Things that can be in the place of a file -> puts one there."""

MISSING = object()
HOSTILE: tuple[Any, ...] = (
    MISSING, None, True, "", "1", "\ud800", "\0", -1, 0, 0.5, 1.0, 10**40, 1e308, float("nan"), float("inf"),
    -float("inf"), 1e-300, [], {}, [[1]], [None] * 42, ["x"] * 4, [float("nan")] * 42, [1e308] * 4, "/etc/passwd",
    "../../outside.jpg", ".", "a/../../b", "x" * 5000,
)  # fmt: skip
"""Values that a field of a file should not have; for some fields a few are right."""


def dump(content: Any) -> bytes:
    """JSON as hostile as what it holds."""
    return json.dumps(content).encode()


def failing_to_open(name: str, reason: int) -> Callable[..., int]:
    """`os.open`, that fails for files and folders of a name as the system does."""
    opened = os.open

    def opening(path: Any, *arguments: Any, **options: Any) -> int:
        if Path(path).name == name:
            raise OSError(reason, os.strerror(reason), path)
        return opened(path, *arguments, **options)

    return opening


def failing_with(reason: int) -> Callable[..., Any]:
    """A function that fails as the system does, by the number of its error."""

    def fail(*_: object, **__: object) -> Any:
        raise OSError(reason, os.strerror(reason))

    return fail
