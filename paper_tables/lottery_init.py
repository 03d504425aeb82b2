"""Table 9: SuperTickets whose weights are set back before retraining, as the lottery-ticket literature does."""

from __future__ import annotations

from paper_tables.roles import ADE20K, CITYSCAPES, columns
from paper_tables.rows import RR_INIT, ST, row
from paper_tables.table import Table

TABLE = Table(
    name="lottery-init",
    version=2,
    title="SuperTickets retrained from fresh (RR), initial (LT), early (ELT) or late (LLT) weights, and not retrained",
    paper_ref="Tab. 9",
    columns=columns(CITYSCAPES, 90) + columns(ADE20K, 90),
    rows=(
        RR_INIT,
        row("lt_init"),
        row("elt_init"),
        row("llt_init"),
        ST,
    ),
)
