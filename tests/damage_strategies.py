"""Hypothesis strategies for damaged documents: bytes lost, changed or added, cells retyped, lines rearranged."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

BYTES = b"\0\xff\xef\n\r,;:\"'0129-.eaZ{}[]<&\x1b \t"
"""What means something to a reader of text, CSV, JSON or TOML, or to a terminal."""

CELLS = (
    "", " ", "nan", "inf", "-inf", "1e999", "-1", "1_0", " 1", "\N{FULLWIDTH DIGIT ONE}", "0x1", "9" * 5000, "None",
    "not run", "1;2", ";", "a\nb", "a\0b", "\x1b[31m", "<script>alert(1)</script>", "=1+1", "../../etc/passwd",
    "x" * 200_000,
)  # fmt: skip

WHOLE = {
    "empty": b"",
    "a line end": b"\n",
    "a heading alone": b"table,version\n",
    "foreign text": b"What a fine day.\n",
    "another kind of text": b'{"a": [1, 2, {"b": null}]}',
    "a list": b"[]",
    "a number": b"3",
    "deeply nested": b"[" * 100_000,
    "objects in objects": b'{"a":' * 30 + b"1" + b"}" * 30,
    "deeply nested text": b'a = "' + b"[" * 1000 + b'"\n[[',
    "half a surrogate": b'{"title": "\\ud800"}',
    "not a number": b'{"title": NaN}',
    "a long number": b'{"title": ' + b"9" * 5000 + b"}",
    "an entry twice": b'{"title": "a", "title": "b"}',
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "not UTF-8": b"a,b\n\xff\xfe,1\n",
    "UTF-16": "table,version\n".encode("utf-16"),
    "NULs": bytes(1000),
    "one long line": b"x" * 1_000_000,
    "an open quote": b'table,version\n"a,1\n',
}  # fmt: skip
"""Contents that are no document of ours."""


@st.composite
def changed_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """A region of the content lost, overwritten, doubled or interrupted, or all that follows a byte cut off."""
    start = draw(st.integers(0, len(content) - 1))
    end = min(len(content), start + draw(st.sampled_from((1, 1, 2, 7, 60, 1000))))
    new = bytes(draw(st.lists(st.sampled_from(BYTES), min_size=1, max_size=3)))
    return draw(
        st.sampled_from(
            (
                content[:start],
                content[:start] + content[end:],
                content[:start] + new + content[start + len(new) :],
                content[:start] + new + content[start:],
                content[:end] + content[start:],
            )
        )
    )


@st.composite
def changed_table(draw: st.DrawFn, content: bytes) -> bytes:
    """A CSV with a cell retyped or lost, a column renamed, doubled, dropped or moved, a line doubled, lost or moved."""
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    line, other = draw(st.integers(1, len(rows) - 1)), draw(st.integers(0, len(rows) - 1))
    column, second = draw(st.integers(0, len(rows[0]) - 1)), draw(st.integers(0, len(rows[0]) - 1))
    what = draw(st.sampled_from(("cell", "cell", "lost", "name", "twice", "drop", "move", "double", "remove", "swap")))
    if what == "cell":
        rows[line][column] = draw(st.sampled_from((*CELLS, rows[other][column], rows[line][second])))
    elif what == "lost":
        del rows[line][column]
    elif what == "name":
        rows[0][column] = draw(st.sampled_from(("", "colour", rows[0][second])))
    elif what == "double":
        rows.insert(line, list(rows[other]))
    elif what == "remove":
        del rows[line]
    elif what == "swap":
        rows[line], rows[other] = rows[other], rows[line]
    for row in rows:
        if what == "twice":
            row.insert(second, row[column])
        elif what == "drop":
            del row[column]
        elif what == "move":
            row.insert(second, row.pop(column))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def damaged(content: bytes, table: bool) -> st.SearchStrategy[bytes]:
    """A document's content after one accident; `table` says whether it is a CSV."""
    whole = st.sampled_from(
        (*WHOLE.values(), b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n"), content.replace(b"\n", b"\r"))
    )
    return st.one_of(changed_bytes(content), changed_table(content) if table else changed_bytes(content), whole)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.mkdir()


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


NO_FILES: dict[str, Callable[[Path], None]] = {
    "fifo": _fifo, "folder": _folder, "dangling link": _dangling, "loop of links": _loop, "/dev/zero": _endless,
    "a terabyte": _huge,
}  # fmt: skip
"""What may lie where a file should: name -> what makes it."""
