"""A table of a single ticket, for commands that are started many times."""

from __future__ import annotations

from paper_tables.roles import CITYSCAPES, columns
from paper_tables.rows import ST
from paper_tables.table import Table

TABLE = Table(
    name="one-row", version=1, title="One ticket", paper_ref="ours", columns=columns(CITYSCAPES, 90), rows=(ST,),
)  # fmt: skip
