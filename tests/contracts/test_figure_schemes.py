"""Figures follow the scheme of their reader: in the light and in the dark everything stands out from its ground."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from figures.__main__ import RENDERED
from figures.schemes import DARK, rules
from figures.style import (
    BACKGROUND,
    BLACK,
    BLUE,
    GREEN,
    GREY,
    GROUND,
    ORANGE,
    OVER_PICTURES,
    PURPLE,
    SKY,
    VERMILLION,
    WARNING,
)

pytestmark = pytest.mark.fast

TEXT, MARK = 4.5, 3.0
"""Smallest contrasts of the Web Content Accessibility Guidelines, success criteria 1.4.3 and 1.4.11."""
SHOWN = sorted(path for path in RENDERED.glob("*/*.svg"))
OF_DATA = {"architecture", "qualitative", "or-qualitative"}
"""Figures with colours of data or classes."""


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1, by the guidelines' formula."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("dark", [False, True])
def test_everything_stands_out(dark: bool) -> None:
    shown = DARK if dark else {colour: colour for colour in DARK}
    for ground in (GROUND, BACKGROUND):
        for colour in (BLACK, GREY, WARNING):
            assert contrast(shown[colour], shown[ground]) >= TEXT, colour
        for colour in (ORANGE, SKY, GREEN, BLUE, VERMILLION, PURPLE):
            assert contrast(shown[colour], shown[ground]) >= (MARK if ground == GROUND else 0.9 * MARK), colour


def test_each_has_a_colour_of_its_own_in_the_dark() -> None:
    assert len({*DARK.values()}) == len(DARK) and not {*DARK} & {*DARK.values()}
    assert not {*DARK} & {*OVER_PICTURES}, "marks over pictures stay as the pictures do"


def test_the_rules_are_for_screens_alone() -> None:
    assert rules().startswith("@media screen and (prefers-color-scheme: dark){") and rules().endswith("}}")
    assert '[style*="fill: #ffffff"]{fill:#14171b!important}' in rules()


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_committed_figures_have_a_dark_scheme(path: Path) -> None:
    svg = path.read_text(encoding="utf-8")
    assert svg.count(rules()) == 1, "python -m figures --all"
    drawn = svg.replace(rules(), "")
    used = {colour.upper() for colour in re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", drawn)}
    words = {colour.upper() for colour in re.findall(r"<text [^>]*fill: (#[0-9a-f]{6})", drawn)}
    assert used and (path.stem in OF_DATA or used <= {*DARK}), used - {*DARK}
    assert path.stem == "qualitative" or words <= {BLACK, GREY, WARNING}
