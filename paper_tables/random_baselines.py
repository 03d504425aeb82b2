"""Table 7: SuperTickets against random pruning and random re-initialisation."""

from __future__ import annotations

from paper_tables.roles import ADE20K, CITYSCAPES, columns
from paper_tables.rows import RR_INIT, SP_RAND, ST, row
from paper_tables.table import Table

TABLE = Table(
    name="random-baselines",
    version=2,
    title="SuperTickets against random pruning (RP) and random re-initialisation (RR-Init)",
    paper_ref="Tab. 7",
    columns=columns(CITYSCAPES, 80, 90) + columns(ADE20K, 80, 90),
    rows=(
        SP_RAND,
        row("st_rp"),
        RR_INIT,
        ST,
    ),
)
