"""Rendered figures as data that lies in the page itself, each checked to be drawn from the results beside it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import quote

from figures.figure import Figure, Found, describe
from figures.reading import BANNERS
from figures.written import Written

_SAFE = " !$&'()*+,-./:;<=>?@[]^_{|}~\n"
"""What may stand unescaped in the data URL of an SVG; the page escapes for HTML what it has to."""


@dataclass(frozen=True)
class Picture:
    """A rendered figure, or why there is none.

    Attributes:
        name: name of the figure.
        title: what it shows.
        url: the picture as a data URL; empty when there is none to show.
        alt: what stands for it where it cannot be seen.
        problem: why there is none; empty when there is one.
        command: what draws it.
    """

    name: str
    title: str
    url: str
    alt: str
    problem: str
    command: str


def picture(figure: Figure, found: Found, rendered: Path, profile: str) -> Picture:
    """Return a figure's picture if it was drawn from just these results.

    Args:
        figure: which one.
        found: what its tables say.
        rendered: folder with `<profile>/<figure>.svg`.
        profile: scale of the runs; the figure's own folder when it belongs to none.
    """
    alt, description = _alt(figure, found, profile), describe(found, profile)
    command = f"python -m figures --figure {figure.name}" + ("" if figure.folder else f" --profile {profile}")
    path = rendered / profile / f"{figure.name}.svg"
    url, problem = "", ""
    if not path.is_file():
        problem = "not drawn yet"
    else:
        svg = path.read_text(encoding="utf-8")
        if f">{description}<" not in unescape(svg):
            problem = "out of date: drawn from other results than those here"
        else:
            url = _url(svg, path.with_suffix(".png"))
    return Picture(figure.name, figure.title, url, alt, problem, command)


def _url(svg: str, png: Path) -> str:
    """Return the smaller of the two as a data URL."""
    # References inside a picture need no type declaration, and a page without addresses is easier to trust.
    bare = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    as_svg = "data:image/svg+xml," + quote(re.sub(r"\n\s*", "\n", bare).strip(), safe=_SAFE)
    if png.is_file() and 4 * png.stat().st_size // 3 < len(as_svg):
        return "data:image/png;base64," + base64.b64encode(png.read_bytes()).decode("ascii")
    return as_svg


def _alt(figure: Figure, found: Found, profile: str) -> str:
    if figure.folder:
        return f"{figure.title}."
    words = [figure.title, BANNERS[profile]]
    for own in (found[needed] for needed in figure.needs):
        if isinstance(own, Written):
            roles = dict.fromkeys(f"{line['role']} ({line['data_set']})" for line in own.lines)
            words.append(f"In the place of: {', '.join(roles)}")
        else:
            words.append(f"Methods: {', '.join(dict.fromkeys(cell.name for cell in own))}")
            words.append(f"In the place of: {', '.join(dict.fromkeys(cell.role for cell in own))}")
            words.append("Numbers: see the table")
    return ". ".join(words) + "."
