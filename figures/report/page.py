"""The report as one HTML page that needs no network, no script and no file beside it."""

from __future__ import annotations

from typing import Any

from figures.report import verdicts
from figures.report.claims import PAPERS
from figures.report.contents import Report
from supertickets.documents.texts import spelled_out


def to_html(report: Report) -> str:
    """Return the page; the same contents give the same text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("figures.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, finalize=_shown,
    )  # fmt: skip
    environment.globals |= {name: getattr(verdicts, name) for name in ("VERDICTS", "SYMBOLS", "WORDS", "OF_PRINTED")}
    environment.globals["PAPERS"] = PAPERS
    return environment.get_template("report.html").render(report=report)


def _shown(value: Any) -> Any:
    """Text from files without what nobody sees, such as the marks that turn the direction of writing."""
    # markup is our own, and the lines of a drawing stay lines
    return "\n".join(map(spelled_out, value.split("\n"))) if type(value) is str else value
