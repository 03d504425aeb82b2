"""Table 4: SuperTickets against search-then-prune and other works' networks on Cityscapes."""

from __future__ import annotations

from paper_tables.metrics import SEGMENTATION
from paper_tables.roles import CITYSCAPES, columns
from paper_tables.rows import SP_GRAD_RT, SP_MAG_RT, ST, network
from paper_tables.table import Table

TABLE = Table(
    name="cityscapes",
    version=2,
    title="Typical networks and SuperTickets on Cityscapes",
    paper_ref="Tab. 4",
    columns=columns(CITYSCAPES, 0, 50, metrics=SEGMENTATION[:1]),
    rows=(
        network("bisenet", "bisenet"),
        network("mobilenet_v3", "mobilenet_v3_cityscapes"),
        network("shufflenet_v2", "shufflenet_v2_dpc"),
        network("auto_deeplab", "auto_deeplab"),
        network("squeezenas", "squeezenas"),
        SP_GRAD_RT,
        SP_MAG_RT,
        ST,
    ),
    note="The table names no sparsity; the text (Sec. 4.2.2) and Tab. 10 give its accuracies for 50 %. The text calls "
    "the two S+P rows S+P, the table S+P w/ RT. Where a printed cost cannot be right: docs/networks.md.",
)
