"""What several contract tests look at, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.report_page import Page


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The report of all tables, with one picture."""
    from tests.report_page import whole_report  # not where no test asks for it

    return whole_report(tmp_path_factory.mktemp("report"))
