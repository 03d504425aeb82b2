"""The report as one HTML page that needs no network, no script and no file beside it."""

from __future__ import annotations

from figures.report.contents import Report


def to_html(report: Report) -> str:
    """Return the page; the same contents give the same text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("figures.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    return environment.get_template("report.html").render(report=report)
