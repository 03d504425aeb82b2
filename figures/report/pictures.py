"""Rendered figures as data that lies in the page itself, each checked to be drawn from the results beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import quote

from figures.figure import Figure, Found, describe
from figures.reading import BANNERS
from figures.telling import Mark, take
from figures.written import Written
from supertickets.documents.texts import DocumentError, present, read_text

_REMEDY = "remove the file"
_SAFE = " !$&'()*+,-./:;<=>?@[]^_{|}~\n"
"""What may stand unescaped in the data URL of an SVG; the page escapes for HTML what it has to."""


_FOREIGN = re.compile(
    r"<!ENTITY|<\s*(?:script|foreignObject|iframe|a|animate|set|handler)\b|\son\w+\s*="
    r"|href\s*=\s*[\"'](?!#)|@import|url\s*\(\s*[\"']?(?!#)",
    re.IGNORECASE,
)
"""What no drawing of ours holds: scripts, and references to anything but its own parts."""

_PIXELS = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=\s]*")


@dataclass(frozen=True)
class Picture:
    """A rendered figure, or why there is none.

    Attributes:
        name: name of the figure.
        title: what it shows.
        url: the picture as a data URL; empty when there is none to show.
        marks: what stands where in it.
        alt: what stands for it where it cannot be seen.
        problem: why there is none; empty when there is one.
        command: what draws it.
    """

    name: str
    title: str
    url: str
    marks: Sequence[Mark]
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
    url, marks, problem = "", list[Mark](), "not drawn yet"
    if present(path):
        try:
            svg, marks = take(read_text(path, _REMEDY))
            url, problem = _url(svg, description)
        except DocumentError as error:
            problem = str(error)
    return Picture(figure.name, figure.title, url, marks if url else [], alt, problem, command)


def _url(svg: str, description: str) -> tuple[str, str]:
    """Return the SVG as a data URL, and why there is none."""
    if f">{description}<" not in unescape(svg):
        return "", "out of date: drawn from other results than those here"
    # References inside a picture need no type declaration, and a page without addresses is easier to trust.
    bare = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    if foreign := _FOREIGN.search(_PIXELS.sub("#", bare)):
        return "", f"holds {foreign[0].strip()!r}, which no drawing of ours does"
    return "data:image/svg+xml," + quote(re.sub(r"\n\s*", "\n", bare).strip(), safe=_SAFE), ""


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
