"""Hypothesis strategies of damaged ticket files: bytes changed anywhere, and headers rewritten with safe tools."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

Content = dict[str, Any]
"""A header, with `about` in the place of the text that a ticket says of itself."""


class File(bytes):
    """Bytes that are not shown in full when a test fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes, header {bytes(self[8:308])!r}>"


def parts(image: bytes) -> tuple[Content, bytes]:
    """Header and data of a ticket file."""
    length = int.from_bytes(image[:8], "little")
    header = json.loads(image[8 : 8 + length])
    about = json.loads(header.pop("__metadata__")["ticket"])
    return {**header, "about": about}, image[8 + length :]


def joined(content: Content, data: bytes) -> bytes:
    """A file of a header, whatever it says."""
    header = dict(content)
    if (about := header.pop("about", None)) is not None:
        header["__metadata__"] = {"ticket": json.dumps(about)}
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


ODD = st.sampled_from(
    (
        None, True, -1, 0, 1, 2**31, 2**70, 0.5, 1e308, "", "F32", "C64", "x" * 200,
        [], [[]], [-1], [2**40, 2**40], {}, {"a": 1},
    )
)  # fmt: skip
"""Values of every type of JSON, small and huge."""


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            found += _places(below, (*path, key))
    return found


@st.composite
def rewritten(draw: st.DrawFn, image: bytes) -> File:
    """A ticket with one value of its header retyped, removed, renamed, or doubled."""
    content, data = parts(image)
    *outer, last = draw(st.sampled_from(_places(content)))
    owner: Any = content
    for key in outer:
        owner = owner[key]
    how = draw(st.sampled_from(("retyped", "removed", "renamed", "another's")))
    if how == "removed":
        del owner[last]
    elif how == "renamed" and isinstance(owner, dict):
        owner[draw(st.sampled_from(("", "weights", "masks/", "weights/../x", "masks/a", "\u00e9", "x" * 300)))] = (
            owner.pop(last)
        )
    elif how == "another's":
        owner[last] = draw(st.sampled_from(list(owner.values()) if isinstance(owner, dict) else owner))
    else:
        owner[last] = draw(ODD)
    return File(joined(content, data))


@st.composite
def damaged(draw: st.DrawFn, image: bytes) -> File:
    """A ticket cut short, lengthened, or with some bytes changed, wherever they are: length, header, weights, masks."""
    length = 8 + int.from_bytes(image[:8], "little")
    regions = ((0, 8), (8, length), (length, len(image)), (len(image) - 200, len(image)))
    first, stop = draw(st.sampled_from(regions))
    place = draw(st.integers(first, stop - 1))
    how = draw(st.sampled_from(("changed", "cut", "inserted", "zeros", "longer")))
    if how == "cut":
        return File(image[:place])
    if how == "longer":
        return File(image + bytes(draw(st.integers(1, 9))))
    if how == "inserted":
        return File(image[:place] + draw(st.binary(min_size=1, max_size=4)) + image[place:])
    if how == "zeros":
        count = min(64, len(image) - place)
        return File(image[:place] + bytes(count) + image[place + count :])
    other = draw(st.integers(1, 255))
    return File(image[:place] + bytes([image[place] ^ other]) + image[place + 1 :])
