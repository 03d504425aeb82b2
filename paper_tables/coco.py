"""Table 6: SuperTickets against search-then-prune and other works' networks on COCO keypoints."""

from __future__ import annotations

from paper_tables.roles import COCO, columns
from paper_tables.rows import SP_MAG, ST, network
from paper_tables.table import Table

TABLE = Table(
    name="coco",
    version=2,
    title="Typical networks and SuperTickets on COCO keypoints",
    paper_ref="Tab. 6",
    columns=columns(COCO, 0, 20),
    rows=(
        network("shufflenet_v1", "shufflenet_v1_pose"),
        network("shufflenet_v2", "shufflenet_v2_pose"),
        network("mobilenet_v2", "mobilenet_v2_pose"),
        SP_MAG,
        ST,
    ),
    note="The paper states no sparsity. 20 % is inferred: the axis of Fig. 6 ends between 2.5e8 and 3.0e8 FLOPs, where "
    "its curves start at 10 %, so 0.23G are 11 to 29 % fewer than dense. "
    "Where a printed cost cannot be right: docs/networks.md.",
)
