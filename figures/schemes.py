"""The colours of figures on a dark ground: drawings follow the scheme of their reader, and stay light in print."""

from __future__ import annotations

from figures.style import (
    BACKGROUND,
    BLACK,
    BLUE,
    GREEN,
    GREY,
    GRID,
    GROUND,
    ORANGE,
    OUTLINE,
    PURPLE,
    SKY,
    UNSEARCHED,
    VERMILLION,
    WARNING,
)

DARK: dict[str, str] = {
    GROUND: "#14171B", BLACK: "#E6E9ED", GREY: "#A8B1BD", WARNING: "#FFB37D", BACKGROUND: "#1F242A", GRID: "#3A414B",
    OUTLINE: "#5A636F", UNSEARCHED: "#4A525D", ORANGE: "#E9A93A", SKY: "#9AD5F5", GREEN: "#3CC79A", BLUE: "#4FA3E3",
    VERMILLION: "#F5813A", PURPLE: "#E0A0C4",
}  # fmt: skip
"""Colour on white -> colour on a dark ground. Others are of data, pictures or classes, and stay as they are."""


def rules() -> str:
    """Return the style sheet that an SVG carries: it replaces the colours of elements where dark is preferred."""
    replaced = "".join(
        f'[style*="{kind}: {light.lower()}"]{{{kind}:{dark.lower()}!important}}'
        for light, dark in DARK.items()
        for kind in ("fill", "stroke")
    )
    # What is black is written without a fill, and inherits it.
    return f"@media screen and (prefers-color-scheme: dark){{svg{{fill:{DARK[BLACK].lower()}}}{replaced}}}"
