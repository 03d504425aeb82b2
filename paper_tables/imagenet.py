"""Table 3: SuperTickets against search-then-prune and other works' networks on ImageNet."""

from __future__ import annotations

from paper_tables.metrics import CLASSIFICATION
from paper_tables.roles import IMAGENET, columns
from paper_tables.rows import SP_GRAD, SP_MAG, ST, network
from paper_tables.table import Table

TABLE = Table(
    name="imagenet",
    version=2,
    title="Typical networks and SuperTickets on ImageNet",
    paper_ref="Tab. 3",
    columns=columns(IMAGENET, 0, 50, metrics=CLASSIFICATION[:1]),
    rows=(
        network("condensenet", "condensenet"),
        network("shufflenet_v1", "shufflenet_v1"),
        network("shufflenet_v2", "shufflenet_v2"),
        network("mobilenet_v2", "mobilenet_v2"),
        network("fbnet", "fbnet_b"),
        SP_GRAD,
        SP_MAG,
        ST,
    ),
    note="The table names no sparsity; the text (Sec. 4.2.1) gives its accuracies for 50 %. "
    "Where a printed cost cannot be right: docs/networks.md.",
)
