"""The pages whose passages are held to results."""

from __future__ import annotations

from tests.quotes import latency_page, results_page

PAGES = (results_page.PAGE, latency_page.PAGE)
