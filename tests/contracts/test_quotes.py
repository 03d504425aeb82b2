"""A passage is held to results: its numbers, its words, and what the words say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.quotes.quote import Page, Quote, complaints

pytestmark = pytest.mark.fast


def told(text: str, quote: Quote) -> str:
    """The only complaint about a quote; empty without one."""
    return "".join(complaints(quote, text))


def test_a_number_has_to_be_the_rounded_one() -> None:
    quote = Quote("ahead by {:+.1f} points", lambda: [2.349])
    assert told("It is ahead\nby +2.3 points.", quote) == ""
    for wrong in ("+2.4", "2.3", "+2.30", "-2.3"):
        assert "has to say +2.3" in told(f"It is ahead by {wrong} points.", quote)
    halves = Quote("{:.1f} points", lambda: [2.25])
    assert [told(f"{half} points", halves) for half in ("2.2", "2.3")] == ["", ""]
    assert told("-0.0 points", replace(halves, says=lambda: [-0.01])) == ""
    assert replace(halves, says=lambda: [-0.01]).right() == ["0.0"]


def test_a_word_has_to_be_the_right_one() -> None:
    quote = Quote("| pp | {} |", lambda: ["open"])
    assert told("| pp | open |", quote) == "" and "has to say open" in told("| pp | holds |", quote)


def test_what_the_words_say_has_to_be_so() -> None:
    assert "no longer so" in told("All are ahead.", Quote("All are ahead.", holds=lambda: False))


@pytest.mark.parametrize("text", ["Nothing of it.", "5 points and 5 points"])
def test_a_passage_has_to_be_there_once(text: str) -> None:
    assert "instead of once" in told(text, Quote("{:.0f} points", lambda: [5]))


def test_numbers_are_put_right_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("First 1.0 and\n2.0 points, of 3\nseeds. Not 7.\n", encoding="utf-8")
    quotes = [Quote("{:.1f} and {:.1f} points", lambda: [10.04, 2.51]), Quote("of {:.0f} seeds", lambda: [12])]
    page = Page(path, quotes, plain=("Nothing",))
    assert len(list(page.complaints())) == 2
    assert [number.split()[-1] for number in page.unaccounted()] == ["7."]
    path.write_text(page.rewritten(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "First 10.0 and\n2.5 points, of 12\nseeds. Not 7.\n"
    assert list(page.complaints()) == []
