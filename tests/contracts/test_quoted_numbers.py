"""What pages say of results is what the CSVs say, and no number on them is unaccounted for."""

from __future__ import annotations

import pytest

from tests.quotes.pages import PAGES
from tests.quotes.quote import Page

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.name)
def test_pages_say_what_the_results_say(page: Page) -> None:
    assert list(page.complaints()) == [], "`python -m tests.quotes --write` puts numbers right, people put words right"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.name)
def test_every_number_of_a_page_is_accounted_for(page: Page) -> None:
    assert page.unaccounted() == [], "hold it to the results by a quote in tests/quotes"
