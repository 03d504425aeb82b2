"""Table 8: the tickets of Table 7, transferred to another data set."""

from __future__ import annotations

from paper_tables.roles import ADE20K, CITYSCAPES, columns
from paper_tables.rows import TRANSFERRED, row
from paper_tables.table import Table

TABLE = Table(
    name="transfer-baselines",
    version=2,
    title="SuperTickets and their random variants, transferred to another data set",
    paper_ref="Tab. 8",
    columns=columns(CITYSCAPES, 90, source=ADE20K) + columns(ADE20K, 90, source=CITYSCAPES),
    rows=(
        row("transfer_rp", transfer=True),
        row("transfer_rr", transfer=True),
        TRANSFERRED,
    ),
)
